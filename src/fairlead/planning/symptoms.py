"""Finds in a scene what shows a state of the table. Says nothing of how long it lasts: `verdict.py` does."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Final

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.planning.health_conditions import condition, find_failure, says
from fairlead.planning.health_pods import brief, explain_container, explain_pod, is_unschedulable
from fairlead.planning.health_workloads import job_failure
from fairlead.planning.order import kind_and_group
from fairlead.planning.refusals import creation_state, image_state, mount_state
from fairlead.planning.scene import Scene, class_of, owned_by, revision_of, uid_of, waits_for_consumer
from fairlead.planning.unrecoverable import (
    CLAIM_LOST,
    CLAIM_UNBOUND,
    CONTAINER_CONFIG,
    CONTAINER_NOT_MADE,
    CRASH_LOOP,
    DELETION_HELD,
    IMAGE_NAME_INVALID,
    IMAGE_NEVER_PULLED,
    JOB_FAILED,
    NAMES_TAKEN,
    NO_ADDRESS,
    POD_FAILED,
    POD_SANDBOX,
    PROGRESS_DEADLINE,
    STALLED,
    STATEFUL_SET_STUCK,
    UNSCHEDULABLE,
    State,
)

_PULLING: Final = frozenset(("ErrImagePull", "ImagePullBackOff", "ImageInspectError", "RegistryUnavailable"))
_NODE_COMES: Final = frozenset(("TriggeredScaleUp", "Nominated"))
"""What the cluster autoscaler and Karpenter say of a pod for which they add a node."""
_CRASHING: Final = frozenset(("CrashLoopBackOff", "RunContainerError", "PostStartHookError"))
_OF_PROVISIONER: Final = frozenset(("Provisioning", "ProvisioningFailed"))
_WAITING: Final[Mapping[str, State]] = {
    "InvalidImageName": IMAGE_NAME_INVALID,
    "ErrImageNeverPull": IMAGE_NEVER_PULLED,
    "CreateContainerConfigError": CONTAINER_CONFIG,
    "CreateContainerError": CONTAINER_NOT_MADE,
    **dict.fromkeys(_CRASHING, CRASH_LOOP),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptom:
    """*shown_by* is the object that shows *state*, *message* what it says on one line.

    *tries* grows whenever the cluster has tried again; *is_fresh*: what it says is of a try just now.
    """

    state: State
    shown_by: ObjectRef
    uid: str
    message: str
    container: str = ""
    tries: int = 0
    is_fresh: bool = False


def find_symptoms(scene: Scene) -> Iterator[Symptom]:
    """Every symptom of the object in *scene* and of the pods of its current revision, the most telling one first."""
    live = scene.live
    if dig(live, "metadata", "deletionTimestamp"):
        if finalizers := dig(live, "metadata", "finalizers"):
            yield _symptom(DELETION_HELD, live, f"being deleted, held by {', '.join(map(str, finalizers))}")
        return
    generation = dig_int(live, "metadata", "generation", default=-1)
    if dig_int(live, "status", "observedGeneration", default=generation) != generation:
        return  # its conditions are about the object as it was before
    for pod in scene.own_pods():
        yield from _of_pod(pod, scene)
    yield from _OWN.get(kind_and_group(live), _of_any)(live, scene)
    if stalled := find_failure(live, "Stalled"):
        yield _symptom(STALLED, live, stalled)


def needs_event(pod: Manifest) -> bool:
    """Whether only an event can say why *pod* does not start: its status says no more than that it is being made."""
    if dig(pod, "status", "phase") != "Pending" or not dig(pod, "spec", "nodeName"):
        return False
    reasons = [dig_text(state, "reason") for _, state, _ in _waiting(pod)]
    return all(reason in ("ContainerCreating", "PodInitializing", "") or reason in _PULLING for reason in reasons)


def _of_pod(pod: Manifest, scene: Scene) -> Iterator[Symptom]:
    phase = dig_text(pod, "status", "phase")
    if dig(pod, "metadata", "deletionTimestamp") or phase == "Succeeded":
        return
    if phase == "Failed":
        if not _controllers(pod):  # a controller replaces its own
            yield _symptom(POD_FAILED, pod, explain_pod(pod))
        return
    for name, state, status in _waiting(pod):
        yield from _of_container(pod, name, state, status, scene)
    is_node_coming = any(dig_text(event, "reason") in _NODE_COMES for event in chain(*scene.events.values()))
    if is_unschedulable(pod) and not is_node_coming:
        for claim in scene.claims_of(pod):
            yield from _of_claim(claim, scene)
        yield _symptom(UNSCHEDULABLE, pod, brief(says(condition(pod, "PodScheduled"))))
    if needs_event(pod):
        yield from _of_event(pod, scene.newest_event(pod))


def _of_container(
    pod: Manifest, name: str, waiting: Mapping[str, object], status: Mapping[str, object], scene: Scene
) -> Iterator[Symptom]:
    reason, message = dig_text(waiting, "reason"), explain_container(pod, name)
    restarts = dig_int(status, "restartCount")
    if reason in _PULLING:
        # Before Kubernetes 1.32 the back-off did not repeat why the last try had failed.
        why = f"{says(waiting)} {dig_text(scene.newest_event(pod), 'message')}"
        yield _symptom(image_state(why), pod, message, container=name, is_fresh=reason != "ImagePullBackOff")
    elif reason in _CRASHING and "Job" in _controllers(pod):
        return  # the Job's own backoffLimit decides
    elif reason in _CRASHING:
        yield _symptom(CRASH_LOOP, pod, f"{message}, {restarts} restarts", container=name, tries=restarts)
    elif state := _WAITING.get(reason):
        yield _symptom(state, pod, message, container=name)


def _of_event(pod: Manifest, event: Manifest) -> Iterator[Symptom]:
    reason, message = dig_text(event, "reason"), says(event)
    if reason in ("FailedMount", "FailedAttachVolume"):
        yield _symptom(mount_state(message), pod, message)
    elif reason == "FailedCreatePodSandBox":
        yield _symptom(POD_SANDBOX, pod, message)


def _of_deployment(deployment: Manifest, scene: Scene) -> Iterator[Symptom]:
    progressing = condition(deployment, "Progressing")
    for maker in (deployment, *scene.makers()):
        if failure := find_failure(maker, "ReplicaFailure"):
            yield _refusal(deployment, failure, failure, scene)
            break
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        pod = scene.unready_pod()
        why = f"; pod {dig_text(pod, 'metadata', 'name')}: {explain_pod(pod)}" if pod else ""
        yield _symptom(PROGRESS_DEADLINE, deployment, says(progressing) + why)


def _of_replica_set(replica_set: Manifest, scene: Scene) -> Iterator[Symptom]:
    if failure := find_failure(replica_set, "ReplicaFailure"):
        yield _refusal(replica_set, failure, failure, scene)


def _of_stateful_set(stateful_set: Manifest, scene: Scene) -> Iterator[Symptom]:
    yield from _of_maker(stateful_set, scene)
    wanted = dig_text(stateful_set, "status", "updateRevision")
    is_rolling = dig_text(stateful_set, "spec", "updateStrategy", "type") != "OnDelete"
    for pod in owned_by(stateful_set, scene.pods) if is_rolling and wanted else ():
        is_broken = condition(pod, "Ready").get("status") != "True" and not dig(pod, "metadata", "deletionTimestamp")
        if is_broken and revision_of(pod) != wanted and dig(stateful_set, "spec", "podManagementPolicy") != "Parallel":
            yield _symptom(STATEFUL_SET_STUCK, pod, f"of an older revision: {explain_pod(pod)}")


def _of_maker(workload: Manifest, scene: Scene) -> Iterator[Symptom]:
    """Controllers without a condition for it say by an event alone that a pod cannot be made."""
    event = scene.newest_event(workload)
    if dig_text(event, "reason") == "FailedCreate":
        yield _refusal(workload, dig_text(event, "message"), says(event), scene)


def _refusal(workload: Manifest, why: str, message: str, scene: Scene) -> Symptom:
    return _symptom(creation_state(why), workload, message, tries=scene.times("FailedCreate"))


def _of_job(job: Manifest, scene: Scene) -> Iterator[Symptom]:
    if failure := job_failure(job):
        yield _symptom(JOB_FAILED, job, failure)
        return
    yield from _of_maker(job, scene)


def _of_claim(claim: Manifest, scene: Scene) -> Iterator[Symptom]:
    phase = dig_text(claim, "status", "phase")
    if phase == "Lost":
        yield _symptom(CLAIM_LOST, claim, "Lost: its volume is gone")
    # The volume controller repeats that it waits for a provisioner, also while one is at it.
    provisioner = [reason for reason in scene.heard(claim) if reason in _OF_PROVISIONER]
    if phase != "Pending" or provisioner[-1:] == ["Provisioning"]:
        return
    event = scene.newest_event(claim)
    if not waits_for_consumer(claim, classes=scene.classes, pods=scene.pods):
        why = says(event) if event else _class_of(claim, scene)
        yield _symptom(CLAIM_UNBOUND, claim, f"not bound to a volume: {why}")


def _class_of(claim: Manifest, scene: Scene) -> str:
    found = dig_text(class_of(claim, scene.classes), "metadata", "name")
    wanted = dig_text(claim, "spec", "storageClassName")
    return f"class {found}" if found else f"there is no storage class {wanted}".rstrip()


def _of_service(service: Manifest, _: Scene) -> Iterator[Symptom]:
    is_balancer = dig(service, "spec", "type") == "LoadBalancer" and not dig(service, "spec", "externalIPs")
    if is_balancer and not dig(service, "status", "loadBalancer", "ingress"):
        yield _symptom(NO_ADDRESS, service, "nobody has given the load balancer an address")


def _of_definition(definition: Manifest, _: Scene) -> Iterator[Symptom]:
    if taken := find_failure(definition, "NamesAccepted", status="False"):
        yield _symptom(NAMES_TAKEN, definition, taken)


def _of_any(_: Manifest, __: Scene) -> Iterator[Symptom]:
    yield from ()


def _waiting(pod: Manifest) -> Iterator[tuple[str, Mapping[str, object], Mapping[str, object]]]:
    for field in ("initContainerStatuses", "containerStatuses"):
        for status in maps_in(dig(pod, "status", field)):
            if waiting := dig_map(status, "state", "waiting"):
                yield dig_text(status, "name"), waiting, status


def _controllers(pod: Manifest) -> frozenset[str]:
    owners = maps_in(dig(pod, "metadata", "ownerReferences"))
    return frozenset(dig_text(owner, "kind") for owner in owners if owner.get("controller"))


def _symptom(
    state: State, shown_by: Manifest, message: str, *, container: str = "", tries: int = 0, is_fresh: bool = False
) -> Symptom:
    return Symptom(
        state=state,
        shown_by=ref_of(shown_by),
        uid=uid_of(shown_by),
        message=" ".join(message.split()),
        container=container,
        tries=tries,
        is_fresh=is_fresh,
    )


_OWN: Final[Mapping[str, Callable[[Manifest, Scene], Iterator[Symptom]]]] = {
    "CustomResourceDefinition.apiextensions.k8s.io": _of_definition,
    "DaemonSet.apps": _of_maker,
    "Deployment.apps": _of_deployment,
    "Job.batch": _of_job,
    "PersistentVolumeClaim": _of_claim,
    "ReplicaSet.apps": _of_replica_set,
    "ReplicationController": _of_replica_set,
    "Service": _of_service,
    "StatefulSet.apps": _of_stateful_set,
}
