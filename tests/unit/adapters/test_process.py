"""Children for real: what they see, what they say, and how they end.

Left out: a platform without pidfd or prctl (none here).
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fairlead.adapters import pipes, process
from fairlead.model.errors import Unavailable

PYTHON = [sys.executable, "-S", "-E", "-c"]


async def until(condition: Callable[[], bool], *, within: float = 60) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.01)


def is_running(pid: int) -> bool:
    """Whether *pid* executes; a zombie that nobody collects does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children() -> frozenset[str]:
    """Also those that ended and were not waited for."""
    return frozenset(pid for thread in Path("/proc/self/task").iterdir() for pid in read_children(thread))


def read_children(thread: Path) -> list[str]:
    try:
        return (thread / "children").read_text().split()
    except FileNotFoundError:  # the thread has just ended
        return []


@pytest.fixture
def no_child_stays() -> Iterator[None]:
    before = children()  # another test's fork server may be there
    yield
    assert children() <= before


def number_in(file: Path) -> int:
    return int(file.read_text() or 0) if file.exists() else 0


async def test_code_and_both_outputs_are_data() -> None:
    done = await process.run(["sh", "-c", "echo out; echo err >&2; exit 3"], timeout=60)
    assert (done.code, done.stdout, done.stderr, done.error_text) == (3, b"out\n", b"err\n", "err")
    assert 0 < done.seconds < 10


async def test_a_signal_is_a_negative_code() -> None:
    done = await process.run(["sh", "-c", "kill -KILL $$"], timeout=60)
    assert done.code == -signal.SIGKILL


async def test_input_and_output_larger_than_the_pipes_come_through() -> None:
    data = os.urandom(3_000_000)
    done = await process.run(["sh", "-c", "tee /dev/stderr"], stdin=data, timeout=60)
    assert done.stdout == data
    assert done.stderr == data


async def test_a_child_that_does_not_read_its_input_ends_as_it_likes() -> None:
    done = await process.run(["true"], stdin=b"x" * 1_000_000, timeout=60)
    assert done.code == 0


async def test_without_stdin_a_child_reads_nothing_instead_of_waiting() -> None:
    assert (await process.run(["cat"], timeout=60)).stdout == b""


async def test_lines_arrive_while_the_child_runs(tmp_path: Path) -> None:
    go_on = tmp_path / "go-on"

    def see(line: str) -> None:
        lines.append(line)
        go_on.touch()

    lines: list[str] = []
    script = f"echo first; until [ -e {go_on} ]; do sleep 0.01; done; printf 'caf\\303\\251\\r\\nlast \\377'"
    done = await process.run(["sh", "-c", script], on_stdout_line=see, timeout=60)
    assert lines == ["first", "café", "last \ufffd"]
    assert done.stdout.startswith(b"first\n")


async def test_lines_of_the_two_outputs_are_kept_apart() -> None:
    out: list[str] = []
    err: list[str] = []
    await process.run(
        ["sh", "-c", "echo o; echo e >&2"], on_stdout_line=out.append, on_stderr_line=err.append, timeout=9
    )
    assert (out, err) == (["o"], ["e"])


@pytest.mark.usefixtures("no_child_stays")
async def test_an_error_in_a_line_callback_ends_the_child_and_is_raised() -> None:
    def refuse(line: str) -> None:
        raise Unavailable(line)

    with pytest.raises(Unavailable, match="stop here"):
        await process.run(["sh", "-c", "echo stop here; sleep 60"], on_stdout_line=refuse, timeout=60)


async def test_a_child_sees_the_allow_list_and_what_it_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/leak")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "leak")
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    done = await process.run(["/usr/bin/env"], env={"EXTRA": "given", "HOME": "/other"}, timeout=60)
    seen = dict(line.split("=", 1) for line in done.stdout.decode().splitlines())
    assert seen["EXTRA"] == "given"
    assert seen["HOME"] == "/other"
    assert seen["XDG_CACHE_HOME"] == "/cache"
    assert seen["https_proxy"] == "http://127.0.0.1:1"
    assert "KUBECONFIG" not in seen
    assert "AWS_SECRET_ACCESS_KEY" not in seen


async def test_a_child_runs_in_its_folder_and_leads_a_session_of_its_own(tmp_path: Path) -> None:
    done = await process.run(
        [*PYTHON, "import os; print(os.getcwd(), os.getsid(0) == os.getpid())"], cwd=tmp_path, timeout=9
    )
    assert done.stdout.decode().split() == [str(tmp_path), "True"]


async def test_only_the_named_descriptors_are_passed_on() -> None:
    named, unnamed = os.pipe()
    os.set_inheritable(unnamed, True)
    try:
        done = await process.run(["ls", "/proc/self/fd"], pass_fds=(named,), timeout=60)
    finally:
        os.close(named)
        os.close(unnamed)
    seen = done.stdout.decode().split()
    assert str(named) in seen
    assert str(unnamed) not in seen


async def test_a_missing_program_is_named_with_the_remedy() -> None:
    with pytest.raises(Unavailable, match="no-such-program is not installed") as caught:
        await process.run(["no-such-program"], timeout=1)
    assert "fairlead tools install" in caught.value.hint


