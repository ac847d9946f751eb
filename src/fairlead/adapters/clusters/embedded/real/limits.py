"""Limits of this machine that several nodes reach together. They belong to the machine, not to a namespace."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

_WATCHERS = Path("/proc/sys/fs/inotify/max_user_instances")
_WANTED = 1024
"""A cluster takes about 20 and its pods more; the kernel's own limit is 128 for all of root's processes. A kubelet that
gets none ends with "inotify_init: too many open files"."""


def raise_limits(*, tell: Callable[[str], None], watchers: Path = _WATCHERS) -> None:
    """Raise what is too low, until the next boot, and say so. Where that is not allowed, few clusters still work."""
    with contextlib.suppress(OSError, ValueError):
        found = int(watchers.read_text())
        if found < _WANTED:
            watchers.write_text(f"{_WANTED}\n")
            tell(f"raised fs.inotify.max_user_instances from {found} to {_WANTED} until the next boot")
