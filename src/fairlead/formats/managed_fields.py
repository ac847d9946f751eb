"""What `metadata.managedFields` says: which fields a manager owns, their values, and who owns a given field.

`fieldsV1` is a tree whose keys are `f:<field>`, `k:<key of a list item>`, `v:<member of a set>`, `i:<position>` and
`.` (the item itself). A leaf is `{}`: there the manager owns the whole value. The format is that of
structured-merge-diff (`fieldpath.Set`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, Literal

from fairlead.formats.digests import canonical_json, is_secret, mask_secret_values
from fairlead.formats.field_paths import field_element, index_element, is_below, key_element, value_element
from fairlead.formats.json_data import as_list, as_map, dig, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest

Operation = Literal["Apply", "Update"]

_MISSING: Final = {"absent": True}
"""Stands for an owned field that is not in the object. No `.` or `?:` key of a projection can look like it."""
_NOISE: Final = frozenset(
    f"f:{name}" for name in ("resourceVersion", "generation", "creationTimestamp", "uid", "selfLink", "managedFields")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """One entry of managedFields. *time* is as the server wrote it; empty in entries written through `/scale`."""

    manager: str
    operation: str
    subresource: str = ""
    time: str = ""


def managers(live: Mapping[str, Any]) -> tuple[Owner, ...]:
    """Everyone who owns a field of *live*, in the order of its entries."""
    return tuple(_owner(entry) for entry in _entries(live))


def owners_of(live: Mapping[str, Any], path: str) -> tuple[Owner, ...]:
    """Who owns the field at *path* (as the API server writes it), an atomic value round it, or something below it."""
    return tuple(_owner(entry) for entry in _entries(live) if _touches(dig_map(entry, "fieldsV1"), path))


def owned_projection(
    live: Mapping[str, Any], manager: str, *, operation: Operation | None = None, subresource: str = ""
) -> list[dict[str, Any]]:
    """Per entry of *manager*: its operation and a tree shaped as `fieldsV1` with the live values at the leaves.

    Empty when the manager owns nothing. Status and what the server counts by itself are left out; entries through
    another subresource than *subresource* (empty: the object itself) too. An entry written in another API version than
    *live* cannot be followed field by field: its projection carries `metadata.generation` as well, which moves with
    every change of the spec.
    """
    return [
        {"operation": entry.get("operation"), "fields": projection, **_generation(entry, live)}
        for entry in sorted(_entries(live), key=_entry_order)
        if entry.get("manager") == manager
        and (entry.get("subresource") or "") == subresource
        and operation in (None, entry.get("operation"))
        and (projection := _project(_without_noise(dig_map(entry, "fieldsV1"), subresource), live))
    ]


def owned_hash(live: Manifest, manager: str, *, key: bytes, operation: Operation | None = None) -> str | None:
    """64 hex digits over the fields that *manager* owns and their values; None when it owns nothing.

    Values of Secrets take part as HMACs under *key* (see `mask_secret_values`). The hash does not move with foreign
    fields, status, times or the order of entries.
    """
    projection = owned_projection(_with_string_data(mask_secret_values(live, key)), manager, operation=operation)
    return hashlib.sha256(canonical_json(projection)).hexdigest() if projection else None


def _with_string_data(secret: Manifest) -> Manifest:
    """A Secret with its values under `stringData` too, where the ownership of a chart's `stringData` points: the server
    keeps the values under `data` only, so that a foreign change of them would stay unseen."""
    return {**secret, "stringData": secret.get("data") or {}} if is_secret(secret) else secret


def _entries(live: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    return maps_in(dig(live, "metadata", "managedFields"))


def _entry_order(entry: Mapping[str, Any]) -> tuple[str, str, bytes]:
    return dig_text(entry, "operation"), dig_text(entry, "apiVersion"), canonical_json(entry.get("fieldsV1"))


def _owner(entry: Mapping[str, Any]) -> Owner:
    return Owner(
        manager=dig_text(entry, "manager"),
        operation=dig_text(entry, "operation"),
        subresource=dig_text(entry, "subresource"),
        time=dig_text(entry, "time"),
    )


def _generation(entry: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    same = entry.get("apiVersion") in (None, live.get("apiVersion"))
    return {} if same else {"generation": dig(live, "metadata", "generation")}


def _without_noise(fields: Mapping[str, Any], subresource: str) -> dict[str, Any]:
    kept = {name: below for name, below in fields.items() if name != "f:status" or subresource == "status"}
    if "f:metadata" in kept:
        metadata = {name: below for name, below in as_map(kept["f:metadata"]).items() if name not in _NOISE}
        kept = kept | {"f:metadata": metadata} if metadata else {k: v for k, v in kept.items() if k != "f:metadata"}
    return kept


def _project(fields: Mapping[str, Any], value: Any) -> dict[str, Any]:
    return {element: _project_element(element, below, value) for element, below in fields.items()}


def _project_element(element: str, below: Any, value: Any) -> Any:
    if element == ".":
        return True
    found = _select(element, value)
    if len(found) != 1:
        # Two items under one key are legal in some old lists (`env`): all of them are ours to watch.
        return [_project_value(below, item) for item in found] or _MISSING
    return _project_value(below, found[0])


def _project_value(below: Any, value: Any) -> Any:
    return _project(below, value) if as_map(below) else {"value": value}


def _select(element: str, value: Any) -> list[Any]:
    """The values that one element of fieldsV1 names below *value*; mostly one, none when it is gone."""
    kind, _, text = element.partition(":")
    if kind == "f":
        fields = as_map(value)
        return [fields[text]] if text in fields else []
    if kind == "i":
        return list(as_list(value)[int(text) : int(text) + 1])
    wanted = json.loads(text)
    if kind == "k":
        return [item for item in maps_in(value) if all(item.get(name) == wanted[name] for name in wanted)]
    return [item for item in as_list(value) if item == wanted]


def _touches(fields: Mapping[str, Any], path: str) -> bool:
    for element, below in _elements(fields):
        if path == element or is_below(element, path):
            return True
        if is_below(path, element) and (not as_map(below) or _touches(as_map(below), path[len(element) :])):
            return True
    return False


def _elements(fields: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for element, below in fields.items():
        if element != ".":
            yield _path_element(element), below


def _path_element(element: str) -> str:
    kind, _, text = element.partition(":")
    if kind == "f":
        return field_element(text)
    if kind == "i":
        return index_element(int(text))
    return key_element(json.loads(text)) if kind == "k" else value_element(json.loads(text))


def owned_paths(live: Mapping[str, Any], manager: str, *, operations: Collection[str] = ("Apply",)) -> frozenset[str]:
    """The paths of the single fields that *manager* owns; status and what the server counts by itself are left out."""
    return frozenset(
        path
        for entry in _entries(live)
        if entry.get("manager") == manager and entry.get("operation") in operations and not entry.get("subresource")
        for path in _leaves("", _without_noise(dig_map(entry, "fieldsV1"), ""))
    )


def held_paths(live: Mapping[str, Any]) -> dict[str, frozenset[str]]:
    """The paths of the single fields by the manager that holds them, however it wrote them; as in `owned_paths`."""
    found: dict[str, frozenset[str]] = {}
    for entry in _entries(live):
        if entry.get("subresource") != "status":
            paths = frozenset(_leaves("", _without_noise(dig_map(entry, "fieldsV1"), "")))
            found[dig_text(entry, "manager")] = found.get(dig_text(entry, "manager"), frozenset()) | paths
    return found


def _leaves(path: str, fields: Mapping[str, Any]) -> Iterator[str]:
    for element, below in fields.items():
        if element == ".":
            continue
        at = path + _path_element(element)
        inside = [each for each in as_map(below) if each != "."]
        if inside:
            yield from _leaves(at, as_map(below))
        else:
            yield at
