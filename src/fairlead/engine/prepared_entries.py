"""What a plan says of one component beside the changes of its objects: faults, notes, a record that is missing."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable

from fairlead.engine.compare import Comparison
from fairlead.formats.secret_masking import star_texts
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError
from fairlead.model.objects import ref_of
from fairlead.model.record import ComponentRecord
from fairlead.planning.desired import DesiredObjects
from fairlead.planning.sharing import say_shared_with


def with_record(
    component: Component,
    changes: tuple[Change, ...],
    desired: DesiredObjects,
    record: ComponentRecord | None,
    output: str,
) -> tuple[Change, ...]:
    """*changes*, and where the objects are as wanted but no run saw them healthy (it timed out, it was cut off) one
    that says so: the step must wait for them and record them."""
    is_recorded = record is not None and record.output_digest == output
    is_empty = not desired.objects and not desired.crds
    if is_recorded or is_empty or any(change.action.is_change for change in changes):
        return changes
    reason = "as wanted in the cluster, but no run recorded it as healthy"
    return (Change(action=ChangeAction.ADOPT, name=component.name, reason=reason), *changes)


def raise_faults(component: Component, comparisons: Iterable[Comparison], *, secrets: Collection[str]) -> None:
    shown = (dataclasses.replace(c, fault=star_texts(c.fault, secrets)) for c in comparisons if c.fault)
    findings = tuple(c.finding(component.name) for c in shown)
    if findings:
        raise InputError(f"component {component.name}: {findings[0]}", findings=findings)


def notes_of(component: Component, desired: DesiredObjects) -> tuple[str, ...]:
    """Hooks left out of plain manifests, and objects that other components apply."""
    shared = tuple(say_shared_with(desired.shared))
    if not desired.hooks or isinstance(component.source, HelmSource):
        return shared
    names = ", ".join(str(ref_of(hook)) for hook in desired.hooks)
    return (f"{len(desired.hooks)} Helm hooks left out (only Helm runs them): {names}", *shared)
