"""What a component leaves behind when it wants less than before."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.holding import must_stay


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """*orphans* in their order, and the last baseline of each as far as it is known."""

    orphans: tuple[ObjectRef, ...] = ()
    left: Mapping[ObjectRef, Baseline] = field(default_factory=dict)


def left_behind(
    record: ComponentRecord,
    wanted: Collection[ObjectRef],
    *,
    held: Collection[ObjectRef] = (),
) -> LeftBehind:
    """What was part of the component and is not *wanted* any more, by itself or by others; of a Helm release only what
    is *held*, since helm removes the rest. What is held without a baseline was never ours: somebody else's revision
    brought it."""
    known = {**record.left, **record.baselines}
    dropped = {ref for ref, b in record.baselines.items() if b.manager != "helm" or ref in held}
    orphans = tuple(sorted(ref for ref in {*dropped, *held, *record.orphans} if ref not in wanted))
    return LeftBehind(orphans=orphans, left={ref: known[ref] for ref in orphans if ref in known})


def held_back(
    dropped: Mapping[ObjectRef, Manifest], *, claimed: Collection[ObjectRef], prune: bool
) -> tuple[ObjectRef, ...]:
    """The objects among those *dropped* by a release that helm must not remove: those that another component has or
    wants (*claimed*), those that hold something, and all of them where the component is never pruned."""
    return tuple(ref for ref, manifest in dropped.items() if ref in claimed or not prune or must_stay(ref, manifest))
