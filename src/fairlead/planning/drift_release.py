"""Drift of what is no object: Helm releases and Terraform resources."""

from __future__ import annotations

from datetime import datetime

from fairlead.model.change import ABSENT, ChangeAction, FieldChange
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.infrastructure import TerraformDrift
from fairlead.model.record import ComponentRecord
from fairlead.model.rendering import ReleaseStatus


def judge_resources(component: str, found: TerraformDrift) -> tuple[Drift, ...]:
    """What is no longer as the state says. Who did it, and when, no provider tells."""
    return tuple(
        Drift(
            component=component,
            kind=DriftKind.DELETED if change.action is ChangeAction.DELETE else DriftKind.CHANGED,
            name=change.name,
            reason=change.reason,
            fields=tuple(_field(field) for field in change.fields),
            is_revertible=False,
        )
        for change in found.changes
    )


def _field(change: FieldChange) -> FieldDrift:
    kind = DriftKind.REMOVED_FIELD if change.found is ABSENT else DriftKind.CHANGED
    return FieldDrift(path=change.path, kind=kind, wanted=change.wanted, found=change.found)


def judge_release(
    record: ComponentRecord, *, namespace: str, revision: int, status: str, modified: datetime | None
) -> Drift | None:
    """*revision* is the newest in the cluster, 0 where there is no release any more."""
    if revision == record.revision and status == ReleaseStatus.DEPLOYED:
        return None
    is_gone = not revision
    return Drift(
        component=record.component,
        kind=DriftKind.DELETED if is_gone else DriftKind.REVISION,
        name=f"release {namespace}/{record.release}" if namespace else f"release {record.release}",
        reason="was uninstalled" if is_gone else _say(record, revision, status),
        owner="" if is_gone else "helm",
        since=modified,
        is_revertible=False,
    )


def _say(record: ComponentRecord, revision: int, status: str) -> str:
    if revision == record.revision:
        return f"revision {revision} is {status}; it was deployed when we left it"
    if revision < record.revision:
        return f"is at {revision}; ours is {record.revision}"
    # One that failed may be ours: the record has only what went well.
    made = f"({status}) was made outside" if status == ReleaseStatus.DEPLOYED else f"is {status}"
    return f"revision {revision} {made}; ours is {record.revision}"
