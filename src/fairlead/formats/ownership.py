"""Objects with other owners than the live ones: fields that change hands, Helm's marks of what belongs to a release.

What is made here is sent back as a whole (PUT): the API server takes `managedFields` as they are written, as long as no
value changes with them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from fairlead.formats.helm_release import MANAGED_BY_LABEL, RELEASE_NAME, RELEASE_NAMESPACE, helm_metadata
from fairlead.formats.json_data import as_map, dig, dig_map, dig_text, maps_in
from fairlead.model.objects import Manifest

POLICY: Final = "helm.sh/resource-policy"
HELD_MARK: Final = "fairlead.dev/held"
"""Beside a policy that we set for the time of one write, so that only that one is taken away again."""


def hand_over(live: Manifest, *, givers: Collection[str], to: str) -> Manifest:
    """*live* with the fields of the managers *givers* in the applied fields of manager *to*, and with them no more.

    Entries of subresources (status, scale) stay as they are. What *to* applied in another API version than a giver
    keeps an entry of its own.
    """
    entries = [dict(entry) for entry in maps_in(dig(live, "metadata", "managedFields"))]
    given = [entry for entry in entries if _is_given(entry, givers=givers, to=to)]
    if not given:
        return live
    others = [entry for entry in entries if not _is_given(entry, givers=givers, to=to) and not _is_applied(entry, to)]
    own = [entry for entry in entries if _is_applied(entry, to)]
    merged: dict[str, dict[str, Any]] = {}
    for entry in (*own, *given):
        version = dig_text(entry, "apiVersion")
        known = merged.get(version)
        fields = dig_map(entry, "fieldsV1")
        if known is None:
            merged[version] = {**entry, "manager": to, "operation": "Apply", "fieldsV1": dict(fields)}
        else:
            known["fieldsV1"] = _union(known["fieldsV1"], fields)
    return _with_metadata(live, managedFields=[*others, *merged.values()])


def give_marks(live: Manifest, *, giver: str) -> Manifest:
    """*live* with Helm's marks in Helm's hands, where our own update (manager *giver*) set them. Nothing else of what
    *giver* set changes hands: the policy of `held` must outlast the write of another release."""
    entries = [dict(entry) for entry in maps_in(dig(live, "metadata", "managedFields"))]
    mine = [e for e in entries if dig_text(e, "manager") == giver and dig_text(e, "operation") == "Update"]
    main = [e for e in mine if not dig_text(e, "subresource")]
    if not any(_overlaps(dig_map(entry, "fieldsV1"), _MARKS) for entry in main):
        return live
    kept = [{**e, "fieldsV1": _minus(dig_map(e, "fieldsV1"), _MARKS)} for e in main]
    others = [entry for entry in entries if entry not in main]
    helm = next((entry for entry in others if _is_applied(entry, "helm")), None)
    if helm is None:
        return live
    owned = {**helm, "fieldsV1": _union(dig_map(helm, "fieldsV1"), _MARKS)}
    rest = [entry for entry in others if entry is not helm]
    return _with_metadata(live, managedFields=[*rest, owned, *(e for e in kept if e["fieldsV1"])])


_MARKS: Final[Mapping[str, Any]] = {
    "f:metadata": {
        "f:labels": {f"f:{MANAGED_BY_LABEL}": {}},
        "f:annotations": {f"f:{RELEASE_NAME}": {}, f"f:{RELEASE_NAMESPACE}": {}},
    }
}
"""The fields that Helm adds to what it applies, as managedFields name them."""


def _overlaps(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return any(
        name in one and (not as_map(below) or _overlaps(as_map(one[name]), as_map(below)))
        for name, below in other.items()
    )


def _minus(fields: Mapping[str, Any], taken: Mapping[str, Any]) -> dict[str, Any]:
    """*fields* without the leaves of *taken*, and without what is empty then."""
    found: dict[str, Any] = {}
    for name, below in fields.items():
        if name not in taken:
            found[name] = below
        elif as_map(taken[name]) and (rest := _minus(as_map(below), as_map(taken[name]))) and set(rest) != {"."}:
            found[name] = rest
    return found


def _is_given(entry: Mapping[str, Any], *, givers: Collection[str], to: str) -> bool:
    is_main = not dig_text(entry, "subresource")
    return is_main and dig_text(entry, "manager") in givers and not _is_applied(entry, to)


def _is_applied(entry: Mapping[str, Any], manager: str) -> bool:
    is_main = not dig_text(entry, "subresource")
    return is_main and dig_text(entry, "manager") == manager and dig_text(entry, "operation") == "Apply"


def _union(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _union(as_map(one.get(name)), as_map(other.get(name)))
        for name in (*one, *(n for n in other if n not in one))
    }


def claimed(live: Manifest, *, release: str, namespace: str) -> Manifest:
    """*live* as belonging to a release, as far as Helm looks."""
    return helm_metadata(live, release=release, namespace=namespace)


def disowned(live: Manifest) -> Manifest:
    """*live* as belonging to no release: `helm uninstall` leaves it alone."""
    labels = {**dig_map(live, "metadata", "labels")}
    if labels.get(MANAGED_BY_LABEL) == "Helm":
        del labels[MANAGED_BY_LABEL]
    annotations = dig_map(live, "metadata", "annotations")
    kept = {name: value for name, value in annotations.items() if name not in (RELEASE_NAME, RELEASE_NAMESPACE)}
    return live if (labels, kept) == (dig_map(live, "metadata", "labels"), annotations) else _marked(live, labels, kept)


def is_owned_by(live: Manifest, *, release: str, namespace: str) -> bool:
    annotations = dig_map(live, "metadata", "annotations")
    return (annotations.get(RELEASE_NAME), annotations.get(RELEASE_NAMESPACE)) == (release, namespace)


def held(live: Manifest) -> Manifest:
    """*live* with the policy that has `helm upgrade` keep what a chart does not have any more."""
    annotations = {**dig_map(live, "metadata", "annotations")}
    if annotations.get(POLICY) == "keep":
        return live
    return _marked(live, dig_map(live, "metadata", "labels"), {**annotations, POLICY: "keep", HELD_MARK: "true"})


def is_held(live: Manifest) -> bool:
    return HELD_MARK in dig_map(live, "metadata", "annotations")


def let_go(live: Manifest) -> Manifest:
    """*live* without the policy that `held` gave it."""
    if not is_held(live):
        return live
    annotations = dig_map(live, "metadata", "annotations")
    kept = {name: value for name, value in annotations.items() if name not in (POLICY, HELD_MARK)}
    return _marked(live, dig_map(live, "metadata", "labels"), kept)


def _marked(live: Manifest, labels: Mapping[str, Any], annotations: Mapping[str, Any]) -> Manifest:
    return _with_metadata(live, labels=dict(labels), annotations=dict(annotations))


def _with_metadata(live: Manifest, **fields: Any) -> Manifest:
    return {**live, "metadata": {**dig_map(live, "metadata"), **fields}}
