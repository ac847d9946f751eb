"""A chart's dependencies, where `charts/` lacks them: fetched at the versions of Chart.lock into a copy.

The user's folder is never written. Not `helm dependency build`: it wants repositories set up beforehand, checks no
digest and packs local charts with the time of day in them; only its judgement of versions is used (`dependency list`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from fairlead.adapters.helm.chart_tree import ChartTree, load_chart
from fairlead.adapters.helm.chart_version import EXACT_VERSION
from fairlead.formats.json_data import dig_text, maps_in
from fairlead.formats.version_range import parse_range, parse_version
from fairlead.model.errors import InputError
from fairlead.model.lock_file import NOTHING_LOCKED, ChartNeed, ComponentLock

FetchChart = Callable[[str, str, str], Awaitable[bytes]]
"""Repository URL, name and version -> the archive."""

_LOCAL: Final = "file://"
_FETCHED: Final = ("http://", "https://", "oci://")
_LOCK_FILES: Final = ("Chart.lock", "requirements.lock")


async def complete(
    chart: ChartTree, *, folder: Path, root: Path, fetch: FetchChart, locked: ComponentLock = NOTHING_LOCKED
) -> dict[str, bytes]:
    """The files of *chart*, which lies in *folder* of project *root*, with every missing dependency under `charts/`."""
    files = dict(chart.written)
    for dependency in locked_dependencies(chart, locked=locked):
        name, version, repository = (dig_text(dependency, part) for part in ("name", "version", "repository"))
        if repository.startswith(_LOCAL):
            files |= _local(name, folder / repository.removeprefix(_LOCAL), root=root, place=chart.place)
        elif repository.startswith(_FETCHED):
            files[f"charts/{name}-{version}.tgz"] = await fetch(repository, name, version)
        else:
            raise _unknown_repository(chart.place, name, repository)
    return files


def local_dependencies(chart: ChartTree, *, folder: Path, root: Path) -> dict[str, bytes]:
    """The files of those missing dependencies that lie in the project: they take part in the key of what is built."""
    found: dict[str, bytes] = {}
    for dependency in _missing(chart):
        repository = dig_text(dependency, "repository")
        if repository.startswith(_LOCAL):
            path = folder / repository.removeprefix(_LOCAL)
            found |= _local(dig_text(dependency, "name"), path, root=root, place=chart.place)
    return found


def fetched_needs(chart: ChartTree) -> tuple[ChartNeed, ...]:
    """The dependencies of *chart* that come from repositories, with what its Chart.lock says of them."""
    lock = _own_lock(chart)
    return tuple(
        ChartNeed(
            name=dig_text(entry, "name"),
            repository=dig_text(entry, "repository"),
            wanted=dig_text(entry, "version"),
            version=dig_text(_in_lock(entry, lock) or {}, "version"),
        )
        for entry in _missing(chart)
        if dig_text(entry, "repository").startswith(_FETCHED)
    )


def locked_dependencies(chart: ChartTree, *, locked: ComponentLock = NOTHING_LOCKED) -> tuple[Mapping[str, Any], ...]:
    """The dependencies that are missing from `charts/`, each at one version: that of Chart.lock, else that of *locked*.

    Raises InputError where none is stated.
    """
    lock = _own_lock(chart)
    found = tuple(_locked(entry, lock=lock, ours=locked, place=chart.place) for entry in _missing(chart))
    for entry in found:
        _require_locked(entry, locked, place=chart.place)
    return found


def _require_locked(entry: Mapping[str, Any], locked: ComponentLock, *, place: str) -> None:
    """Else its archive would be taken as it comes: the digest is that of another version."""
    name, repository, version = (dig_text(entry, part) for part in ("name", "repository", "version"))
    ours = [each.version for each in locked.dependencies if (each.name, each.repository) == (name, repository)]
    if ours and parse_version(version) not in map(parse_version, ours):
        raise InputError(
            f"the lock file has {name} {ours[0]}, and the chart {place} needs {version}",
            hint="run `fairlead resolve`, and commit the file",
            rule="chart-dependencies",
        )


def _missing(chart: ChartTree) -> list[Mapping[str, Any]]:
    missing = chart.missing_dependencies()
    return [entry for entry in chart.dependencies if str(entry.get("name")) in missing]


def _own_lock(chart: ChartTree) -> tuple[Mapping[str, Any], ...]:
    return next((maps_in(chart.map_in(name).get("dependencies")) for name in _LOCK_FILES if name in chart.files), ())


def _in_lock(entry: Mapping[str, Any], lock: tuple[Mapping[str, Any], ...]) -> Mapping[str, Any] | None:
    wanted = dig_text(entry, "name"), dig_text(entry, "repository")
    return next((each for each in lock if (dig_text(each, "name"), dig_text(each, "repository")) == wanted), None)


def _locked(
    entry: Mapping[str, Any], *, lock: tuple[Mapping[str, Any], ...], ours: ComponentLock, place: str
) -> Mapping[str, Any]:
    name, repository, wanted = (dig_text(entry, part) for part in ("name", "repository", "version"))
    if repository.startswith(_LOCAL):
        return entry
    if (found := _in_lock(entry, lock)) is not None:
        _require_fitting(wanted, found, place=place)
        return found
    mine = ours.dependency(name=name, repository=repository)
    if not lock and mine is not None and _takes(wanted, mine.version):
        return {**entry, "version": mine.version}
    if lock or not EXACT_VERSION.fullmatch(wanted):
        raise InputError(
            f"the chart {place} needs {name} {wanted}, which its Chart.lock does not settle",
            hint="run `helm dependency update` and commit Chart.lock"
            if lock
            else "run `fairlead resolve`, or `helm dependency update`, and commit what it writes",
            rule="chart-dependencies",
        )
    return entry


def _require_fitting(wanted: str, locked: Mapping[str, Any], *, place: str) -> None:
    """Before anything is fetched, which may not be possible."""
    name, version = dig_text(locked, "name"), dig_text(locked, "version")
    if wanted and not _takes(wanted, version):
        raise InputError(
            f"the chart {place} needs {name} {wanted}, and its Chart.lock says {version}",
            hint="run `helm dependency update` and commit Chart.lock",
            rule="lock-stale",
        )


def _takes(wanted: str, version: str) -> bool:
    found = parse_version(version)
    return found is not None and parse_range(wanted).holds(found)


def _local(name: str, path: Path, *, root: Path, place: str) -> dict[str, bytes]:
    target = path.resolve()
    if not target.is_relative_to(root) or not target.is_dir():
        raise InputError(
            f"the chart {place} needs {name} from {target}, which is no folder of the project",
            hint="correct its `repository: file://…`, which is relative to the chart",
            rule="chart-dependencies",
        )
    tree = load_chart(target, root=root, place=str(target.relative_to(root)))
    return {f"charts/{name}/{path}": content for path, content in tree.written.items()}


def check_listed(table: str, *, place: str) -> None:
    """Judge the output of `helm dependency list`. Raises InputError for a dependency whose version does not fit."""
    rows = [[cell.strip() for cell in line.split("\t")] for line in table.splitlines()[1:] if "\t" in line]
    wrong = [f"{row[0]} {row[1]} ({row[-1]})" for row in rows if row[-1] not in ("ok", "unpacked")]
    if wrong:
        raise InputError(
            f"the chart {place} needs {', '.join(wrong)}, its Chart.lock says otherwise",
            hint="run `helm dependency update` and commit Chart.lock",
            rule="chart-dependencies",
        )


def _unknown_repository(place: str, name: str, repository: str) -> InputError:
    if not repository:
        return InputError(
            f"the chart {place} lacks its subchart {name}",
            hint=f"add the folder charts/{name}",
            rule="chart-dependencies",
        )
    return InputError(
        f"the chart {place} takes {name} from {repository!r}, a name that only one machine's helm knows",
        hint="write the repository's URL in Chart.yaml, then run `helm dependency update`",
        rule="chart-dependencies",
    )
