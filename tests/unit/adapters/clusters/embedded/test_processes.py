from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from fairlead.adapters.clusters.embedded.processes import (
    ProcessIdentity,
    end,
    find_marked,
    identify,
    is_alive,
    last_line,
    launch,
)

SLEEP = "/bin/sleep"
FOLDER = Path("/state/clusters/homelab/local")


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen([SLEEP, "60"], env={"FAIRLEAD_CLUSTER": str(FOLDER)}) as child:
        yield child
        child.kill()


@pytest.fixture
def launched(tmp_path: Path) -> Iterator[list[ProcessIdentity]]:
    identities: list[ProcessIdentity] = []
    yield identities
    for identity in identities:
        if is_alive(identity):
            os.kill(identity.pid, signal.SIGKILL)


async def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def command_of(identity: ProcessIdentity) -> list[bytes]:
    return Path(f"/proc/{identity.pid}/cmdline").read_bytes().split(b"\0")[:-1]


def identity_of(child: subprocess.Popen[bytes]) -> ProcessIdentity:
    identity = identify(child.pid, folder=FOLDER, program=SLEEP)
    assert identity is not None
    return identity


def test_living_process_is_recognised(sleeper: subprocess.Popen[bytes]) -> None:
    assert is_alive(identity_of(sleeper))


@pytest.mark.parametrize(
    "change", [{"start_ticks": 1}, {"boot_id": "another"}, {"folder": "/state/clusters/homelab/other"}]
)
async def test_pid_that_now_belongs_to_another_is_not_killed(
    sleeper: subprocess.Popen[bytes], change: dict[str, object]
) -> None:
    stranger = dataclasses.replace(identity_of(sleeper), **change)  # type: ignore[arg-type] # one field of each type

    assert not is_alive(stranger)
    await end([stranger], clock=RealClock())
    assert sleeper.poll() is None


async def test_end_waits_until_the_process_is_gone(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    await end([identity], clock=RealClock())

    # Not yet reaped by this test: a zombie counts as gone.
    assert not is_alive(identity)
    assert sleeper.wait(5) == -signal.SIGKILL


async def test_ending_what_is_gone_is_fine(sleeper: subprocess.Popen[bytes]) -> None:
    identity = identity_of(sleeper)
    sleeper.kill()
    sleeper.wait(5)

    await end([identity], clock=RealClock())
    assert identify(sleeper.pid, folder=FOLDER, program=SLEEP) is None


async def test_launched_command_runs_detached_with_a_clean_environment(
    tmp_path: Path, launched: list[ProcessIdentity]
) -> None:
    launch([SLEEP, "60"], folder=tmp_path, log=tmp_path / "log", record=launched.append)
    (identity,) = launched
    await wait_until(lambda: command_of(identity) == [b"/bin/sleep", b"60"])

    process = Path(f"/proc/{identity.pid}")
    names = {line.split(b"=")[0] for line in (process / "environ").read_bytes().split(b"\0") if line}
    assert names == {b"PATH", b"HOME", b"LC_ALL", b"FAIRLEAD_CLUSTER"}
    assert os.getsid(identity.pid) == identity.pid
    assert (process / "cwd").readlink() == tmp_path
    assert {(process / f"fd/{number}").readlink() for number in (1, 2)} == {tmp_path / "log"}
    assert [one.pid for one in find_marked(tmp_path)] == [identity.pid]
    assert is_alive(identity)


async def test_command_whose_pid_could_not_be_recorded_never_runs(tmp_path: Path) -> None:
    def fail(identity: ProcessIdentity) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        launch(["/usr/bin/touch", str(tmp_path / "ran")], folder=tmp_path, log=tmp_path / "log", record=fail)
    await wait_until(lambda: not any(find_marked(tmp_path)))
    assert not (tmp_path / "ran").exists()


async def test_command_whose_starter_is_killed_before_recording_never_runs(tmp_path: Path) -> None:
    """The starter kills itself where the pid would be written down."""
    script = (
        "import os, sys; from pathlib import Path; from fairlead.adapters.clusters.embedded.processes import launch\n"
        "folder = Path(sys.argv[1])\n"
        "launch(['/usr/bin/touch', str(folder / 'ran')], folder=folder, log=folder / 'log',"
        " record=lambda identity: os.kill(os.getpid(), 9))"
    )
    starter = subprocess.run([sys.executable, "-c", script, tmp_path], check=False, env={"PYTHONPATH": "src"})

    assert starter.returncode == -signal.SIGKILL
    await wait_until(lambda: not any(find_marked(tmp_path)))
    assert not (tmp_path / "ran").exists()


async def test_command_that_does_not_exist_says_so_in_its_log(tmp_path: Path, launched: list[ProcessIdentity]) -> None:
    launch(["/nowhere/etcd"], folder=tmp_path, log=tmp_path / "log", record=launched.append)

    await wait_until(lambda: not is_alive(launched[0]))
    assert last_line(tmp_path / "log") == "cannot run /nowhere/etcd: No such file or directory"


def test_last_line_skips_blank_ones_and_absent_files(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert last_line(log) == ""
    log.write_text("first\nlast\n\n  \n")
    assert last_line(log) == "last"
