"""Who holds a state's lock, found without running Terraform: in a Lease, or beside the state's file.

Other backends give no way to look; their holder is named by the refusal of a plan or an apply.
"""

from __future__ import annotations

import dataclasses
import fcntl
import os
import struct
import sys
from pathlib import Path
from typing import Any, Final

from fairlead.adapters.terraform.diagnostics import parse_lock_json
from fairlead.model.infrastructure import StateLock
from fairlead.model.objects import Manifest, ObjectRef

_LOCK_INFO = "app.terraform.io/lock-info"
_FLOCK: Final = "hhqqi4x"
"""`struct flock` of Linux with 64-bit offsets: type, whence, start, length, holder's process."""


def lease_ref(*, suffix: str, namespace: str) -> ObjectRef:
    """The Lease by which the kubernetes backend locks (OpenTofu 1.12, Terraform 1.11), workspace `default`."""
    return ObjectRef(
        group="coordination.k8s.io", kind="Lease", namespace=namespace, name=f"lock-tfstate-default-{suffix}"
    )


def lock_of_lease(lease: Manifest | None) -> StateLock | None:
    """The Lease stays when the lock is released: it has no holder then."""
    spec: dict[str, Any] = (lease or {}).get("spec") or {}
    holder = spec.get("holderIdentity")
    if lease is None or not holder:
        return None
    info = parse_lock_json((lease["metadata"].get("annotations") or {}).get(_LOCK_INFO, ""))
    return info or StateLock(id=holder, who="", operation="", created=str(spec.get("acquireTime", "")))


def lock_info_file(state: Path) -> Path:
    return state.with_name(f".{state.name}.lock.info")


def lock_of_file(state: Path) -> StateLock | None:
    """The file beside the state outlives a killed process; only the lock of the operating system proves a holder."""
    if not _is_held(state):
        return None
    info = lock_info_file(state)
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    found = parse_lock_json(text) or StateLock(id="", who="", operation="", created="")
    return dataclasses.replace(found, is_proven=True)


def _is_held(state: Path) -> bool:
    try:
        file = os.open(state, os.O_RDWR)
    except OSError:
        return False
    try:
        return _other_holds(file)
    finally:
        os.close(file)


def _other_holds(file: int) -> bool:
    if sys.platform != "linux":
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return True
        return False
    # F_GETLK takes nothing: a try to lock could make a Terraform that starts right now fail.
    answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(_FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
    return bool(struct.unpack(_FLOCK, answer)[0] != fcntl.F_UNLCK)
