"""Images that are kept in the user's cache: each in a folder of its own, an archive and a record of what it holds."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.adapters.slots import remove_all_unfinished
from fairlead.model.image import BuiltImage, local_reference

RECORD: Final = "image.json"
ARCHIVE: Final = "image.tar"
KEPT: Final = 3
"""How many images of one name are kept whatever their age."""
OLD_SECONDS: Final = 14 * 24 * 3600.0
"""An image that nobody asked for in this time is not kept because of its age."""


def read_record(record: Path) -> BuiltImage | None:
    """The image beside *record*, which counts as asked for now; None where it is not there or not whole."""
    archive = record.parent / ARCHIVE
    try:
        found: dict[str, Any] = orjson.loads(record.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    if not archive.is_file() or archive.stat().st_size != found["size"]:
        return None
    with contextlib.suppress(OSError):
        os.utime(record)
    return BuiltImage(reference=found["reference"], digest=found["digest"], archive=str(archive), size=found["size"])


def remove_old(folder: Path, *, name: str, now: float) -> None:
    """Remove images called *name* that are neither among the last few nor were asked for lately; *now* in seconds.

    What killed builds of any image left goes as well.
    """
    remove_all_unfinished(folder)
    prefix = local_reference(name, "")
    by_age = sorted(
        (record for record in folder.glob(f"*/{RECORD}") if _reference(record).startswith(prefix)), key=_asked
    )
    for record in by_age[:-KEPT]:
        if now - _asked(record) > OLD_SECONDS:
            # The lock stays: another process may wait for it.
            record.unlink(missing_ok=True)
            (record.parent / ARCHIVE).unlink(missing_ok=True)


def _reference(record: Path) -> str:
    try:
        return str(orjson.loads(record.read_bytes())["reference"])
    except (OSError, ValueError, KeyError):
        return ""


def _asked(record: Path) -> float:
    try:
        return record.stat().st_mtime
    except OSError:
        return 0.0
