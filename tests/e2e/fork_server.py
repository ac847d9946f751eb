"""A process that has loaded the command and forks for each request that it hears; see forked.py."""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import select
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any, NoReturn

LARGEST = 1 << 18
"""Bytes of one request."""


def load() -> None:
    """Import all modules of fairlead but those that are started as programs of their own."""
    import fairlead

    for module in pkgutil.walk_packages(fairlead.__path__, "fairlead."):
        source = Path(importlib.util.find_spec(module.name).origin)  # type: ignore[union-attr, arg-type]
        if module.name == "fairlead.cli.main" or '__name__ == "__main__"' not in source.read_text():
            importlib.import_module(module.name)
    gc.collect()
    gc.freeze()


def serve(requests: socket.socket, callers: socket.socket) -> dict[str, Any] | None:
    """Fork for each request, that of *requests* and of those who call on *callers*; in the process that shall carry it
    out: the request. None where all is over."""
    hears = signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        ready, _, _ = select.select([requests, callers], [], [])
        if callers in ready:
            with callers.accept()[0] as caller:
                message, descriptors, _, _ = socket.recv_fds(caller, LARGEST, 3)
        else:
            message, descriptors, _, _ = socket.recv_fds(requests, LARGEST, 3)
            if not message:
                return None
        if message and os.fork() == 0:
            with requests, callers:
                return keep(json.loads(message), *descriptors, hears=hears)
        for descriptor in descriptors:
            os.close(descriptor)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def keep(request: dict[str, Any], out: int, err: int, told: int, *, hears: Any) -> dict[str, Any]:
    """Fork once more, tell the process id and, once it ended, the exit code: four bytes each."""
    if pid := os.fork():
        for descriptor in (out, err):
            os.close(descriptor)
        os.write(told, pid.to_bytes(4, "big"))
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.write(told, code.to_bytes(4, "big", signed=True))
        os._exit(0)
    os.close(told)
    signal.signal(signal.SIGINT, hears)
    for stream, descriptor in ((1, out), (2, err)):
        os.dup2(descriptor, stream)
        os.close(descriptor)
    return request


def become(request: dict[str, Any]) -> int:
    """Be the command that *request* describes; the exit code."""
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    resource.setrlimit(resource.RLIMIT_FSIZE, request["file_size"])
    sys.argv[1:] = request["words"]
    from fairlead.cli.main import run

    return run()


def leave(code: int) -> NoReturn:
    """End without taking down every module: that writes to all memory that was shared until now."""
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the threads, as Python does before `atexit`
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    del sys.path[0]  # the folder of the tests
    with socket.socket(fileno=int(sys.argv[1])) as heard, socket.socket(fileno=int(sys.argv[2])) as called:
        load()
        found = serve(heard, called)
    if found:
        leave(become(found))
