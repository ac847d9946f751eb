"""Finds a tool on the search path, at a version that fits."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from fairlead.adapters import process
from fairlead.adapters.tools.tool import Fit, Tool
from fairlead.model.errors import Unavailable

_TIMEOUT = 10.0
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:\+\S*)?")


async def find_on_path(tool: Tool, *, search_path: str | None = None) -> Path | None:
    """The first program of that name, if it fits; what the path holds further back is not what a shell would run."""
    found = shutil.which(tool.name, path=search_path)
    if found is None:
        return None
    try:
        asked = await process.run([found, *tool.version_argv], timeout=_TIMEOUT)
    except Unavailable:
        # A broken program is as good as none: the chain goes on.
        return None
    match = re.search(tool.version_pattern, asked.stdout.decode(errors="replace"))
    is_fitting = asked.code == 0 and match is not None and fits(match.group(1), tool.version, fit=tool.fits)
    return Path(found) if is_fitting else None


def fits(found: str, wanted: str, *, fit: Fit) -> bool:
    """Whether version *found* may stand for *wanted*; one with a suffix such as `1.34.2-rc.1` never does."""
    theirs, ours = _VERSION.fullmatch(found), _VERSION.fullmatch(wanted)
    if theirs is None or ours is None:
        return False
    if fit is Fit.MAJOR:
        return theirs[1] == ours[1]
    return theirs.group(1, 2) == ours.group(1, 2) and int(theirs[3]) >= int(ours[3])
