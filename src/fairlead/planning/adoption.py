"""An object that somebody else made becomes ours: whose fields come over to us, and what goes with the next write.

Fields move in `managedFields`, as `kubectl apply --server-side` does it for objects of `kubectl apply` (KEP-555,
client-go's `csaupgrade`): without that, a field that the project later drops would stay for ever, held by a tool that
is no longer used. Whole entries come over from tools that wrote the object from a file, since the project is in that
file's place. Of a person's edits (`kubectl edit`, `scale`, …) only the fields that the project states come over. What
anybody else owns (Flux, operators, controllers) is not touched: where they hold another value, that is a conflict.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.digests import LAST_APPLIED
from fairlead.formats.field_sets import FieldSet, format_fields, parse_fields, removable, without_fields
from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.formats.managed_fields import Owner, managers
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest

FROM_FILES: Final = frozenset(
    (
        ("kubectl-client-side-apply", "Update"),
        ("kubectl-create", "Update"),
        ("kubectl-replace", "Update"),
        ("kubectl-run", "Update"),
        ("kubectl-expose", "Update"),
        ("kubectl", "Update"),  # up to 1.17 all of kubectl had one name
        ("kubectl", "Apply"),
        ("kubectl-last-applied", "Apply"),
        ("before-first-apply", "Update"),  # what an object had that was made before the server tracked fields
    )
)
"""Who writes whole objects from a file: manager and operation."""
BY_HAND: Final = frozenset(
    f"kubectl-{verb}" for verb in ("edit", "patch", "set", "scale", "label", "annotate", "autoscale", "rollout")
)
"""Who writes single fields for a person."""
HELM_ITSELF: Final = frozenset((("helm", "Update"),))
"""How helm 3, and helm 4 without server-side apply, own what they write."""
HELM_INSTALLED: Final = frozenset((("helm", "Update"), ("helm", "Apply")))
"""How helm owns the CRDs of a chart's `crds/`, which it makes once and never writes again."""

