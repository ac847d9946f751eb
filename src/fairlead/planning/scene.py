"""One object that is not as it should be, and what stands round it: pods, ReplicaSets, claims, events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest
from fairlead.planning.health_conditions import condition, is_true
from fairlead.planning.order import kind_and_group

REVISION = "deployment.kubernetes.io/revision"
TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"
_RUN_FOR_EVER = frozenset(("DaemonSet.apps", "Deployment.apps", "Pod", "ReplicaSet.apps", "StatefulSet.apps"))
_DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """*pods*, *replica_sets* and *claims* may hold those of others in the namespace; *events* are by the uid
    of what they are about, the newest one last; *classes* are the storage classes by name."""

    live: Manifest
    pods: Sequence[Manifest] = ()
    replica_sets: Sequence[Manifest] = ()
    claims: Sequence[Manifest] = ()
    classes: Mapping[str, Manifest] = field(default_factory=dict)
    events: Mapping[str, Sequence[Manifest]] = field(default_factory=dict)

    def own_pods(self) -> tuple[Manifest, ...]:
        """The pods of the object's current revision: those of an older one are on their way out."""
        live, kind = self.live, kind_and_group(self.live)
        if kind == "Pod":
            return (live,)
        if kind == "Deployment.apps":
            return tuple(pod for new in self._new_replica_sets() for pod in owned_by(new, self.pods))
        pods = owned_by(live, self.pods)
        if kind == "StatefulSet.apps":
            wanted = dig_text(live, "status", "updateRevision")
            return tuple(pod for pod in pods if not wanted or revision_of(pod) == wanted)
        if kind == "DaemonSet.apps":
            generation = dig_text(live, "metadata", "annotations", TEMPLATE_GENERATION)
            return tuple(pod for pod in pods if not generation or _template_generation(pod) in ("", generation))
        return pods

    def unready_pod(self) -> Manifest | None:
        """One that holds the object up, by name so that it is the same one on every look."""
        unready = [pod for pod in self.own_pods() if not is_ready(pod)]
        return min(unready, key=lambda pod: dig_text(pod, "metadata", "name"), default=None)

    def makers(self) -> tuple[Manifest, ...]:
        """What makes the pods: the object itself, or the newest ReplicaSet of a Deployment."""
        is_deployment = kind_and_group(self.live) == "Deployment.apps"
        return tuple(self._new_replica_sets()) if is_deployment else (self.live,)

    def newest_event(self, about: Manifest) -> Manifest:
        """Empty where none is known."""
        return next(reversed(self.events.get(uid_of(about), ())), {})

    def heard(self, about: Manifest) -> tuple[str, ...]:
        """The reasons of the events, the newest one last."""
        return tuple(dig_text(event, "reason") for event in self.events.get(uid_of(about), ()))

    def times(self, reason: str) -> int:
        """How often an event of that *reason* was told, of the object or of what makes its pods."""
        uids = {uid_of(each) for each in (self.live, *self.makers())}
        events = (event for uid in uids for event in self.events.get(uid, ()))
        return sum(_count(event) for event in events if dig_text(event, "reason") == reason)

    def claims_of(self, pod: Manifest) -> tuple[Manifest, ...]:
        names = claim_names(pod)
        namespace = dig_text(pod, "metadata", "namespace")
        return tuple(
            claim
            for claim in self.claims
            if dig_text(claim, "metadata", "name") in names and dig_text(claim, "metadata", "namespace") == namespace
        )

    def _new_replica_sets(self) -> Sequence[Manifest]:
        revision = dig_text(self.live, "metadata", "annotations", REVISION)
        owned = owned_by(self.live, self.replica_sets)
        return [each for each in owned if dig_text(each, "metadata", "annotations", REVISION) == revision]


def is_ready(pod: Manifest) -> bool:
    return dig(pod, "status", "phase") == "Succeeded" or is_true(condition(pod, "Ready"))


def is_replaced(pod: Manifest) -> bool:
    """Whether *pod* failed or is being deleted: its controller no longer counts it, and makes another where it must."""
    return dig(pod, "status", "phase") == "Failed" or bool(dig(pod, "metadata", "deletionTimestamp"))


def restarts_of(pod: Manifest) -> int:
    statuses = maps_in(dig(pod, "status", "initContainerStatuses")) + maps_in(dig(pod, "status", "containerStatuses"))
    return sum(dig_int(status, "restartCount") for status in statuses)


def is_unproved(live: Manifest) -> bool:
    """Whether *live* makes pods that say that they are ready as soon as they start: a container without a readiness
    probe. One that ends a moment later was ready until then."""
    kind = kind_and_group(live)
    if kind not in _RUN_FOR_EVER:
        return False
    template = dig_map(live, "spec") if kind == "Pod" else dig_map(live, "spec", "template", "spec")
    containers = maps_in(template.get("containers"))
    return any("readinessProbe" not in container for container in containers)


def uid_of(manifest: Manifest) -> str:
    return dig_text(manifest, "metadata", "uid")


def owned_by(owner: Manifest, candidates: Sequence[Manifest]) -> tuple[Manifest, ...]:
    uid = uid_of(owner)
    return tuple(
        each
        for each in candidates
        if uid and any(o.get("uid") == uid for o in maps_in(dig(each, "metadata", "ownerReferences")))
    )


def revision_of(pod: Manifest) -> str:
    return dig_text(pod, "metadata", "labels", "controller-revision-hash")


def claim_names(pod: Manifest) -> frozenset[str]:
    """The claims that *pod* mounts."""
    volumes = maps_in(dig(pod, "spec", "volumes"))
    return frozenset(name for each in volumes if (name := dig_text(each, "persistentVolumeClaim", "claimName")))


def class_of(claim: Manifest, classes: Mapping[str, Manifest]) -> Manifest:
    """The storage class that *claim* names, or the default one; empty where there is none."""
    name = dig(claim, "spec", "storageClassName")
    if isinstance(name, str):
        return classes.get(name, {})
    defaults = (c for c in classes.values() if dig_text(c, "metadata", "annotations", _DEFAULT_CLASS) == "true")
    return next(defaults, {})


def waits_for_consumer(claim: Manifest, *, classes: Mapping[str, Manifest], pods: Sequence[Manifest]) -> bool:
    """Whether *claim* is as it should be though it is not bound: its class binds on first use, and no pod uses it."""
    if dig(claim, "status", "phase") != "Pending":
        return False
    if class_of(claim, classes).get("volumeBindingMode") != "WaitForFirstConsumer":
        return False
    name, namespace = dig_text(claim, "metadata", "name"), dig_text(claim, "metadata", "namespace")
    return not any(name in claim_names(pod) for pod in pods if dig_text(pod, "metadata", "namespace") == namespace)


def _count(event: Manifest) -> int:
    return max(dig_int(event, "count"), dig_int(event, "series", "count"), 1)


def _template_generation(pod: Manifest) -> str:
    return dig_text(pod, "metadata", "labels", "pod-template-generation")
