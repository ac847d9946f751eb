"""The mounts of this machine, as the kernel lists them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fairlead.model.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """*options* are those of the file system itself."""

    place: str
    kind: str
    options: str


def mounts(mountinfo: str) -> Iterator[Mount]:
    """From the text of /proc/self/mountinfo (proc(5)), in its order: of two at one place the later one is seen."""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        kind, _, options = after.split(" ")[:3]
        yield Mount(place=_plain(before.split(" ")[4]), kind=kind, options=options)


def _plain(path: str) -> str:
    """Spaces and the like are written as three octal digits."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), path)
