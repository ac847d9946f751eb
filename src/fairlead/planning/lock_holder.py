"""Whether the holder of a lock lives: from what the record says of its run, from its process, from renewals seen."""

from __future__ import annotations

from fairlead.model.infrastructure import StateLock
from fairlead.model.lease import Lease
from fairlead.model.lock import HeldLock, Liveness
from fairlead.model.run import Run, RunState


def judge_lease(
    lease: Lease, run: Run | None, *, name: str, is_renewed: bool, still_seconds: float, patience: float, is_dead: bool
) -> HeldLock:
    """The environment's own lock, watched for *still_seconds* unless a renewal was seen before. *is_dead*: its holder
    was a process of this machine, which is no more. *patience* is how long a live holder can be silent at most."""
    is_of_run = run is not None and f"run {run.id}" in lease.holder
    since = f"{run.started:%Y-%m-%dT%H:%M:%SZ}" if run is not None and is_of_run else ""
    if is_dead:
        liveness, why = Liveness.DEAD, "its process on this machine is gone"
    elif is_renewed:
        liveness, why = Liveness.ALIVE, "it was renewed while we looked"
    elif still_seconds >= patience:
        liveness, why = Liveness.DEAD, f"it was not renewed for {still_seconds:.0f} s"
    else:
        liveness = Liveness.UNKNOWN
        why = f"not renewed for {still_seconds:.0f} s; after {patience:.0f} s its holder counts as dead"
    return HeldLock(
        id=lease_id(name, lease),
        component="",
        holder=lease.holder,
        purpose="a deployment" if is_of_run else "a run that keeps no record",
        since=since,
        liveness=liveness,
        why=why,
    )


def lease_id(name: str, lease: Lease) -> str:
    """Each taking of the lock counts its token up."""
    return f"{name}#{lease.token}"


def judge_state_lock(
    lock: StateLock, run: Run | None, *, component: str, suffix: str, lease: Lease | None, holder: HeldLock | None
) -> HeldLock:
    """The lock of a Terraform state. *lease* is the environment's lock, *holder* what is known of who holds that."""
    liveness, why = _state_liveness(lock, run, suffix=suffix, lease=lease, holder=holder)
    return HeldLock(
        id=lock.id,
        component=component,
        holder=lock.who or "somebody",
        purpose=lock.operation.removeprefix("OperationType").lower() or "something",
        since=lock.created,
        liveness=liveness,
        why=why,
    )


def _state_liveness(
    lock: StateLock, run: Run | None, *, suffix: str, lease: Lease | None, holder: HeldLock | None
) -> tuple[Liveness, str]:
    if lock.is_proven:
        return Liveness.ALIVE, "a process of this machine holds it"
    if run is None or run.state_locks.get(suffix) != lock.id:
        return Liveness.UNKNOWN, "no run of ours took it: only who did can say"
    if run.state is not RunState.RUNNING:
        return Liveness.DEAD, f"run {run.id} of ours took it, and has ended ({run.state.value})"
    if lease is None or holder is None or f"run {run.id}" not in lease.holder:
        return Liveness.DEAD, f"run {run.id} of ours took it, and holds its environment no more"
    return holder.liveness, f"run {run.id} of ours took it: {holder.why}"