async def test_a_missing_folder_is_not_taken_for_a_missing_program(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no such folder"):
        await process.run(["true"], cwd=tmp_path / "gone", timeout=1)


async def test_a_file_that_is_no_program_is_said_so(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    with pytest.raises(Unavailable, match="cannot be run: Permission denied"):
        await process.run([tmp_path / "text"], timeout=1)


@pytest.mark.usefixtures("no_child_stays")
async def test_a_timeout_ends_grandchildren_too(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    with pytest.raises(process.TimedOut, match=r"sh did not end within 0\.5 s") as caught:
        await process.run(["sh", "-c", f"echo busy >&2; sleep 60 & echo $! > {note}; wait"], timeout=0.5)
    assert caught.value.stderr == b"busy\n"
    assert "busy" in caught.value.hint
    assert not is_running(number_in(note))


async def test_a_timeout_ends_with_sigkill_what_does_not_hear(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    deaf = f"trap '' TERM; echo $$ > {note}; while :; do sleep 0.05; done"
    with pytest.raises(process.TimedOut):
        await process.run(["sh", "-c", deaf], timeout=0.3, stop_grace=0.2)
    assert not is_running(number_in(note))


async def test_the_stop_signal_reaches_the_child_and_its_last_words_are_read(tmp_path: Path) -> None:
    said: list[str] = []
    # More than a pipe holds: it must be read on while the child is ending.
    script = (
        "trap 'head -c 300000 /dev/zero | tr \"\\0\" x; echo; echo unlocked; exit 0' INT; while :; do sleep 0.02; done"
    )
    with pytest.raises(process.TimedOut):
        await process.run(
            ["sh", "-c", script], timeout=0.4, stop_signal=signal.SIGINT, on_stdout_line=said.append, stop_grace=8
        )
    assert said[-1] == "unlocked"


@pytest.mark.usefixtures("no_child_stays")
async def test_cancelling_ends_the_child_and_leaves_no_zombie(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    task = asyncio.create_task(process.run(["sh", "-c", f"echo $$ > {note}; sleep 60 & wait"], timeout=60))
    await until(lambda: number_in(note) > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not is_running(number_in(note))


async def test_cancelling_twice_does_not_wait_for_the_grace(tmp_path: Path) -> None:
    note = tmp_path / "pid"
    deaf = f"trap '' TERM; echo $$ > {note}; while :; do sleep 0.05; done"
    task = asyncio.create_task(process.run(["sh", "-c", deaf], timeout=60, stop_grace=60))
    await until(lambda: number_in(note) > 0)
    task.cancel()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(task, 30)
    assert not is_running(number_in(note))


async def test_a_grandchild_that_keeps_the_pipe_does_not_hold_up_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipes, "_DRAIN", 0.1)
    note = tmp_path / "pid"
    done = await process.run(["sh", "-c", f"sleep 60 & echo $! > {note}; echo done"], timeout=60)
    assert done.stdout == b"done\n"
    assert done.seconds < 50
    daemon = number_in(note)
    assert is_running(daemon), "what a child leaves running on purpose is its own business"
    os.kill(daemon, signal.SIGKILL)


async def test_output_to_a_file_is_private_and_followed(tmp_path: Path) -> None:
    out, err = tmp_path / "events", tmp_path / "errors"
    out.write_text("of an earlier run")
    lines: list[str] = []
    done = await process.run(
        ["sh", "-c", "echo one; echo two; echo bad >&2"],
        stdout_file=out,
        stderr_file=err,
        on_stdout_line=lines.append,
        timeout=60,
    )
    assert lines == ["one", "two"]
    assert (done.stdout, done.stderr) == (b"", b"")
    assert out.read_text() == "one\ntwo\n"
    assert err.read_text() == "bad\n"
    assert {file.stat().st_mode & 0o777 for file in (out, err)} == {0o600}


async def test_an_output_file_does_not_follow_a_link(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / "out").symlink_to(victim)
    await process.run(["echo", "x"], stdout_file=tmp_path / "out", timeout=60)
    assert victim.read_text() == "precious"


async def test_an_output_file_that_cannot_be_made_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"cannot write .*gone/out: No such file or directory"):
        await process.run(["true"], stdout_file=tmp_path / "gone" / "out", timeout=1)


def test_a_child_is_not_started_from_another_thread() -> None:
    caught: list[BaseException] = []

    def start() -> None:
        try:
            asyncio.run(process.run(["true"], timeout=1))
        except RuntimeError as err:
            caught.append(err)

    thread = threading.Thread(target=start)
    thread.start()
    thread.join()
    assert "main thread" in str(caught[0])


PARENT = """
import asyncio, sys
from pathlib import Path
from fairlead.adapters import pipes, process
asyncio.run(process.run(["sh", "-c", sys.argv[1]], timeout=60, stdout_file=Path(sys.argv[2])))
"""


async def test_kill_minus_nine_of_the_parent_ends_the_child_without_breaking_its_output(tmp_path: Path) -> None:
    note, out = tmp_path / "pid", tmp_path / "out"
    script = f"trap 'echo stopped; exit 0' TERM; echo $$ > {note}; while :; do sleep 0.02; done"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, script, str(out)])
    try:
        await until(lambda: number_in(note) > 0)
    finally:
        parent.kill()
        parent.wait()
    await until(lambda: not is_running(number_in(note)))
    assert out.read_text() == "stopped\n"
