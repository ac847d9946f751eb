"""Which files the command and all its children read, as the kernel saw it."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
from pathlib import Path

from e2e.rig import Clone, command
from fairlead.adapters.tools.system import Package, SystemPackages

_PACKAGE = Package(name="strace", programs=("strace",))
_OPENED = re.compile(r'openat\((?:AT_FDCWD|\d+)(?:<(?P<folder>[^>]*)>)?, "(?P<path>[^"]+)", (?P<flags>[A-Z_|]+).*= \d+')


def opened_files(clone: Clone, *words: str) -> list[Path]:
    """The regular files that were opened for reading by `fairlead WORDS`, each time anew."""
    log = clone.home / "strace.log"
    # A file for each thread: in one for all, calls that overlap are torn apart.
    trace = [_strace(), "-ff", "-qq", "-y", "-s", "4096", "-e", "trace=openat", "-o", str(log)]
    done = subprocess.run(
        [*trace, *command(*words)],
        cwd=clone.folder,
        env=clone.variables({}),
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    found = []
    said = "".join(file.read_text(errors="replace") for file in sorted(clone.home.glob(f"{log.name}.*")))
    for match in _OPENED.finditer(said):
        if "O_RDONLY" in match["flags"] and "O_DIRECTORY" not in match["flags"]:
            path = Path(match["folder"] or clone.folder, match["path"])
            found += [path] if path.is_file() else []
    return found


def _strace() -> str:
    found = shutil.which("strace")
    if found is None:
        asyncio.run(SystemPackages(progress=print).install([_PACKAGE]))
        found = shutil.which("strace")
    assert found, "there is no strace: install the package of that name"
    return found
