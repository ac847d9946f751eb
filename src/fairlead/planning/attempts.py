"""What a step is about to write, noted before it does: were it to fail and the project to drop it, it is still known.

An attempt is an object that a component left behind, whose baseline has no uid: nobody saw it written.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.model.objects import ObjectRef
from fairlead.model.record import Baseline, ComponentRecord


def is_attempt(baseline: Baseline) -> bool:
    return not baseline.uid


def is_only_attempted(record: ComponentRecord) -> bool:
    """Whether no run ever finished anything of the component."""
    return not record.baselines and any(map(is_attempt, record.left.values()))


def with_attempts(record: ComponentRecord, managers: Mapping[ObjectRef, str]) -> ComponentRecord:
    """*record*, and the objects that are about to be written, each as its field manager, as far as it lacks them."""
    fresh = {
        ref: Baseline(manager=manager, owned_hash="", manifest_hash="", resource_version="", uid="")
        for ref, manager in managers.items()
        if ref not in record.baselines and ref not in record.orphans
    }
    if not fresh:
        return record
    return dataclasses.replace(record, orphans=tuple(sorted({*record.orphans, *fresh})), left={**record.left, **fresh})
