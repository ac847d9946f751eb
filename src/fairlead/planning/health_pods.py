"""The health of one pod, and the one line that says what holds it up."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text, maps_in
from fairlead.model.health import Health, current, failed, in_progress
from fairlead.planning.health_conditions import condition, is_true, says

_REPEATED: Final = re.compile(
    r"=\S+ pod=\S+\([0-9a-f-]+\)| in pod \S+\([0-9a-f-]+\)|(?: no new claims to deallocate,)? preemption: .*"
)
_STATUS_LISTS: Final = ("initContainerStatuses", "containerStatuses")


def assess_pod(pod: Mapping[str, Any]) -> Health:
    phase = dig_text(pod, "status", "phase")
    if phase == "Succeeded":
        return current("Succeeded", "all its containers have ended well")
    if phase == "Failed":
        return failed(dig_text(pod, "status", "reason") or "PodFailed", explain_pod(pod))
    if phase == "Running" and is_true(condition(pod, "Ready")):
        return current("Ready", "ready")
    if _crash_looping(pod):
        return failed("ContainerCrashLooping", explain_pod(pod))
    if is_unschedulable(pod):
        return in_progress("Unschedulable", explain_pod(pod))
    reasons = {"Running": "PodRunningNotReady", "Pending": "PodPending", "": "PodNotObserved"}
    return in_progress(reasons.get(phase, "PodUnknown"), explain_pod(pod))


def explain_pod(pod: Mapping[str, Any]) -> str:
    """What holds *pod* up (or how it ended), on one line without its name.

    The scheduler's message, the first container that waits with its reason and last exit code, or that is not ready.
    """
    if dig(pod, "metadata", "deletionTimestamp"):
        return "being deleted"
    if dig(pod, "status", "phase") == "Succeeded":
        return "ended well"
    return next(_explanations(pod))


def explain_container(pod: Mapping[str, Any], container: str) -> str:
    """Why *container* waits, with its last exit code; empty when it does not wait."""
    waiting = (state for name, state in _states(pod, "waiting") if name == container)
    return next((f"container {container}: {brief(says(state))}{_last_exit(pod, container)}" for state in waiting), "")


def brief(said: str) -> str:
    """What kubelet or scheduler says, without the names and uids that it repeats and what preemption would not do."""
    return _REPEATED.sub("", said)


def container_of_interest(pod: Mapping[str, Any]) -> str:
    """The container whose log says most: one that waits or ended badly, one that is not ready, else the first."""
    for kind in ("waiting", "terminated"):
        for name, state in _states(pod, kind):
            if state.get("reason") not in ("PodInitializing", "ContainerCreating", "Completed"):
                return name
    statuses = maps_in(dig(pod, "status", "containerStatuses"))
    unready = [dig_text(status, "name") for status in statuses if not status.get("ready")]
    names = [dig_text(container, "name") for container in maps_in(dig(pod, "spec", "containers"))]
    return next(iter((*unready, *names)), "")


def _explanations(pod: Mapping[str, Any]) -> Iterator[str]:
    status = dig_map(pod, "status")
    if status.get("phase") == "Failed":
        yield from _ended(pod)
        yield says(status) or "failed"
    scheduled = condition(pod, "PodScheduled")
    if scheduled.get("status") == "False":
        yield brief(says(scheduled)) or "not scheduled"
    yield from _waiting(pod)
    yield from _ended(pod)
    yield from _unready(pod)
    gates = [each for each in maps_in(status.get("conditions")) if each.get("status") == "False" and says(each)]
    yield from (f"{dig_text(each, 'type')} is false: {says(each)}" for each in gates if each.get("type") != "Ready")
    if is_true(condition(pod, "Ready")):
        yield "ready"
    yield "waiting to be scheduled" if not dig(pod, "spec", "nodeName") else "waiting for the kubelet"


def _waiting(pod: Mapping[str, Any]) -> Iterator[str]:
    for name, state in _states(pod, "waiting"):
        # All containers wait with these while an init container runs or an image is fetched: they explain nothing.
        if state.get("reason") not in ("PodInitializing", "ContainerCreating", None):
            yield explain_container(pod, name)


def _ended(pod: Mapping[str, Any]) -> Iterator[str]:
    for name, state in _states(pod, "terminated"):
        if dig_int(state, "exitCode") != 0:
            yield f"container {name} ended: {_exit(state)}"


def _unready(pod: Mapping[str, Any]) -> Iterator[str]:
    sidecars = {
        dig_text(each, "name")
        for each in maps_in(dig(pod, "spec", "initContainers"))
        if each.get("restartPolicy") == "Always"
    }
    for status in maps_in(dig(pod, "status", "initContainerStatuses")):
        if dig(status, "state", "running") and dig_text(status, "name") not in sidecars:
            yield f"init container {dig_text(status, 'name')} runs"
    for status in maps_in(dig(pod, "status", "containerStatuses")):
        if dig(status, "state", "running") is not None and not status.get("ready"):
            name = dig_text(status, "name")
            yield f"container {name} runs but is not ready{_last_exit(pod, name)}"


def _last_exit(pod: Mapping[str, Any], container: str) -> str:
    last = next((state for name, state in _states(pod, "terminated", last=True) if name == container), None)
    return f" (last ended: {_exit(last)})" if last else ""


def _exit(terminated: Mapping[str, Any]) -> str:
    reason = says(terminated)
    code = f"exit code {dig_int(terminated, 'exitCode')}"
    return f"{code}, {reason}" if reason and reason != "Error" else code


def _states(pod: Mapping[str, Any], kind: str, *, last: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and state of each container that is (or *last* was) in a state of *kind*, init containers first."""
    for field in _STATUS_LISTS:
        for status in maps_in(dig(pod, "status", field)):
            state = dig(status, "lastState" if last else "state", kind)
            if isinstance(state, Mapping):
                yield dig_text(status, "name"), state


def _crash_looping(pod: Mapping[str, Any]) -> bool:
    return any(state.get("reason") == "CrashLoopBackOff" for _, state in _states(pod, "waiting"))


def is_unschedulable(pod: Mapping[str, Any]) -> bool:
    scheduled = condition(pod, "PodScheduled")
    return scheduled.get("status") == "False" and scheduled.get("reason") == "Unschedulable"
