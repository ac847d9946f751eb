"""Values that a release is given and its chart does not read, and those that reach more releases than one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.model.finding import Finding, Severity
from fairlead.model.frozen import dataclass, field
from fairlead.planning.value_path import format_path, leaves
from fairlead.planning.value_reads import EVERYTHING, Path, Reads, is_read, read_paths

_ALWAYS: Final = frozenset({"global"})
"""What is meant for every chart, whether it looks or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseValues:
    """What is known of one release: *reads* of its chart (None: anything), *words* every text in its templates by which
    a value may be picked, *defaults* the chart's own values."""

    component: str
    chart: str
    reads: Reads | None
    text: str = field(repr=False)
    defaults: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def ignores(self, path: Path) -> bool:
        """Whether its chart surely does not read *path*: neither a template nor its default values know of it."""
        if self.reads is EVERYTHING or is_read(path, self.reads) or path[0] in _ALWAYS:
            return False
        last = path[-1]
        names = rf'\.{re.escape(last)}(?!\w)|"{re.escape(last)}"'
        return not _has(self.defaults, path) and not re.search(names, self.text)

    def unread(self, values: Mapping[str, Any]) -> Iterator[Path]:
        """The topmost paths of *values* that are ignored. What is run through `tpl` may read values, too."""
        found: dict[Path, None] = {}
        for path in _map_paths(values):
            top = next((path[:n] for n in range(1, len(path) + 1) if self.ignores(path[:n])), None)
            if top is not None:
                found[top] = None
        texts = [str(leaf) for _, leaf in leaves(values) if isinstance(leaf, str) and ".Values" in leaf]
        reads = [read_paths(text) for text in texts]
        if any(read is EVERYTHING for read in reads):
            return
        yield from (path for path in found if not any(is_read(path, read) for read in reads if read is not None))


def check_values(release: ReleaseValues, values: Mapping[str, Any]) -> Iterator[tuple[Path, Finding]]:
    """*values* of one layer that only this release gets."""
    for path in release.unread(values):
        message = f"no template of the chart {release.chart} reads {format_path(path)}"
        yield path, _finding("unused-value", message, "correct its name, or remove it", component=release.component)


def check_shared(releases: Sequence[ReleaseValues], values: Mapping[str, Any]) -> Iterator[tuple[Path, Finding]]:
    """*values* that every release of the environment gets: each is read by one of them, and by one only."""
    if not releases:
        return
    unread = [frozenset(release.unread(values)) for release in releases]
    for path in sorted(frozenset.intersection(*unread)):
        message = f"no chart of the environment reads {format_path(path)}"
        yield path, _finding("unused-value", message, "correct its name, or remove it")
    for name in values:
        readers = [
            r for r in releases if name not in _ALWAYS and r.reads is not EVERYTHING and is_read((name,), r.reads)
        ]
        if len(readers) > 1:
            names = ", ".join(release.component for release in readers)
            hint = "move it to the values of the release it is for, or below `global`"
            message = f"{name} is meant for the environment and changes the releases {names}"
            yield (name,), _finding("leaking-value", message, hint, severity=Severity.INFO)


def _finding(
    rule: str, message: str, hint: str, *, component: str = "", severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(rule=rule, message=message, hint=hint, severity=severity, component=component)


def _map_paths(values: Mapping[str, Any]) -> Iterator[Path]:
    """The path of every leaf, up to the first list."""
    for path, _ in leaves(values):
        end = next((at for at, part in enumerate(path) if isinstance(part, int)), len(path))
        yield tuple(str(part) for part in path[:end])


def _has(values: Mapping[str, Any], path: Path) -> bool:
    """Whether *path* is in *values*, or lies in something there that is empty: a map for anything."""
    here: Any = values
    for part in path:
        if not isinstance(here, Mapping):
            return here is None or here == []
        if not here and here is not values:
            return True
        if part not in here:
            return False
        here = here[part]
    return True
