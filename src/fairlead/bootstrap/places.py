"""Where things of this user are, and the project that a command works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from fairlead.adapters.tools.cache import default_cache
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.project import Project
from fairlead.model.repository import Checkout, Reading
from fairlead.readers.project_file import load_project
from fairlead.readers.project_paths import check_paths, find_project

if TYPE_CHECKING:
    from fairlead.engine.kept_rendering import KeptOverlays

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where Fairlead keeps things of this user: *cache* may be lost any time, *state* holds local clusters and logs."""

    cache: Path
    state: Path

    @classmethod
    def of_user(cls, environ: Mapping[str, str]) -> Places:
        home = Path(environ.get("HOME") or Path.home())
        state = Path(environ.get("XDG_STATE_HOME") or home / ".local" / "state")
        return cls(cache=default_cache(environ).parent, state=state / "fairlead")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A project that was found and read, and its folder. *reading* is what other tools' files said, *built* what was
    built for that. *checkouts* are other repositories that it is read from."""

    project: Project
    root: Path
    reading: Reading | None = None
    built: KeptOverlays | None = None
    checkouts: tuple[Checkout, ...] = ()

    @property
    def elsewhere(self) -> tuple[str, ...]:
        """The folders of *checkouts*."""
        return tuple(each.folder for each in self.checkouts)


def open_project(start: Path) -> Opened:
    """Find and read the project of *start*. Raises InputError with all faults."""
    file = find_project(start)
    opened = Opened(project=load_project(file), root=file.parent)
    findings = check_paths(opened.project, opened.root)
    if findings:
        raise InputError(f"{file.name} names paths that are not there", findings=findings)
    return opened
