"""Reads what stands round objects that are not as they should be, in few requests."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Final

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.health_conditions import find_failure
from fairlead.planning.health_pods import is_unschedulable
from fairlead.planning.order import kind_and_group
from fairlead.planning.scene import Scene, claim_names, owned_by, uid_of
from fairlead.planning.symptoms import needs_event
from fairlead.ports import Cluster

MAKERS: Final = frozenset(
    (
        "DaemonSet.apps",
        "Deployment.apps",
        "Job.batch",
        "ReplicaSet.apps",
        "ReplicationController",
        "StatefulSet.apps",
    )
)
"""What makes pods."""
MOST_EVENTS: Final = 8
"""Objects whose events are read in one look: a request each."""
_TELL_BY_EVENT: Final = frozenset(("DaemonSet.apps", "Job.batch", "StatefulSet.apps"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    cluster: Cluster

    async def look(self, lives: Mapping[ObjectRef, Manifest]) -> dict[ObjectRef, Scene]:
        """The scene of each of *lives*. What we may not read is taken to be empty."""
        makers = [live for live in lives.values() if kind_and_group(live) in MAKERS]
        claims = [live for live in lives.values() if _is_pending_claim(live)]
        deployments = [live for live in makers if kind_and_group(live) == "Deployment.apps"]
        pods, replica_sets = await asyncio.gather(
            self._beside(makers, "", "Pod", others=claims), self._beside(deployments, "apps", "ReplicaSet")
        )
        pods += [live for live in lives.values() if kind_and_group(live) == "Pod"]
        claims += await self._claims_of(pod for pod in pods if _waits_for_claim(pod))
        classes = await self._list("storage.k8s.io", "StorageClass") if claims else []
        scenes = {
            ref: Scene(
                live=live,
                pods=pods,
                replica_sets=replica_sets,
                claims=claims,
                classes={dig_text(each, "metadata", "name"): each for each in classes},
            )
            for ref, live in lives.items()
        }
        subjects = {uid_of(each): each for each in (*claims, *(s for scene in scenes.values() for s in _asked(scene)))}
        events = await self._events_of(list(subjects.values())[:MOST_EVENTS])
        return {ref: dataclasses.replace(scene, events=events) for ref, scene in scenes.items()}

    async def pod_uids(self, refs: Iterable[ObjectRef]) -> frozenset[str]:
        """The uids of all pods in the namespaces of *refs* that are, or make, pods."""
        makers = {name.partition(".")[0] for name in MAKERS} | {"Pod"}
        namespaces = {ref.namespace for ref in refs if ref.kind in makers}
        found = await asyncio.gather(
            *(self.cluster.list_metadata(group="", kind="Pod", namespace=namespace) for namespace in namespaces)
        )
        return frozenset(uid_of(pod) for pods in found for pod in pods)

    async def _events_of(self, subjects: Sequence[Manifest]) -> dict[str, list[Manifest]]:
        """By uid of the subject, the newest one last; those without events are left out."""
        listed = await asyncio.gather(*(self._events(subject) for subject in subjects))
        told = zip(subjects, listed, strict=True)
        return {uid_of(subject): sorted(events, key=_event_time) for subject, events in told if events}

    async def last_event(self, subject: Manifest) -> Manifest:
        """The newest warning about *subject*, else its newest event, else nothing."""
        events = await self._events(subject)
        warnings = [event for event in events if dig_text(event, "type") == "Warning"]
        return max(warnings or events, key=_event_time, default={})

    async def _events(self, subject: Manifest) -> list[Manifest]:
        namespace = dig_text(subject, "metadata", "namespace")
        return await self._list("", "Event", namespace=namespace, fields={"involvedObject.uid": uid_of(subject)})

    async def _beside(
        self, workloads: Sequence[Manifest], group: str, kind: str, *, others: Sequence[Manifest] = ()
    ) -> list[Manifest]:
        """One LIST for each namespace; by the workload's own selector where it is the only one there."""
        by_namespace: dict[str, list[Manifest]] = defaultdict(list)
        for live in (*workloads, *others):
            by_namespace[dig_text(live, "metadata", "namespace")].append(live)
        found = await asyncio.gather(
            *(
                self._list(group, kind, namespace=namespace, labels=_selector(inside))
                for namespace, inside in by_namespace.items()
            )
        )
        return [each for listed in found for each in listed]

    async def _claims_of(self, pods: Iterable[Manifest]) -> list[Manifest]:
        wanted = {(dig_text(pod, "metadata", "namespace"), name) for pod in pods for name in claim_names(pod)}
        found = await asyncio.gather(
            *(self._list("", "PersistentVolumeClaim", namespace=space) for space in {space for space, _ in wanted})
        )
        return [
            claim
            for listed in found
            for claim in listed
            if _is_pending_claim(claim)
            and (dig_text(claim, "metadata", "namespace"), dig_text(claim, "metadata", "name")) in wanted
        ]

    async def _list(
        self,
        group: str,
        kind: str,
        *,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        try:
            return await self.cluster.list_objects(
                group=group, kind=kind, namespace=namespace, labels=labels, fields=fields
            )
        except InputError:  # who may not read these may still deploy: the wait then ends by its timeout
            return []


def _selector(lives: Sequence[Manifest]) -> Mapping[str, str] | None:
    labels = dig_map(lives[0], "spec", "selector", "matchLabels") if len(lives) == 1 else {}
    return dict(labels) or None


def _is_pending_claim(live: Manifest) -> bool:
    return kind_and_group(live) == "PersistentVolumeClaim" and dig(live, "status", "phase") != "Bound"


def _waits_for_claim(pod: Manifest) -> bool:
    return bool(claim_names(pod)) and dig(pod, "status", "phase") == "Pending" and not dig(pod, "spec", "nodeName")


def _asked(scene: Scene) -> Iterator[Manifest]:
    """Whose events say what no status does."""
    pods = scene.own_pods()
    yield from filter(needs_event, pods)
    # An autoscaler that adds a node says so of every pod that waits for it.
    yield from islice(filter(is_unschedulable, pods), 1)
    if _lacks_pods(scene):
        yield scene.live
    # The condition keeps the time of the first refusal: only the events tell whether there was another.
    makers = scene.makers()
    if any(find_failure(each, "ReplicaFailure") for each in (scene.live, *makers)):
        yield from makers


def _lacks_pods(scene: Scene) -> bool:
    kind = kind_and_group(scene.live)
    if kind not in _TELL_BY_EVENT:
        return False
    paths = {"StatefulSet.apps": ("spec", "replicas"), "DaemonSet.apps": ("status", "desiredNumberScheduled")}
    wanted = dig_int(scene.live, *paths.get(kind, ("",)), default=1)
    return len(owned_by(scene.live, scene.pods)) < wanted


def _event_time(event: Manifest) -> str:
    names = ("lastTimestamp", "eventTime", "firstTimestamp")
    series = dig_text(event, "series", "lastObservedTime")
    return series or next((event[name] for name in names if event.get(name)), "")
