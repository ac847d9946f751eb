"""What the environment variables say about time, and the names that one process gives itself."""

from __future__ import annotations

import getpass
import os
import re
import secrets
import socket
from datetime import UTC, datetime

from fairlead.model.errors import InputError


def request_timeout() -> float:
    """Seconds for one request to an API server."""
    return _seconds("FAIRLEAD_REQUEST_TIMEOUT", 15.0)


def lease_ttl() -> float:
    """Seconds that a lock holds without renewal; tests shorten it."""
    return _seconds("FAIRLEAD_LEASE_TTL", 30.0)


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
    """Who we are, for people who are refused."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):
        user = str(os.getuid())
    return f"{user}@{socket.gethostname()} pid {os.getpid()}"


def is_dead_here(holder: str) -> bool:
    """Whether *holder*, a name as `holder_name` makes it, was a process of this machine that is no more. A process with
    its number proves nothing: numbers come back."""
    found = re.match(r"(?P<user>.+)@(?P<host>[^@\s]+) pid (?P<pid>\d+)", holder)
    if found is None or found["host"] != socket.gethostname():
        return False
    try:
        os.kill(int(found["pid"]), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
