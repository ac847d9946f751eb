"""The fields in which one object differs between two states of a project, and what kind of difference each is.

Values of Secrets leave here as SecretText only.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.digests import LAST_APPLIED, canonical_json, is_secret
from fairlead.formats.field_paths import field_element
from fairlead.formats.json_data import as_map
from fairlead.model.change import ABSENT
from fairlead.model.comparison import DifferenceGroup, FieldDifference
from fairlead.model.objects import Manifest
from fairlead.model.secret import SecretText
from fairlead.planning.comparison_lists import pair_items

Renamed = Collection[tuple[str, str]]
"""Names of one thing: in the first state, and in the second."""

_VERSION_ENDS: Final = (".image", ".tag", ".newTag", ".digest", ".targetRevision", ".imageTag", ".semver")
_VERSION_LABELS: Final = (
    "helm.sh/chart",
    "app.kubernetes.io/version",
    "controller-gen.kubebuilder.io/version",
    "chart",
)
_VERSION_PATHS: Final = (".apiVersion", ".spec.version", ".spec.chart.spec.version", ".spec.ref.branch")
_METADATA_OF_MAP: Final = re.compile(r"\.(?:labels|annotations|matchLabels|selector)\.")


def compare_fields(first: Manifest, second: Manifest, *, renamed: Renamed = ()) -> tuple[FieldDifference, ...]:
    """Each field in which *second* differs from *first*; a text that is one of *renamed* on both sides does not differ.

    A field that is null is one that is not there, as for the API server. A subtree that one side lacks is one field.
    """
    return tuple(_compare("", _visible(first), _visible(second), renamed))


def are_same(first: Manifest, second: Manifest) -> bool:
    """Whether nothing at all differs; quick for large objects."""
    return canonical_json(first) == canonical_json(second)


def group_of(field: FieldDifference) -> DifferenceGroup:
    """Whether *field*, in an object that both states have, says a version or something else."""
    values = [value for value in (field.before, field.after) if value is not ABSENT]
    if field.is_order or not all(isinstance(value, str | int | float) for value in values):
        return DifferenceGroup.CONFIGURATION
    path = field.path
    if path in _VERSION_PATHS or path.endswith(_VERSION_ENDS):
        return DifferenceGroup.VERSION
    found = _METADATA_OF_MAP.search(path)
    if found and path[found.end() :] in _VERSION_LABELS:
        return DifferenceGroup.VERSION
    return DifferenceGroup.CONFIGURATION


def _visible(manifest: Manifest) -> Manifest:
    """*manifest* without what only a server writes, the values of a Secret masked."""
    kept = {name: value for name, value in manifest.items() if name != "status"}
    metadata = as_map(kept.get("metadata"))
    if LAST_APPLIED in as_map(metadata.get("annotations")):
        annotations = {name: value for name, value in metadata["annotations"].items() if name != LAST_APPLIED}
        kept["metadata"] = {**metadata, "annotations": annotations}
    if is_secret(manifest):
        kept |= {name: _hide(kept[name]) for name in ("data", "stringData") if name in kept}
    return kept


def _hide(values: Any) -> Any:
    return {name: SecretText(str(value)) for name, value in as_map(values).items()}


def _compare(path: str, first: Any, second: Any, renamed: Renamed) -> Iterator[FieldDifference]:
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        for name in dict.fromkeys((*first, *second)):
            yield from _compare(path + field_element(name), _get(first, name), _get(second, name), renamed)
    elif isinstance(first, list) and isinstance(second, list):
        yield from _compare_lists(path, first, second, renamed)
    elif not _is_same(first, second) and not _is_renamed(first, second, renamed):
        yield FieldDifference(path=path, before=first, after=second)


def _get(fields: Mapping[str, Any], name: str) -> Any:
    found = fields.get(name)
    return ABSENT if found is None else found


def _is_same(first: Any, second: Any) -> bool:
    return bool(first == second) and isinstance(first, bool) is isinstance(second, bool)


def _is_renamed(first: Any, second: Any, renamed: Renamed) -> bool:
    return isinstance(first, str) and isinstance(second, str) and (first, second) in renamed


def _compare_lists(path: str, first: list[Any], second: list[Any], renamed: Renamed) -> Iterator[FieldDifference]:
    paired = pair_items(path.rpartition(".")[2], first, second)
    for element, before, after in paired.pairs:
        yield from _compare(path + element, before, after, renamed)
    if paired.is_reordered:
        yield FieldDifference(path=path, before=list(paired.before), after=list(paired.after), is_order=True)
