"""What a real node needs of the system: programs that a distribution brings, not we. One table, for Debian's packages.

They are asked for by file, not by package: whoever has containerd from elsewhere needs no second one.
Installing leaves no new daemon behind. Debian would start its containerd; a unit that is masked before it exists is
neither started nor enabled for the next boot. A containerd that is there already is not touched.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from fairlead.adapters import process
from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass

SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
CNI_FOLDERS = (Path("/usr/lib/cni"), Path("/opt/cni/bin"))
_UNITS = Path("/etc/systemd/system")
_PACKAGED_UNITS = (Path("/usr/lib/systemd/system"), Path("/lib/systemd/system"))
_TIMEOUT = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """*programs* are looked for on the system's search path, *plugins* in the folders of CNI. *unit* is what it starts
    when it is installed."""

    name: str
    programs: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()
    unit: str = ""


PACKAGES = (
    Package(name="containerd", programs=("containerd", "containerd-shim-runc-v2", "ctr"), unit="containerd.service"),
    Package(name="runc", programs=("runc",)),
    Package(name="containernetworking-plugins", plugins=("ptp", "host-local", "portmap", "loopback")),
    Package(name="iptables", programs=("iptables", "iptables-save", "iptables-restore")),
    Package(name="conntrack", programs=("conntrack",)),
    Package(name="iproute2", programs=("ip",)),
    Package(name="mount", programs=("mount", "umount")),
)


class SystemPackages:
    """*search_path* and *plugin_folders* stand for the system's own; *units* for systemd's folder of settings,
    *packaged_units* for those where packages put theirs."""

    def __init__(
        self,
        *,
        progress: Callable[[str], None],
        search_path: str = SEARCH_PATH,
        plugin_folders: Sequence[Path] = CNI_FOLDERS,
        units: Path = _UNITS,
        packaged_units: Sequence[Path] = _PACKAGED_UNITS,
    ) -> None:
        self._progress = progress
        self._search_path = search_path
        self._plugin_folders = plugin_folders
        self._units = units
        self._packaged_units = packaged_units

    def missing(self) -> tuple[Package, ...]:
        """Those of which something is not there, in the order of the table."""
        return tuple(package for package in PACKAGES if not self._is_there(package))

    def can_install(self) -> bool:
        """Whether this is Debian, or like it, and we may install packages."""
        return os.geteuid() == 0 and shutil.which("apt-get", path=self._search_path) is not None

    async def install(self, packages: Iterable[Package]) -> None:
        """Install *packages* without a question and without starting a daemon. Raises Unavailable."""
        wanted = tuple(packages)
        if not wanted:
            return
        if not self.can_install():
            raise Unavailable(
                f"cannot install {', '.join(one.name for one in wanted)}: that needs root and apt-get",
                hint="install them as your distribution does",
            )
        with contextlib.ExitStack() as failing:
            failing.callback(self._unmask, self._mask(wanted))
            await self._install(wanted)
            failing.pop_all()

    async def _install(self, wanted: Sequence[Package]) -> None:
        # First without a look at the network: the lists of a fresh machine are empty, those of others are often new.
        self._progress(f"installing {', '.join(package.name for package in wanted)}")
        done = await self._apt(*install_words(wanted))
        if done.code != 0:
            self._progress("fetching the lists of packages")
            await self._apt("update")
            done = await self._apt(*install_words(wanted))
        if done.code != 0 or (absent := [one.name for one in self.missing() if one in wanted]):
            said = done.error_text.rpartition("\n")[2] if done.code else f"{', '.join(absent)} not complete"
            raise Unavailable(
                f"apt-get could not install what real nodes need: {said}", hint=f"try `{command(wanted)}`"
            )

    def _is_there(self, package: Package) -> bool:
        programs = all(shutil.which(program, path=self._search_path) for program in package.programs)
        return programs and all(self._plugin(plugin) for plugin in package.plugins)

    def _plugin(self, name: str) -> bool:
        return any(os.access(folder / name, os.X_OK) for folder in self._plugin_folders)

    def _mask(self, packages: Iterable[Package]) -> tuple[Path, ...]:
        """The masks that were made: none for a unit that is there already, for somebody uses it."""
        made = []
        for package in packages:
            if not package.unit or self._has_unit(package.unit):
                continue
            place = self._units / package.unit
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(os.devnull)
            made.append(place)
            self._progress(
                f"{package.unit} is masked: only Fairlead starts it; `systemctl unmask {package.unit}` ends that"
            )
        return tuple(made)

    def _has_unit(self, unit: str) -> bool:
        places = (folder / unit for folder in (self._units, *self._packaged_units))
        return any(place.is_symlink() or place.exists() for place in places)

    def _unmask(self, masks: Iterable[Path]) -> None:
        """Take back *masks*, but not that of a unit which apt-get put there before it failed: it would be started."""
        for mask in masks:
            if not any((folder / mask.name).exists() for folder in self._packaged_units):
                mask.unlink(missing_ok=True)
                self._progress(f"{mask.name} is not masked any more")

    async def _apt(self, *words: str) -> process.Finished:
        env = {"DEBIAN_FRONTEND": "noninteractive", "PATH": self._search_path}
        program = shutil.which("apt-get", path=self._search_path) or "apt-get"
        # Somebody else may be installing something at this moment.
        argv = [program, "-q", "-o", "DPkg::Lock::Timeout=300", *words]
        return await process.run(argv, env=env, timeout=_TIMEOUT)


def install_words(packages: Iterable[Package]) -> tuple[str, ...]:
    """The words after `apt-get`. Nothing is removed for them: docker's own containerd conflicts with Debian's."""
    return ("install", "-y", "--no-install-recommends", "--no-remove", *(package.name for package in packages))


def command(packages: Iterable[Package]) -> str:
    """What a person types to install *packages*."""
    return " ".join(("apt-get", *install_words(packages)))
