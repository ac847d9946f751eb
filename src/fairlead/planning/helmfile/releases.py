"""What a release of a helmfile is as a component: its chart, its values in helm's order, and what it waits for."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.helmfile.secrets import ENCRYPTED, HELD
from fairlead.formats.helmfile.state import HelmfileRelease, HelmfileState
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.planning.value_path import format_path, leaves, parse_path
from fairlead.planning.values import Layer, merge

_REFERENCE: Final = ("ref+", "secretref+")
_REMOTE: Final = ("git::", "http://", "https://", "s3::")


class NotJudged(InputError):
    """What helmfile would do with a release, and Fairlead does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedRelease:
    """A release with the file that states it, from the project's top, as *file*."""

    release: HelmfileRelease
    state: HelmfileState
    file: str


def place(states: Sequence[HelmfileState], *, root: str) -> tuple[PlacedRelease, ...]:
    return tuple(
        PlacedRelease(release=release, state=state, file=posixpath.relpath(state.file, root))
        for state in states
        for release in state.releases
    )


def chart_of(placed: PlacedRelease, *, files: Collection[str], folders: Collection[str]) -> HelmSource:
    """The chart of a release, without values. *files* and *folders* are those of the project. Raises InputError,
    NotJudged."""
    release = placed.release
    chart = release.chart
    if release.changed_by:
        raise NotJudged(
            f"not judged: release {release.name} is changed by {', '.join(release.changed_by)} after it is rendered",
            hint="helmfile does that by its own means; Fairlead does not",
        )
    if tuple(release.condition.split(".")) in placed.state.encrypted:
        raise NotJudged(
            f"not judged: whether release {release.name} is there depends on {release.condition}, which is encrypted",
            hint="put what is no secret beside the secrets",
        )
    if any(HELD in text or ENCRYPTED in text for text in _said_of(placed)):
        raise NotJudged(
            f"not judged: what release {release.name} is called, or its chart, is a secret",
            hint="helmfile itself reads it; Fairlead does not",
        )
    if chart.startswith(_REMOTE):
        raise NotJudged(
            f"not judged: release {release.name} takes its chart from {chart}", hint="copy it into the project"
        )
    if chart.startswith("oci://"):
        repository, _, name = chart.rpartition("/")
        return _remote(name, repository, release)
    local = posixpath.normpath(posixpath.join(posixpath.dirname(placed.file), chart))
    if chart.startswith(("./", "../", "/")) or local in folders:
        return _local(local, release, files=files, folders=folders)
    name, _, rest = chart.partition("/")
    if not rest or name not in placed.state.repositories:
        raise InputError(
            f"release {release.name} takes its chart from {chart}, which is neither a folder nor of a repository here",
            hint="add the repository under `repositories`, or correct the path",
        )
    return _remote(rest, placed.state.repositories[name], release)


def _said_of(placed: PlacedRelease) -> Iterator[str]:
    release = placed.release
    yield from (release.name, release.namespace, release.chart, release.version, *release.needs, *release.set_files)
    yield placed.state.repositories.get(release.chart.partition("/")[0], "")


def values_of(release: HelmfileRelease, *, files: Mapping[str, str]) -> Mapping[str, Any]:
    """As helm merges them: values, then `set`, `setString` and set files, whose texts *files* holds by value path.

    Raises InputError for a path that is none, NotJudged where a value lies elsewhere.
    """
    layers = [Layer(name="values", values=values) for values in release.values]
    merged = merge([*layers, Layer(name="set", sets={**release.sets, **files})]).values
    if both := tuple(_set_above_secrets(release)):
        raise NotJudged(
            f"not judged: release {release.name} sets {', '.join(both)} above its secrets",
            hint="Fairlead puts secrets above everything: remove one of the two",
        )
    if elsewhere := tuple(_elsewhere(merged)):
        raise NotJudged(
            f"not judged: release {release.name} has values that lie elsewhere: {', '.join(elsewhere)}",
            hint="they are encrypted for the environment, or in a secret store; Fairlead does not read them there",
        )
    return merged


def find_needs(placed: PlacedRelease, names: Mapping[tuple[str, str], str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The components that a release needs, by (file, id), and what it says it needs that is not there."""
    found: list[str] = []
    missing: list[str] = []
    for need in placed.release.needs:
        name = names.get((placed.file, "/".join(need.split("/")[-2:])))
        found += [name] if name else []
        missing += [] if name else [need]
    return tuple(found), tuple(missing)


def component_names(placed: Sequence[PlacedRelease]) -> dict[tuple[str, str], str]:
    """A name for each release, by (file, id): its own; with its namespace where another one has that."""
    names: dict[tuple[str, str], str] = {}
    for each in placed:
        release = each.release
        choices = (release.name, f"{release.name}-{release.namespace}")
        taken = set(names.values())
        names[each.file, release.id] = next((c for c in choices if c not in taken), f"{release.name}-{len(names)}")
    return names


def _local(chart: str, release: HelmfileRelease, *, files: Collection[str], folders: Collection[str]) -> HelmSource:
    if chart in folders and f"{chart}/Chart.yaml" not in files:
        raise NotJudged(
            f"not judged: release {release.name} makes a chart of the folder {chart}, which is none",
            hint="helmfile does that by kustomize; state the folder as a component of its own",
        )
    if chart not in folders and chart not in files and not chart.startswith("../"):
        raise InputError(
            f"release {release.name} takes its chart from {chart}, which does not exist", hint="correct the path"
        )
    return HelmSource(chart=chart)


def _remote(chart: str, repository: str, release: HelmfileRelease) -> HelmSource:
    return HelmSource(chart=chart, repository=repository, version=release.version or "*")


def _set_above_secrets(release: HelmfileRelease) -> Iterator[str]:
    """Paths that `set` and an encrypted file both state: helm takes the first, Fairlead would take the second."""
    for text in release.sets:
        path = parse_path(text)
        for tree in release.secret_trees:
            if any(path[: len(leaf)] == leaf[: len(path)] for leaf, _ in leaves(tree) if leaf[0] != "sops"):
                yield text


def _elsewhere(values: Mapping[str, Any]) -> Iterator[str]:
    for path, value in leaves(values):
        if isinstance(value, str) and (value.startswith(_REFERENCE) or HELD in value or ENCRYPTED in value):
            yield format_path(path)
