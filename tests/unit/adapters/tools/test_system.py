"""System packages with a stand-in for apt-get, which "installs" by making the programs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairlead.adapters.tools.system import PACKAGES, SystemPackages, command
from fairlead.model.errors import Unavailable

APT = """#!/bin/sh
echo "$@" >> FOLDER/calls
case "$*" in
  *update*) : > FOLDER/lists ;;
  *) [ -f FOLDER/lists ] || { echo "E: Unable to locate package" >&2; exit 100; }
     for program in PROGRAMS; do /bin/cp /bin/true FOLDER/bin/$program; done ;;
esac
"""


class Machine:
    """A folder of programs, one of plugins and one of systemd's settings."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.plugins, self.units = folder / "bin", folder / "cni", folder / "units"
        self.packaged_units = folder / "lib"
        for one in (self.bin, self.plugins, self.packaged_units):
            one.mkdir()
        self.calls = folder / "calls"
        self.told: list[str] = []
        self.packages = SystemPackages(
            progress=self.told.append,
            search_path=str(self.bin),
            plugin_folders=[self.plugins],
            units=self.units,
            packaged_units=[self.packaged_units],
        )

    def add(self, *names: str, folder: Path | None = None) -> None:
        for name in names:
            file = (folder or self.bin) / name
            file.write_text("")
            file.chmod(0o755)

    def add_all_but(self, left_out: str) -> None:
        for package in PACKAGES:
            if package.name != left_out:
                self.add(*package.programs)
                self.add(*package.plugins, folder=self.plugins)

    def add_apt(self, makes: str = "") -> None:
        self.add("apt-get")
        (self.bin / "apt-get").write_text(APT.replace("PROGRAMS", makes).replace("FOLDER", str(self.bin.parent)))


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    return Machine(tmp_path)


def test_package_is_missing_while_one_of_its_files_is(machine: Machine) -> None:
    machine.add_all_but("containernetworking-plugins")
    machine.add("ptp", "host-local", "portmap", folder=machine.plugins)
    assert [package.name for package in machine.packages.missing()] == ["containernetworking-plugins"]

    machine.add("loopback", folder=machine.plugins)
    assert machine.packages.missing() == ()


async def test_lists_are_fetched_only_when_a_package_is_not_known(machine: Machine) -> None:
    machine.add_all_but("runc")
    machine.add_apt("runc")

    await machine.packages.install(machine.packages.missing())

    install = "-q -o DPkg::Lock::Timeout=300 install -y --no-install-recommends --no-remove runc"
    assert machine.calls.read_text().splitlines() == [install, "-q -o DPkg::Lock::Timeout=300 update", install]
    assert machine.packages.missing() == ()


async def test_daemon_of_a_new_package_is_masked_before_it_exists(machine: Machine) -> None:
    machine.add_all_but("containerd")
    machine.add_apt("containerd containerd-shim-runc-v2 ctr")

    await machine.packages.install(machine.packages.missing())

    assert (machine.units / "containerd.service").readlink() == Path(os.devnull)
    assert any("containerd.service is masked" in line for line in machine.told)


async def test_settings_of_a_daemon_that_is_there_are_left_alone(machine: Machine) -> None:
    machine.units.mkdir()
    (machine.units / "containerd.service").write_text("[Service]\n")
    machine.add_all_but("containerd")
    machine.add_apt("containerd containerd-shim-runc-v2 ctr")

    await machine.packages.install(machine.packages.missing())

    assert (machine.units / "containerd.service").read_text() == "[Service]\n"


async def test_daemon_of_a_package_that_is_there_is_not_masked(machine: Machine) -> None:
    (machine.packaged_units / "containerd.service").write_text("[Service]\n")
    machine.add_all_but("containerd")
    machine.add_apt("containerd containerd-shim-runc-v2 ctr")

    await machine.packages.install(machine.packages.missing())

    assert not (machine.units / "containerd.service").is_symlink()


@pytest.mark.parametrize("does", ["exit 100", "exit 0"])
async def test_mask_is_taken_back_when_nothing_was_installed(does: str, machine: Machine) -> None:
    machine.add_all_but("containerd")
    machine.add("apt-get")
    (machine.bin / "apt-get").write_text(f"#!/bin/sh\n{does}\n")

    with pytest.raises(Unavailable):
        await machine.packages.install(machine.packages.missing())

    assert not (machine.units / "containerd.service").is_symlink()
    assert machine.told[-1] == "containerd.service is not masked any more"


async def test_mask_stays_on_a_daemon_that_came_before_apt_failed(machine: Machine) -> None:
    machine.add_all_but("containerd")
    machine.add("apt-get")
    unit = machine.packaged_units / "containerd.service"
    (machine.bin / "apt-get").write_text(f"#!/bin/sh\necho > {unit}\nexit 100\n")

    with pytest.raises(Unavailable):
        await machine.packages.install(machine.packages.missing())

    assert (machine.units / "containerd.service").readlink() == Path(os.devnull)


async def test_what_apt_says_and_the_command_are_in_the_error(machine: Machine) -> None:
    machine.add_all_but("runc")
    machine.add("apt-get")
    (machine.bin / "apt-get").write_text("#!/bin/sh\necho 'E: no space left' >&2\nexit 100\n")

    missing = machine.packages.missing()
    with pytest.raises(Unavailable, match="no space left") as raised:
        await machine.packages.install(missing)
    assert command(missing) in raised.value.hint


async def test_nothing_is_installed_without_root_or_apt(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    machine.add_apt("runc")

    assert not machine.packages.can_install()
    with pytest.raises(Unavailable, match="needs root and apt-get"):
        await machine.packages.install(PACKAGES)
    assert not machine.calls.exists()
