"""What is being deleted and does not go: who holds it, since when, what of it remains, and what can be done.

Nothing here removes a finalizer: whoever set it has something to clean up first, and only they know whether they did.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Kind, Kinds, ObjectRef, ref_of

_CONDITIONS: Final = {
    "NamespaceDeletionDiscoveryFailure": "an aggregated API does not answer, so nobody knows what is left of it: "
    "mend its server, or delete its APIService (`kubectl get apiservices`)",
    "NamespaceDeletionGroupVersionParsingFailure": "an API has a group or version that cannot be read",
    "NamespaceDeletionContentFailure": "objects in it could not be deleted",
    "NamespaceContentRemaining": "",
    "NamespaceFinalizersRemaining": "",
}
"""The conditions of a namespace that say why it stays, with what they mean where their message does not say it."""
_REMAINING: Final = re.compile(r"([a-z0-9-]+)\.([a-z0-9.-]*) has (\d+) resource instance")
_KNOWN: Final[Mapping[str, str]] = {
    "kubernetes.io/pvc-protection": "a pod still uses the claim: delete the pod first",
    "kubernetes.io/pv-protection": "a claim is still bound to the volume: delete the claim first",
    "foregroundDeletion": "what it owns goes first: see what of that is held",
    "orphan": "the garbage collector of the cluster has not looked yet: see the controller manager",
    "service.kubernetes.io/load-balancer-cleanup": "the cloud's controller gives the load balancer back: see its logs",
    "customresourcecleanup.apiextensions.k8s.io": "its custom resources go first: see which of them are held",
    "batch.kubernetes.io/job-tracking": "the Job's controller counts the pod first: see the controller manager",
    "kubernetes": "",
}
"""Finalizers of Kubernetes itself: what they wait for."""
SHOWN: Final = 3
"""Remaining objects that are named one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terminating:
    """One object that is being deleted. *since* is as the server says it, empty where it was
    not marked; *conditions* are a namespace's, in words;
    *remains* are objects in it with their finalizers."""

    ref: ObjectRef
    uid: str
    since: str
    finalizers: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    remains: tuple[str, ...] = ()

    def __str__(self) -> str:
        held = f", held by {', '.join(self.finalizers)}" if self.finalizers else ""
        why = "".join(f"; {condition}" for condition in self.conditions)
        left = f"; remaining: {', '.join(self.remains)}" if self.remains else ""
        state = f"is being deleted since {self.since}" if self.since else "is there, and not being deleted"
        return f"{self.ref} {state}{held}{why}{left}"

    @property
    def remedy(self) -> str:
        """One sentence; what nobody knows is left to the finalizer's controller."""
        known = [_KNOWN[name] for name in self.finalizers if _KNOWN.get(name)]
        foreign = [name for name in self.finalizers if name not in _KNOWN]
        controllers = f"the controller behind {', '.join(foreign)} must run and finish" if foreign else ""
        inside = "let what remains in it go" if self.conditions or self.remains else ""
        said = [*known, *([controllers] if controllers else []), *([inside] if inside else [])]
        return f"{'; '.join(said) or 'wait until it is gone'}; Fairlead removes no finalizer"


def find_terminating(live: Mapping[str, Any] | None) -> Terminating | None:
    """None for what is not there, or not being deleted."""
    since = dig_text(live, "metadata", "deletionTimestamp")
    if live is None or not since:
        return None
    named = (*as_list(dig(live, "metadata", "finalizers")), *as_list(_spec_finalizers(live)))
    return Terminating(
        ref=ref_of(live),
        uid=dig_text(live, "metadata", "uid"),
        since=since,
        finalizers=tuple(dict.fromkeys(map(str, named))),
        conditions=tuple(_conditions(live)),
    )


def _spec_finalizers(live: Mapping[str, Any]) -> object:
    """A namespace has its own finalizer in its spec, while there is something in it."""
    return dig(live, "spec", "finalizers") if live.get("kind") == "Namespace" else ()


def _conditions(live: Mapping[str, Any]) -> Iterable[str]:
    if live.get("kind") != "Namespace":
        return
    for condition in maps_in(dig(live, "status", "conditions")):
        kind = dig_text(condition, "type")
        if kind in _CONDITIONS and condition.get("status") == "True":
            meaning = f" ({_CONDITIONS[kind]})" if _CONDITIONS[kind] else ""
            yield f"{kind}: {dig_text(condition, 'message').rstrip('.')}{meaning}"


def remaining_kinds(namespace: Terminating, kinds: Kinds) -> tuple[Kind, ...]:
    """The kinds that the conditions of *namespace* say objects are left of, as far as they are served."""
    named = {match[:2] for text in namespace.conditions for match in _REMAINING.findall(text)}
    return tuple(kind for kind in kinds.by_name.values() if (kind.plural, kind.group) in named)


def say_remaining(found: Sequence[tuple[str, Mapping[str, Any]]]) -> tuple[str, ...]:
    """*found* objects (kind, metadata) with their finalizers, those that are held first."""
    held = sorted(found, key=lambda one: (not one[1].get("finalizers"), one[0], str(one[1].get("name"))))
    said = [_say(kind, metadata) for kind, metadata in held[:SHOWN]]
    more = [f"{len(found) - SHOWN} more"] if len(found) > SHOWN else []
    return (*said, *more)


def _say(kind: str, metadata: Mapping[str, Any]) -> str:
    finalizers = ", ".join(map(str, as_list(metadata.get("finalizers"))))
    return f"{kind} {metadata.get('name')}{f' ({finalizers})' if finalizers else ''}"
