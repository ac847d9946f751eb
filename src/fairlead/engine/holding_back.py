"""Has helm keep objects that a release does not want any more and that must not go, for the time of one write.

The mark is on the live object, so a run that is killed leaves it there: each later write of the release takes away what
earlier ones left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fairlead.engine.handover import Handover
from fairlead.engine.preparing import Prepared
from fairlead.formats.ownership import is_held
from fairlead.model.change import ChangeAction
from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.planning.attempts import is_attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingBack:
    handover: Handover

    async def begin(self, prepared: Prepared) -> tuple[ObjectRef, ...]:
        """Mark what helm must keep, and free what it is to remove; the objects that were freed."""
        for ref in prepared.held:
            await self.handover.hold(ref)
        return await self.free_going(prepared)

    async def free_going(self, prepared: Prepared) -> tuple[ObjectRef, ...]:
        """What the release has no more and need not be kept loses the mark; those that had it."""
        going = [c.target for c in prepared.changes if c.action is ChangeAction.DELETE and c.target is not None]
        return await self.free(going)

    async def end(self, prepared: Prepared, before: ComponentRecord | None, *, claimed: Collection[ObjectRef]) -> None:
        """Take the marks away again, of this write and of earlier ones. What other components have (*claimed*) may be
        held by them now."""
        await self.free(prepared.held)
        wanted = [c.ref for c in prepared.comparisons if c.move is None and c.live is not None and is_held(c.live)]
        left = _left_by(before) if before is not None else []
        await self.free(ref for ref in (*wanted, *left) if ref not in claimed)

    async def kept(self, freed: Iterable[ObjectRef]) -> tuple[ObjectRef, ...]:
        """Those of the objects *freed* that helm did not remove: the release had lost them to an earlier write."""
        return tuple(await self.handover.cluster.observe_metadata(freed))

    async def free(self, refs: Iterable[ObjectRef]) -> tuple[ObjectRef, ...]:
        """Take our mark from those of *refs* that have it; those."""
        live = await self.handover.cluster.observe(refs)
        marked = tuple(ref for ref, found in live.items() if is_held(found))
        for ref in marked:
            await self.handover.let_go(ref)
        return marked


def _left_by(record: ComponentRecord) -> list[ObjectRef]:
    """What was left behind for certain: of a first install everything is an attempt."""
    return [ref for ref in record.orphans if ref not in record.left or not is_attempt(record.left[ref])]
