"""The fields in which two states of one object differ: the live one and the server's answer to a dry-run.

What the server counts by itself (resourceVersion, managedFields, …) and status are left out. Values of Secrets leave
here as SecretText only.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.digests import LAST_APPLIED, is_secret
from fairlead.formats.field_paths import field_element, index_element, key_element
from fairlead.formats.json_data import as_map
from fairlead.formats.managed_fields import owners_of
from fairlead.model.change import ABSENT, FieldChange
from fairlead.model.objects import Manifest
from fairlead.model.secret import SecretText

_NOISE: Final = frozenset(("managedFields", "resourceVersion", "generation", "creationTimestamp", "uid", "selfLink"))
_KEYS_BY_LIST: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    "ports": (("containerPort", "protocol"), ("port", "protocol")),
    "volumeMounts": (("mountPath",),),
    "volumeDevices": (("devicePath",),),
    "ownerReferences": (("uid",),),
    "topologySpreadConstraints": (("topologyKey", "whenUnsatisfiable"),),
}
"""The merge keys of the built-in kinds where they are not one of the usual names."""
_USUAL_KEYS: Final = (("name",), ("key",), ("type",), ("ip",), ("id",))

_Step = tuple[str, Any, Any]
"""A path, the value found there and the value wanted there."""


def diff_fields(found: Manifest, wanted: Manifest) -> tuple[FieldChange, ...]:
    """Each field in which *wanted* differs from the live object *found*, with the managers that hold it now.

    Items of a list are matched by their merge key where all have one, else by position; a list whose items moved, or
    one without keys whose length differs, is one change as a whole. A subtree that one side lacks is one change.
    """
    return tuple(
        FieldChange(path=path, found=before, wanted=after, owner=_owners(found, path))
        for path, before, after in _diff("", _visible(found), _visible(wanted))
    )


def _owners(found: Manifest, path: str) -> str:
    return ", ".join(dict.fromkeys(owner.manager for owner in owners_of(found, path) if owner.subresource != "status"))


def _visible(manifest: Manifest) -> Manifest:
    """*manifest* without noise, its secret values masked."""
    kept = {name: value for name, value in manifest.items() if name != "status"}
    if isinstance(metadata := kept.get("metadata"), Mapping):
        kept["metadata"] = _visible_metadata(metadata)
    if is_secret(manifest):
        kept |= {field: _hide(kept[field]) for field in ("data", "stringData") if field in kept}
    return kept


def _visible_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in metadata.items() if name not in _NOISE}
    if LAST_APPLIED in as_map(kept.get("annotations")):
        annotations = {name: value for name, value in kept["annotations"].items() if name != LAST_APPLIED}
        kept = {**kept, "annotations": annotations} if annotations else _without(kept, "annotations")
    return kept


def _without(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if key != name}


def _hide(values: Any) -> Any:
    return {name: SecretText(str(value)) for name, value in as_map(values).items()}


def _diff(path: str, found: Any, wanted: Any) -> Iterator[_Step]:
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        yield from _diff_fields(path, found, wanted)
    elif isinstance(found, list) and isinstance(wanted, list):
        yield from _diff_lists(path, found, wanted)
    elif found != wanted or isinstance(found, bool) is not isinstance(wanted, bool):
        yield path, found, wanted


def _diff_fields(path: str, found: Mapping[str, Any], wanted: Mapping[str, Any]) -> Iterator[_Step]:
    for name in dict.fromkeys((*found, *wanted)):
        yield from _diff(path + field_element(name), found.get(name, ABSENT), wanted.get(name, ABSENT))


def _diff_lists(path: str, found: list[Any], wanted: list[Any]) -> Iterator[_Step]:
    before, after = _by_key(path, found, wanted)
    if not before and not after:
        yield from _diff_positions(path, found, wanted)
    elif _moved(before, after):
        yield path, found, wanted
    else:
        for element in dict.fromkeys((*before, *after)):
            yield from _diff(path + element, before.get(element, ABSENT), after.get(element, ABSENT))


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    """The order of containers, init containers and variables means something."""
    return [element for element in before if element in after] != [element for element in after if element in before]


def _diff_positions(path: str, found: list[Any], wanted: list[Any]) -> Iterator[_Step]:
    if len(found) != len(wanted):
        # After an insertion every later position would show as changed.
        yield path, found, wanted
        return
    for index, (before, after) in enumerate(zip(found, wanted, strict=True)):
        yield from _diff(path + index_element(index), before, after)


def _by_key(path: str, found: list[Any], wanted: list[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both lists by the path element of their items; both empty when no merge key fits all items of both."""
    name = path.rpartition(".")[2]
    for keys in (*_KEYS_BY_LIST.get(name, ()), *_USUAL_KEYS):
        before, after = _keyed(found, keys), _keyed(wanted, keys)
        if before is not None and after is not None:
            return before, after
    return {}, {}


def _keyed(items: list[Any], keys: tuple[str, ...]) -> dict[str, Any] | None:
    """*items* by their path element, or None when an item lacks a key or two share one."""
    found: dict[str, Any] = {}
    for item in items:
        if not isinstance(item, Mapping) or not all(isinstance(item.get(key), str | int) for key in keys):
            return None
        found[key_element({key: item[key] for key in keys})] = item
    return found if len(found) == len(items) else None
