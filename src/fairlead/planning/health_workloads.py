"""The health of what makes pods: the counts and conditions its controller writes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.formats.json_data import dig, dig_int, dig_map, dig_text
from fairlead.model.health import Health, current, failed, in_progress
from fairlead.planning.health_conditions import condition, find_failure, is_true


def assess_deployment(deployment: Mapping[str, Any]) -> Health:
    progressing = condition(deployment, "Progressing")
    if progressing.get("reason") == "ProgressDeadlineExceeded":
        return failed("ProgressDeadlineExceeded", dig_text(progressing, "message") or "the rollout took too long")
    status, wanted = dig_map(deployment, "status"), _replicas(deployment)
    found, updated = dig_int(status, "replicas"), dig_int(status, "updatedReplicas")
    missing = (
        _not_observed(deployment)
        or _too_few("LessReplicas", "made", found, wanted)
        or _too_few("LessUpdated", "updated", updated, wanted)
        or _too_many(found, wanted)
        or _too_few("LessAvailable", "available", dig_int(status, "availableReplicas"), updated)
        or _too_few("LessReady", "ready", dig_int(status, "readyReplicas"), wanted)
    )
    if missing:
        return _explained(missing, deployment)
    if not _has_progressed(deployment, progressing):
        return in_progress("ReplicaSetNotAvailable", "the new ReplicaSet is not available yet")
    if not is_true(condition(deployment, "Available")):
        return in_progress("DeploymentNotAvailable", "the Deployment is not available yet")
    return current("Available", f"{found} of {wanted} replicas are available")


def assess_stateful_set(stateful_set: Mapping[str, Any]) -> Health:
    status, wanted = dig_map(stateful_set, "status"), _replicas(stateful_set)
    found, ready = dig_int(status, "replicas"), dig_int(status, "readyReplicas")
    missing = (
        _not_observed(stateful_set)
        or _too_few("LessReplicas", "made", found, wanted)
        or _too_few("LessReady", "ready", ready, wanted)
        or _too_many(found, wanted)
        or _unavailable_after_ready(stateful_set, wanted)
        or _unfinished_update(stateful_set, wanted)
    )
    return missing or current("Ready", f"{ready} of {wanted} replicas are ready")


def assess_daemon_set(daemon_set: Mapping[str, Any]) -> Health:
    status = dig_map(daemon_set, "status")
    wanted = dig_int(status, "desiredNumberScheduled", default=-1)
    if unseen := _not_observed(daemon_set):
        return unseen
    if wanted == -1:
        return in_progress("NoDesiredNumber", "the controller has not counted the nodes yet")
    updated = wanted if _updates_on_delete(daemon_set) else dig_int(status, "updatedNumberScheduled")
    return (
        _too_few("LessCurrent", "scheduled", dig_int(status, "currentNumberScheduled"), wanted)
        or _too_few("LessUpdated", "updated", updated, wanted)
        or _too_few("LessAvailable", "available", dig_int(status, "numberAvailable"), wanted)
        or _too_few("LessReady", "ready", dig_int(status, "numberReady"), wanted)
        or current("Ready", f"ready on {wanted} nodes")
    )


def assess_replica_set(replica_set: Mapping[str, Any]) -> Health:
    status, wanted = dig_map(replica_set, "status"), _replicas(replica_set)
    found, available = dig_int(status, "replicas"), dig_int(status, "availableReplicas")
    if failure := find_failure(replica_set, "ReplicaFailure"):
        return in_progress("ReplicaFailure", failure)
    return (
        _not_observed(replica_set)
        or _too_few("LessLabelled", "labelled", dig_int(status, "fullyLabeledReplicas"), wanted)
        or _too_few("LessAvailable", "available", available, wanted)
        or _too_few("LessReady", "ready", dig_int(status, "readyReplicas"), wanted)
        or _too_many(found, wanted)
        or current("Available", f"{available} of {wanted} replicas are available")
    )


def assess_job(job: Mapping[str, Any]) -> Health:
    status = dig_map(job, "status")
    if is_true(condition(job, "Complete")):
        return current("Complete", f"{dig_int(status, 'succeeded')} pods succeeded")
    if failure := job_failure(job):
        return failed("JobFailed", failure)
    if dig(job, "spec", "suspend") is True:
        return current("Suspended", "suspended: it runs when somebody resumes it")
    if not dig_text(status, "startTime"):
        return in_progress("JobNotStarted", "not started yet")
    counts = ", ".join(f"{dig_int(status, name)} {name}" for name in ("active", "succeeded", "failed"))
    return in_progress("JobRunning", f"running: {counts}")


def job_failure(job: Mapping[str, Any]) -> str | None:
    # FailureTarget comes first, while the last pods still end; it is as final as Failed.
    return find_failure(job, "Failed") or find_failure(job, "FailureTarget")


def _replicas(workload: Mapping[str, Any]) -> int:
    return dig_int(workload, "spec", "replicas", default=1)


def _not_observed(workload: Mapping[str, Any]) -> Health | None:
    if isinstance(dig(workload, "status", "observedGeneration"), int):
        return None
    return in_progress("NoObservedGeneration", "the controller has not looked at it yet")


def _too_few(reason: str, verb: str, found: int, wanted: int) -> Health | None:
    return in_progress(reason, f"{found} of {wanted} replicas are {verb}") if found < wanted else None


def _too_many(found: int, wanted: int) -> Health | None:
    return in_progress("ExtraPods", f"{found - wanted} old replicas still run") if found > wanted else None


def _explained(missing: Health, deployment: Mapping[str, Any]) -> Health:
    """*missing* with the reason why it may stay so."""
    if dig(deployment, "spec", "paused") is True:
        return in_progress("Paused", f"{missing.message}; the Deployment is paused")
    if failure := find_failure(deployment, "ReplicaFailure"):
        return in_progress("ReplicaFailure", f"{missing.message}; {failure}")
    return missing


def _has_progressed(deployment: Mapping[str, Any], progressing: Mapping[str, Any]) -> bool:
    # Without a deadline, or with the greatest one, the controller writes no Progressing condition.
    deadline = dig_int(deployment, "spec", "progressDeadlineSeconds", default=2**31 - 1)
    if deadline == 2**31 - 1 or dig(deployment, "spec", "paused") is True:
        return True
    return is_true(progressing) and dig_text(progressing, "reason") == "NewReplicaSetAvailable"


def _updates_on_delete(workload: Mapping[str, Any]) -> bool:
    return dig_text(workload, "spec", "updateStrategy", "type") == "OnDelete"


def _unavailable_after_ready(stateful_set: Mapping[str, Any], wanted: int) -> Health | None:
    if not dig_int(stateful_set, "spec", "minReadySeconds"):
        return None
    return _too_few("LessAvailable", "available", dig_int(stateful_set, "status", "availableReplicas"), wanted)


def _unfinished_update(stateful_set: Mapping[str, Any], wanted: int) -> Health | None:
    status = dig_map(stateful_set, "status")
    if _updates_on_delete(stateful_set):
        return None
    partition = dig_int(stateful_set, "spec", "updateStrategy", "rollingUpdate", "partition", default=-1)
    if partition >= 0:
        return _too_few("PartitionRollout", "updated", dig_int(status, "updatedReplicas"), max(0, wanted - partition))
    if short := _too_few("LessCurrent", "of the current revision", dig_int(status, "currentReplicas"), wanted):
        return short
    if status.get("currentRevision") != status.get("updateRevision"):
        return in_progress("RevisionMismatch", "the update to the new revision has not ended yet")
    return None
