"""The command, forked from a process that has loaded it: starting Python and importing costs 0.7 s of a processor.

What is forked is a process of its own, with its own arguments, variables, folder and output, and ends as any Python
program ends. Only /proc shows the command line and the variables of its parent.
"""

from __future__ import annotations

import atexit
import functools
import io
import json
import os
import resource
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from e2e.fork_server import LARGEST

_SETTLED_AT_START = ("PYTHON", "LC_", "LANG", "LD_")


def can_be_forked(variables: Mapping[str, str], source: str) -> bool:
    """No variable asks for more than Python can still do once it runs; *source* is its PYTHONPATH."""
    asked = {name for name in variables if name.startswith(_SETTLED_AT_START)}
    return asked == {"PYTHONPATH"} and variables["PYTHONPATH"] == source


class ForkServer:
    """One for each process that tests; threads may share it."""

    def __init__(self, source: str) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, LARGEST)
        self._sending = threading.Lock()
        callers = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        callers.bind("")  # the kernel chooses a name, which is no file
        callers.listen()
        self._name = callers.getsockname().decode()
        with theirs, callers:
            numbers = [theirs.fileno(), callers.fileno()]
            self._process = subprocess.Popen(
                [sys.executable, str(_beside("fork_server.py")), *map(str, numbers)],
                pass_fds=numbers,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": source},
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def run(
        self, words: Sequence[str], *, cwd: Path, env: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run` with its output captured and no input; raises TimeoutExpired."""
        request = {
            "words": list(words),
            "cwd": str(cwd),
            "env": dict(env),
            "file_size": resource.getrlimit(resource.RLIMIT_FSIZE),
        }
        pipes = [os.pipe() for _ in range(3)]
        with self._sending:
            socket.send_fds(self._socket, [json.dumps(request).encode()], [theirs for _, theirs in pipes])
        for _, theirs in pipes:
            os.close(theirs)
        out, err, told = _read_all([ours for ours, _ in pipes], time.monotonic() + timeout)
        pid, code = told[:4], told[4:]
        if not code:
            if pid:
                os.kill(int.from_bytes(pid, "big"), signal.SIGKILL)
            raise subprocess.TimeoutExpired(list(words), timeout, out, err)
        return subprocess.CompletedProcess(
            list(words), int.from_bytes(code, "big", signed=True), _text(out), _text(err)
        )

    @property
    def caller(self) -> list[str]:
        """The start of a command line that does what the command does, for scripts that start it themselves."""
        return [sys.executable, "-I", "-S", str(_beside("fork_client.py")), self._name.removeprefix("\0")]

    def end(self) -> None:
        self._socket.close()
        self._process.wait()


def _beside(name: str) -> Path:
    return Path(__file__).with_name(name)


def _text(output: bytes) -> str:
    return io.TextIOWrapper(io.BytesIO(output), encoding="utf-8").read()


def _read_all(descriptors: Sequence[int], deadline: float) -> list[bytes]:
    """What is written to each until the last writer closed it, or until *deadline*; closes them."""
    read = dict.fromkeys(descriptors, b"")
    with selectors.DefaultSelector() as open_ones:
        for descriptor in descriptors:
            open_ones.register(descriptor, selectors.EVENT_READ)
        while open_ones.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, _ in open_ones.select(left):
                part = os.read(key.fd, 1 << 16)
                read[key.fd] += part
                if not part:
                    open_ones.unregister(key.fd)
    for descriptor in descriptors:
        os.close(descriptor)
    return list(read.values())


@functools.cache
def fork_server(source: str) -> ForkServer:
    server = ForkServer(source)
    atexit.register(server.end)
    return server