_REPLICAS: Final = ("f:spec", "f:replicas")
_LAST_APPLIED_PATH: Final = ("f:metadata", "f:annotations", f"f:{LAST_APPLIED}")
_WORDS: Final = {
    "kubectl-client-side-apply": "kubectl apply",
    "kubectl": "kubectl apply --server-side",
    "kubectl-create": "kubectl create",
    "kubectl-replace": "kubectl replace",
    "kubectl-run": "kubectl run",
    "kubectl-expose": "kubectl expose",
    "before-first-apply": "somebody, before the cluster noted who",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption:
    """*predecessors* had the object; *managed_fields* is the object's list with what was theirs as ours. *lost* goes
    with the write that follows: fields of theirs that nobody states any more."""

    predecessors: tuple[Owner, ...]
    managed_fields: tuple[Mapping[str, Any], ...]
    lost: FieldSet = frozenset()

    @property
    def names(self) -> frozenset[str]:
        return frozenset(owner.manager for owner in self.predecessors)

    def foretell(self, applied: Manifest) -> Manifest:
        """*applied*, the server's answer to a dry-run, as it will be without what is lost; defaults not filled in."""
        return without_fields(applied, self.lost)


def whose_files(wanted: Manifest, live: Manifest, *, manager: str) -> frozenset[tuple[str, str]]:
    """From whom whole entries come over when *manager* takes *live* to make it *wanted*."""
    if manager == "helm":
        return FROM_FILES | HELM_ITSELF
    is_in_release = bool(dig(live, "metadata", "annotations", "meta.helm.sh/release-name"))
    is_crd = wanted.get("kind") == "CustomResourceDefinition"
    return FROM_FILES | HELM_INSTALLED if is_crd and not is_in_release else FROM_FILES


def find_adoption(
    live: Manifest, applied: Manifest, *, manager: str, from_files: frozenset[tuple[str, str]] = FROM_FILES
) -> Adoption | None:
    """What moves to *manager*; None where nothing does, because nobody else had *live*, or *manager* has applied it
    before: then only what it wrote in another way moves (helm 3 on what helm 4 has applied).

    *applied* is the answer to a dry-run (forced where there are conflicts): it says which fields we state.
    """
    entries = maps_in(dig(live, "metadata", "managedFields"))
    before = _ours(entries, manager)
    from_files = frozenset({(manager, "Update")}) if before is not None else from_files
    stated = _stated(applied, manager)
    whole = [entry for entry in entries if _who(entry) in from_files and _is_of_object(entry)]
    version = dig_text(before, "apiVersion") or _version(whole)
    whole = [entry for entry in whole if entry.get("apiVersion") == version]
    by_hand = [e for e in entries if e.get("manager") in BY_HAND and e.get("apiVersion") == version]
    by_hand = [e for e in by_hand if _is_of_object(e) and e.get("operation") == "Update" and before is None]
    taken = {id(entry): _taken(entry, stated) for entry in by_hand}
    if not whole:
        return None
    # A number of replicas that nobody states stays as it is: to drop it would scale the workload to one.
    taken |= {id(entry): _fields(entry) - ({_REPLICAS} - stated) for entry in whole}
    moved = _fields(before or {}).union(*taken.values())
    rest = [_reduced(entry, taken.get(id(entry), frozenset())) for entry in entries if entry is not before]
    kept = [entry for entry in rest if entry is not None]
    ours = {
        "manager": manager,
        "operation": "Apply",
        "apiVersion": version,
        "time": max(dig_text(entry, "time") for entry in whole),
        "fieldsType": "FieldsV1",
        "fieldsV1": format_fields(moved),
    }
    held = stated.union(*map(_fields, kept))
    return Adoption(
        predecessors=_predecessors(live, whole),
        managed_fields=(*kept, {name: value for name, value in ours.items() if value}),
        lost=removable(moved - held, held),
    )


def _ours(entries: Iterable[Mapping[str, Any]], manager: str) -> Mapping[str, Any] | None:
    return next((entry for entry in entries if _who(entry) == (manager, "Apply")), None)


def _who(entry: Mapping[str, Any]) -> tuple[str, str]:
    return dig_text(entry, "manager"), dig_text(entry, "operation")


def _is_of_object(entry: Mapping[str, Any]) -> bool:
    """Whether *entry* is of the object itself, not of `/scale` or `/status`."""
    return not entry.get("subresource")


def _fields(entry: Mapping[str, Any]) -> FieldSet:
    return parse_fields(dig_map(entry, "fieldsV1"))


def _stated(applied: Manifest, manager: str) -> FieldSet:
    ours = _ours(maps_in(dig(applied, "metadata", "managedFields")), manager)
    return _fields(ours) if ours else frozenset()


def _version(entries: Sequence[Mapping[str, Any]]) -> str:
    """The API version that was written last: paths of different versions cannot be joined."""
    newest = max(entries, key=lambda entry: dig_text(entry, "time"), default={})
    return dig_text(newest, "apiVersion")


def _taken(entry: Mapping[str, Any], stated: FieldSet) -> FieldSet:
    """What comes over of a person's edits. kubectl's edits write its annotation too, where there is one."""
    return _fields(entry) & (stated | {_LAST_APPLIED_PATH})


def _reduced(entry: Mapping[str, Any], taken: FieldSet) -> Mapping[str, Any] | None:
    """*entry* without *taken*; None where nothing is left of it."""
    if not taken:
        return entry
    left = _fields(entry) - taken
    return {**entry, "fieldsV1": format_fields(left)} if left else None


def _predecessors(live: Manifest, whole: Iterable[Mapping[str, Any]]) -> tuple[Owner, ...]:
    named = {_who(entry) for entry in whole}
    found = [owner for owner in managers(live) if (owner.manager, owner.operation) in named and not owner.subresource]
    return tuple(sorted(found, key=lambda owner: owner.time))


def say_predecessors(live: Manifest, adoption: Adoption | None, *, manager: str) -> str:
    """Who had the object until now, how, and since when, for people."""
    owners = adoption.predecessors if adoption else _others(live, manager)
    if not owners:
        return "exists, and nobody is noted as its owner"
    said = " and ".join(dict.fromkeys(_words(owner) for owner in owners))
    if adoption is None:
        return f"exists, made by {said}, who keeps a share"
    return f"was made by {said}; its fields become ours"


def _others(live: Manifest, manager: str) -> tuple[Owner, ...]:
    return tuple(o for o in managers(live) if o.manager != manager and not o.subresource)


def _words(owner: Owner) -> str:
    since = f" ({owner.time})" if owner.time else ""
    is_old_kubectl = (owner.manager, owner.operation) == ("kubectl", "Update")
    return f"{'kubectl' if is_old_kubectl else _WORDS.get(owner.manager, owner.manager)}{since}"
