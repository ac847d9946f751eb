"""What a person did to an object beside the fields that we own: the dry-run of our own fields says nothing of it.

Kubernetes lets every manager own fields of its own in one object, and programs rightly do: what a controller, an
operator or a webhook adds is theirs. What a person's tool adds to *our* data is told: a key in a ConfigMap or Secret
whose other keys we state, the order of a list whose items are all ours, a number of replicas that nobody states.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from fairlead.formats.field_paths import field_element
from fairlead.formats.json_data import as_list, as_map, dig_int, dig_map, maps_in
from fairlead.formats.managed_fields import owners_of
from fairlead.model.drift import DriftKind, DriftNote, FieldDrift
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.secret import SecretText
from fairlead.planning.drift_fields import last_touch, parse_time

_TOOLS: Final = ("kubectl", "k9s", "headlamp", "node-fetch", "Mozilla", "dashboard", "oc")
"""Field managers of what people sit at; clients of browsers write under the name of the browser."""
_DATA: Final = {"ConfigMap": ("data", "binaryData"), "Secret": ("data",)}
_SCALED: Final = frozenset((("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "ReplicaSet")))
DEFAULT_REPLICAS: Final = 1
_CONTROLLERS: Final = ("kube-controller-manager", "keda", "keda-operator")


@lru_cache(maxsize=1024)
def is_by_hand(manager: str) -> bool:
    """Whether the field manager *manager* is a tool that people work with."""
    return any(manager == tool or manager.startswith((f"{tool}-", f"{tool}/")) for tool in _TOOLS)


def find_extra_keys(ref: ObjectRef, live: Manifest, recorded: Manifest) -> tuple[FieldDrift, ...]:
    """Keys that a person added to the data of a ConfigMap or Secret of ours, in the order of the object."""
    if ref.group or ref.kind not in _DATA:
        return ()
    return tuple(
        FieldDrift(
            path=path,
            kind=DriftKind.EXTRA_KEY,
            found=SecretText(str(value)) if ref.kind == "Secret" else value,
            owner=owner.manager,
            since=parse_time(owner.time),
        )
        for path, value in _unstated(ref, live, recorded)
        if (owner := last_touch(live, path, "")) is not None and is_by_hand(owner.manager)
    )


def _unstated(ref: ObjectRef, live: Manifest, recorded: Manifest) -> Iterator[tuple[str, Any]]:
    for field in _DATA[ref.kind]:
        ours = as_map(recorded.get(field))
        if ours:  # a map of which we state nothing is somebody else's to fill
            yield from (
                (f".{field}{field_element(name)}", value)
                for name, value in as_map(live.get(field)).items()
                if name not in ours
            )


def has_hand_made_order(live: Mapping[str, Any], recorded: Mapping[str, Any]) -> bool:
    """Whether named items stand in another order than we applied them: containers, variables, volumes.

    The order belongs to no field, so that no ownership moves with it. It is a suspicion: a dry-run confirms it.
    """
    return any(_differs_in_order(live.get(name), value) for name, value in recorded.items() if name == "spec")


def _differs_in_order(live: Any, recorded: Any) -> bool:
    if isinstance(recorded, Mapping):
        there = as_map(live)
        return any(_differs_in_order(there.get(name), value) for name, value in recorded.items())
    if not isinstance(recorded, list):
        return False
    ours, there = _by_name(recorded), _by_name(as_list(live))
    if len(ours) != len(recorded):
        return False  # an atomic list, or one with another key: its order belongs to a field
    if [name for name in there if name in ours] != [name for name in ours if name in there]:
        return True
    return any(_differs_in_order(there.get(name), item) for name, item in ours.items())


def _by_name(items: Sequence[Any]) -> dict[str, Mapping[str, Any]]:
    return {item["name"]: item for item in maps_in(items) if isinstance(item.get("name"), str)}


def note_of_scaling(
    component: str, ref: ObjectRef, live: Manifest, recorded: Manifest, *, manager: str
) -> DriftNote | None:
    """A workload that somebody scaled whose manifest leaves the number open: nobody's wish is hurt, but one may have
    forgotten it. Kubernetes 1.34 notes no owner of a number that nobody stated before."""
    if (ref.group, ref.kind) not in _SCALED or "replicas" in dig_map(recorded, "spec"):
        return None
    ours = (manager, *_CONTROLLERS)
    others = [owner for owner in owners_of(live, ".spec.replicas") if owner.manager not in ours]
    number = dig_int(live, "spec", "replicas", default=DEFAULT_REPLICAS)
    if not others and number == DEFAULT_REPLICAS:
        return None
    by = f" by {others[0].manager}" if others else ""
    text = f"scaled to {number}{by}; its manifest states no replicas"
    return DriftNote(component=component, subject=str(ref), text=text)
