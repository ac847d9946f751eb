"""Charts of a repository that nothing which was read installs."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Collection, Iterator
from typing import Final

from fairlead.formats.json_data import dig, dig_text, maps_in
from fairlead.planning.kustomize.roles import is_below

_FILE: Final = "Chart.yaml"
_BESIDE: Final = "file://"


def find_idle_charts(
    files: Collection[str], *, closed: Collection[str], read: Callable[[str], object]
) -> tuple[str, ...]:
    """The folders of charts among *files*, the topmost, that lie in none of *closed*, are no library and are needed by
    no other chart. *read* gives what a Chart.yaml holds."""
    charts = {posixpath.dirname(file): read(file) for file in files if posixpath.basename(file) == _FILE}
    needed = {path for folder, chart in charts.items() for path in _needed(folder, chart)}
    return tuple(
        folder
        for folder, chart in sorted(charts.items())
        if dig_text(chart, "type") != "library"
        and not is_below(folder, {*closed, *needed})
        and not (folder and is_below(posixpath.dirname(folder), charts))
    )


def _needed(folder: str, chart: object) -> Iterator[str]:
    """The folders of the charts that *chart* depends on by their path."""
    for dependency in maps_in(dig(chart, "dependencies")):
        url = dig_text(dependency, "repository")
        if url.startswith(_BESIDE):
            yield posixpath.normpath(posixpath.join(folder, url.removeprefix(_BESIDE)))
