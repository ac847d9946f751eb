"""Where the objects that a chart of the project gives are written: for findings about what came out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fairlead.formats.helm_release import object_name
from fairlead.model.component import HelmSource
from fairlead.model.finding import Location
from fairlead.model.objects import Manifest
from fairlead.planning.value_path import Path


@dataclass(frozen=True)
class ChartOrigins:
    """*templates* as in Rendering; *find* says whether a file of the project is there."""

    source: HelmSource
    templates: Mapping[str, str]
    find: Callable[[str], object]

    def place(self, manifest: Manifest, _path: Path) -> Location | None:
        """Of the template that made *manifest*: which of its lines wrote a field nobody can tell. None where that file
        is not in the project."""
        file = self.file(self.templates.get(object_name(manifest), ""))
        return Location(file) if file else None

    def file(self, named: str) -> str:
        """The project's file that helm calls *named*, from the chart's name on; empty where there is none."""
        rest = named.partition("/")[2]
        if not rest or self.source.repository:
            return ""
        file = f"{self.source.chart}/{rest}"
        return file if self.find(file) else ""
