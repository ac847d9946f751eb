"""Puts what a step is about to write into the record of its component, before the first write."""

from __future__ import annotations

import dataclasses
from typing import Final

from fairlead.engine.deployment import Deployment
from fairlead.engine.preparing import Prepared
from fairlead.engine.recording import crd_manager, standing_of
from fairlead.model.component import Component, HelmSource
from fairlead.model.plan import Step, StepKind
from fairlead.model.record import ComponentRecord
from fairlead.planning.attempts import with_attempts

_WRITING: Final = frozenset({StepKind.CRDS, StepKind.APPLY, StepKind.HELM_UPGRADE})


def attempt_of(step: Step, deployment: Deployment) -> ComponentRecord | None:
    """The record that must stand before *step* writes; None where it stands, and where planning could not know."""
    prepared = deployment.planned.prepared.get(step.component)
    if step.kind not in _WRITING or prepared is None or not prepared.is_known:
        return None
    return attempted(deployment.component(step), prepared, deployment)


async def note_attempt(component: Component, prepared: Prepared, deployment: Deployment) -> None:
    """As `attempt_of`, where only the step knew what it writes; written at once."""
    record = attempted(component, prepared, deployment)
    if record is not None:
        deployment.records[component.name] = record
        await deployment.journal.remember(component.name, record)


def attempted(component: Component, prepared: Prepared, deployment: Deployment) -> ComponentRecord | None:
    before = deployment.records.get(component.name)
    is_helm = isinstance(component.source, HelmSource)
    if is_helm and before is not None and before.revision:
        return None  # helm takes back what a failed upgrade brought, by its own storage
    record = before or ComponentRecord(component=component.name, standing=standing_of(component))
    written = {c.ref: component.field_manager for c in prepared.comparisons if c.change.action.is_change}
    written |= {c.ref: crd_manager(component) for c in prepared.crd_comparisons if c.change.action.is_change}
    after = with_attempts(record, written)
    if after is record:
        return None
    return dataclasses.replace(after, release=component.release) if is_helm else after
