"""Runs child processes for all adapters: own group, clean environment, timeout, no shell, death with the parent.

Secrets reach a child by standard input or a pipe, never by arguments (`ps` shows those): that is the caller's duty.

Built on pipes and pidfd instead of asyncio's own subprocess: what happens there when a grandchild keeps a pipe open, or
when the waiting task is cancelled twice, differs between Python versions.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

from fairlead.adapters.pipes import POLL, OnLine, Output, feed, read, ready
from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass, field

_LOG = logging.getLogger(__name__)
"""Arguments may be told: no secret is among them."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_KEPT = frozenset(
    ("PATH", "HOME", "TMPDIR", "LANG", "SSL_CERT_FILE", "SSL_CERT_DIR", *_PROXIES, *map(str.lower, _PROXIES))
)
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A child that ended by itself; *code* is negative when a signal did it. Output sent to a file is not repeated."""

    argv: tuple[str, ...]
    code: int
    stdout: bytes = field(repr=False)
    stderr: bytes = field(repr=False)
    seconds: float

    @property
    def error_text(self) -> str:
        """Standard error as text, without surrounding space."""
        return self.stderr.decode(errors="replace").strip()


class TimedOut(Unavailable):
    """A child did not end in its time and was ended; what it changed is not known. Holds what it said so far."""

    def __init__(self, argv: Sequence[str], *, timeout: float, stdout: bytes, stderr: bytes) -> None:
        said = stderr.decode(errors="replace").strip().rpartition("\n")[2]
        super().__init__(
            f"{_title(argv)} did not end within {timeout:g} s",
            hint=f"its last line was: {said}" if said else "it wrote nothing to standard error; allow it more time",
        )
        self.stdout = stdout
        self.stderr = stderr


RARELY_COLLECTED: Final = {"GOGC": "800", "GOMEMLIMIT": "1GiB"}
"""For programs in Go that live for a second: they throw away little before they end, so that collecting it is a fifth
of their processor time (decision 0055)."""


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """What every child sees of our environment (search path, folders, language, certificates, proxies) and *extra*."""
    kept = {name: value for name, value in os.environ.items() if name in _KEPT or name.startswith("XDG_")}
    return kept | dict(extra or {})


async def run(
    argv: Sequence[str | Path],
    *,
    stdin: bytes | None = None,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    timeout: float,
    on_stdout_line: OnLine | None = None,
    on_stderr_line: OnLine | None = None,
    stdout_file: Path | None = None,
    stderr_file: Path | None = None,
    stop_signal: signal.Signals = signal.SIGTERM,
    stop_grace: float = 10,
    pass_fds: Sequence[int] = (),
) -> Finished:
    """Run *argv* to its end; a non-zero code is data, not an error. *timeout* and *stop_grace* in seconds.

    After *timeout*, or when the waiting task is cancelled, the whole group gets *stop_signal* and after *stop_grace*
    SIGKILL; no zombie stays. When we die ourselves, the kernel sends the child *stop_signal* (Linux); grandchildren are
    the child's business. It watches the thread that forked, so children are started from the main thread only.

    With *stdout_file* or *stderr_file* that output goes to a new 0600 file, and our death cannot break the child's pipe
    (tofu would leave its state locked). The line callback then follows the file; `Finished` holds nothing of it.

    Raises TimedOut; Unavailable when the program is missing or cannot be run.
    """
    words = tuple(str(word) for word in argv)
    stdout = Output(on_line=on_stdout_line, path=stdout_file)
    stderr = Output(on_line=on_stderr_line, path=stderr_file)
    started = time.monotonic()
    with contextlib.ExitStack() as files:
        stdio = (
            subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            _target(stdout.path, files),
            _target(stderr.path, files),
        )
        popen = _start(words, stdio, env=clean_environment(env), cwd=cwd, pass_fds=pass_fds, stop_signal=stop_signal)
    child = _Child(popen=popen, stop_signal=stop_signal, stop_grace=stop_grace)
    try:
        async with asyncio.timeout(timeout) as limit:
            await _attend(child, stdin or b"", stdout, stderr)
    except TimeoutError:
        if not limit.expired():
            raise
        raise TimedOut(words, timeout=timeout, stdout=stdout.data, stderr=stderr.data) from None
    seconds = time.monotonic() - started
    _LOG.debug("%s ended with %d after %.2f s", shlex.join(words), popen.returncode, seconds)
    return Finished(argv=words, code=popen.returncode, stdout=stdout.data, stderr=stderr.data, seconds=seconds)


def _title(argv: Sequence[str]) -> str:
    """The program and its first word, such as `helm upgrade`: a whole argument list makes no sentence."""
    verb = argv[1] if len(argv) > 1 and argv[1].isidentifier() else ""
    return f"{Path(argv[0]).name} {verb}".strip()


@dataclass(frozen=True, kw_only=True)
class _Child:
    popen: subprocess.Popen[bytes]
    stop_signal: signal.Signals
    stop_grace: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)


def _target(path: Path | None, files: contextlib.ExitStack) -> int:
    if path is None:
        return subprocess.PIPE
    try:
        # A file that is there already may have other rights, or be a link: it is made anew.
        path.unlink(missing_ok=True)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    except OSError as err:
        raise Unavailable(
            f"cannot write {path}: {err.strerror}", hint="see its folder's rights and free space"
        ) from err
    files.callback(os.close, fd)
    return fd


def _start(
    argv: tuple[str, ...],
    stdio: tuple[int, int, int],
    *,
    env: Mapping[str, str],
    cwd: Path | None,
    pass_fds: Sequence[int],
    stop_signal: signal.Signals,
) -> subprocess.Popen[bytes]:
    if threading.current_thread() is not threading.main_thread():
        # The kernel would signal the child at the end of this thread, not of the process.
        raise RuntimeError("child processes are started from the main thread only")
    try:
        return subprocess.Popen(
            argv,
            stdin=stdio[0],
            stdout=stdio[1],
            stderr=stdio[2],
            bufsize=0,
            env=env,
            cwd=cwd,
            pass_fds=pass_fds,
            start_new_session=True,
            preexec_fn=_before_exec(stop_signal),  # noqa: PLW1509 - the one place to ask for the death signal
        )
    except OSError as err:
        raise _cannot_run(argv[0], err, cwd) from err


def _cannot_run(program: str, err: OSError, cwd: Path | None) -> Unavailable:
    if cwd is not None and not cwd.is_dir():
        return Unavailable(f"{program} cannot be run in {cwd}: no such folder", hint="make the folder, then run again")
    if isinstance(err, FileNotFoundError):
        return Unavailable(f"{program} is not installed", hint="run `fairlead tools install`")
    return Unavailable(
        f"{program} cannot be run: {err.strerror}", hint="see the file's rights, or run `fairlead tools install`"
    )


_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
if _libc is not None:
    # Looked up now: between fork and exec nothing may be loaded.
    _libc.prctl.argtypes = (ctypes.c_int, *(4 * (ctypes.c_ulong,)))


def _before_exec(stop_signal: signal.Signals) -> Callable[[], None]:
    """What the child does between fork and exec. Nothing in it may wait for a lock that another thread could hold."""
    parent = os.getpid()

    def prepare() -> None:
        # A signal that we ignore (started by `nohup`, or with `&`) would stay ignored in the child.
        signal.signal(stop_signal, signal.SIG_DFL)
        if _libc is None:
            return
        _libc.prctl(_PR_SET_PDEATHSIG, stop_signal, 0, 0, 0)
        if os.getppid() != parent:
            # The parent died before prctl: no signal will come.
            os._exit(128 + stop_signal)

    return prepare


async def _attend(child: _Child, stdin: bytes, stdout: Output, stderr: Output) -> None:
    """Feed and read the child until it has ended and its pipes are empty; whatever happens, end it."""
    popen = child.popen
    tasks = [
        asyncio.create_task(_wait(child)),
        _owner(popen.stdin, feed(popen.stdin, stdin)),
        _owner(popen.stdout, read(stdout, popen.stdout, child.ended)),
        _owner(popen.stderr, read(stderr, popen.stderr, child.ended)),
    ]
    try:
        # Not `gather`: that would cancel the readers with us, and a full pipe keeps a child from ending well.
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        for task in done:
            task.result()
    finally:
        try:
            await _stop(child)
            await asyncio.wait(tasks, timeout=POLL)
        finally:
            for task in tasks:
                task.cancel()


def _owner(pipe: IO[bytes] | None, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
    task = asyncio.create_task(work)
    if pipe is not None:
        task.add_done_callback(lambda _: pipe.close())
    return task


async def _wait(child: _Child) -> None:
    await _exited(child.popen)
    child.popen.wait()
    child.ended.set()


async def _exited(popen: subprocess.Popen[bytes]) -> None:
    """Wait for the child's end without collecting it: a zombie keeps its number from being given to another process."""
    try:
        fd = os.pidfd_open(popen.pid)
    except (AttributeError, OSError):
        # Not Linux, Linux before 5.3, or collected already.
        while popen.poll() is None:  # noqa: ASYNC110 - nothing tells us of it here
            await asyncio.sleep(POLL)
        return
    try:
        await ready(fd)
    finally:
        os.close(fd)


async def _stop(child: _Child) -> None:
    """End the child's group; does nothing when the child ended by itself: what it left running is its own business."""
    if child.popen.returncode is not None:
        return
    try:
        _signal_group(child.popen.pid, child.stop_signal)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(child.stop_grace):
                await _wait(child)
                await _group_gone(child.popen.pid)
    finally:
        # Also when cancelled a second time, which means: at once.
        _signal_group(child.popen.pid, signal.SIGKILL)
        child.popen.wait()
        child.ended.set()


async def _group_gone(group: int) -> None:
    while _is_alive(group):  # noqa: ASYNC110 - no event tells of a group
        await asyncio.sleep(POLL)


def _is_alive(group: int) -> bool:
    """By /proc, because orphans that ended may stay zombies for long (we may be PID 1); without /proc: no."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                return True
    return False


def _signal_group(group: int, number: int) -> None:
    # macOS answers EPERM when only zombies are left.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
