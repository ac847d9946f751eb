"""Fields that others set and that the files want by now: a deployment makes them ours, too."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from fairlead.engine.compare import Comparison
from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.planning.desired import DesiredObjects
from fairlead.planning.drift_fields import newly_wanted, say_shared


def with_newly_wanted(
    comparisons: Iterable[Comparison], desired: DesiredObjects, record: ComponentRecord | None, *, key: bytes
) -> tuple[Comparison, ...]:
    """*comparisons*, and those as changes of which lost fields are wanted otherwise than *record* says: whoever wrote
    them into the files has decided. Other lost fields are left, and are drift. Kubernetes lets several own a value."""
    recorded = {ref_of(manifest): manifest for manifest in record.objects} if record else {}
    return tuple(
        _judged(one, desired.masked(one.wanted, key), recorded) if one.lost and record else one for one in comparisons
    )


def _judged(one: Comparison, wanted: Manifest, recorded: Mapping[ObjectRef, Manifest]) -> Comparison:
    paths = newly_wanted(one.lost, wanted, recorded.get(one.ref, {}))
    if not paths or one.live is None:
        return one
    reason = say_shared(paths, one.live)
    return dataclasses.replace(one, change=Change(target=one.ref, action=ChangeAction.ADOPT, reason=reason), lost=())
