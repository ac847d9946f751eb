"""What the environment variables say about time, and the names that one process gives itself."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import secrets
import socket
import uuid
from datetime import UTC, datetime
from pathlib import Path

from fairlead.engine.lease_keeper import REQUEST_TIMEOUT_SECONDS, TTL_SECONDS
from fairlead.model.errors import InputError


def request_timeout() -> float:
    """Seconds for one request to an API server."""
    return _seconds("FAIRLEAD_REQUEST_TIMEOUT", REQUEST_TIMEOUT_SECONDS)


def lease_ttl() -> float:
    """Seconds that a lock holds without renewal; tests shorten it."""
    return _seconds("FAIRLEAD_LEASE_TTL", TTL_SECONDS)


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, "")
    try:
        found = float(text) if text else default
    except ValueError:
        found = 0.0
    if found <= 0:
        raise InputError(f"{variable} must be a number of seconds above 0, not {text!r}")
    return found


def new_run_id() -> str:
    """Sorts by time, and two runs of one second differ."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"


def holder_name() -> str:
    """Who we are, for people who are refused; and where our process number holds, for `is_dead_here`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} pid {os.getpid()} ({_process_table()})"


def is_dead_here(holder: str) -> bool:
    """Whether *holder*, a name as `holder_name` makes it, was a process of this machine that is no more. A process with
    its number proves nothing: numbers come back."""
    found = re.search(r" pid (?P<pid>\d+) \((?P<table>\w+)\)", holder)
    if found is None or found["table"] != _process_table():
        return False
    try:
        os.kill(int(found["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False


def _process_table() -> str:
    """Names the one table of processes that our number is of. Containers and machines may share a host name; a boot of
    Linux and a PID namespace of it are no other's. Without /proc it is the machine's network address, or a random
    number that nobody else has."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        place = f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        place = f"{socket.gethostname()} {uuid.getnode()}"
    return hashlib.sha256(place.encode()).hexdigest()[:8]
