"""Writes the objects of one step by server-side apply, in their order, and takes the baselines afterwards."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence

from fairlead.engine.compare import Comparer, Comparison
from fairlead.engine.deleting import Deleter
from fairlead.engine.handover import Handover
from fairlead.engine.lease_keeper import LockLost
from fairlead.engine.refusal import RefusedWrite, refused
from fairlead.engine.scaling import Scaling
from fairlead.engine.terminating import find_terminating_namespaces
from fairlead.engine.waiting import Waiter
from fairlead.formats.conflict_text import CHOICES
from fairlead.formats.digests import digest, mask_secret_values
from fairlead.formats.managed_fields import managers, owned_hash
from fairlead.model.change import ChangeAction
from fairlead.model.errors import FairleadError, Refused, StepFailed
from fairlead.model.frozen import dataclass
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline
from fairlead.planning.autoscaling import keep_replicas
from fairlead.planning.order import apply_order, needs_endpoints
from fairlead.planning.refusals import write_state
from fairlead.planning.unrecoverable import WEBHOOK_UNREACHABLE
from fairlead.ports import Cluster

TRIES = 3
"""Writes of one object when its resourceVersion moves between look and write, as status updates make it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """*manager* is the field manager; *force* takes over fields that another one owns; *fence* is called before each
    write. *is_strict*: even by force nothing is taken that the plan did not show."""

    cluster: Cluster
    comparer: Comparer
    waiter: Waiter
    manager: str
    force: bool
    timeout: float
    fence: Callable[[], None]
    is_strict: bool = False

    @property
    def deleter(self) -> Deleter:
        waiter = self.waiter
        return Deleter(cluster=self.cluster, clock=waiter.clock, places=waiter.places, fence=self.fence)

    async def write(
        self, comparisons: Sequence[Comparison], *, tell: Callable[[str], None]
    ) -> dict[ObjectRef, Manifest]:
        """Apply what differs; the live object of each. An object that is refused does not keep the others of its batch
        from being written, but ends the step (StepFailed, Refused)."""
        by_ref = {c.ref: c for c in comparisons}
        written: dict[ObjectRef, Manifest] = {}
        moving = [c for c in comparisons if c.change.action.is_change]
        for batch in apply_order(c.wanted for c in moving):
            await self._wait_for_callees(batch, tell)
            writing = (self._write_one(by_ref[ref_of(m)], tell) for m in batch)
            results = await asyncio.gather(*writing, return_exceptions=True)
            _raise_first(results, changed=bool(written))
            written |= {ref_of(r): r for r in results if isinstance(r, dict)}
        return written

    async def _wait_for_callees(self, batch: Iterable[Manifest], tell: Callable[[str], None]) -> None:
        services = [service for manifest in batch for service in needs_endpoints(manifest)]
        await self.waiter.wait_for_endpoints(services, timeout=self.timeout, tell=tell)

    async def _write_one(self, comparison: Comparison, tell: Callable[[str], None]) -> Manifest:
        comparison = await self._made_ours(comparison)
        for _ in range(TRIES):
            comparison = await self._let_scale(await self._take(comparison))
            result = await self._apply(comparison, tell)
            if result.live is not None:
                return await self._scaled(comparison, result.live)
            if result.conflicts:
                owners = ", ".join(f"{c.path} ({c.manager})" for c in result.conflicts)
                raise Refused(f"{comparison.ref}: another manager owns {owners}", hint=CHOICES)
            if result.status != 409:
                raise await self._refusal(comparison, result.message)
            comparison = await self._look_again(comparison)
            is_noop = comparison.change.action is ChangeAction.NOOP and not comparison.lost
            if comparison.live is not None and is_noop:
                return comparison.live  # an earlier try was carried out, its answer was lost
        raise StepFailed(f"{comparison.ref} kept changing while it was written")

    async def _made_ours(self, comparison: Comparison) -> Comparison:
        """Ready to be written: what comes from another component has changed hands, what must be made anew is gone."""
        move = comparison.move
        if move is not None and comparison.live is not None:
            live = await Handover(cluster=self.cluster, fence=self.fence).take(move, manager=self.manager)
            return dataclasses.replace(comparison, live=live)
        if comparison.change.action is ChangeAction.REPLACE and comparison.live is not None:
            await self.deleter.make_room(
                comparison.ref, comparison.live, wanted=comparison.wanted, timeout=self.timeout
            )
            wanted = keep_replicas(comparison.wanted, comparison.live) if comparison.is_scaled else comparison.wanted
            return dataclasses.replace(comparison, live=None, wanted=wanted)
        return comparison

    @property
    def _scaling(self) -> Scaling:
        return Scaling(cluster=self.cluster, fence=self.fence)

    async def _let_scale(self, comparison: Comparison) -> Comparison:
        """Leave the number of replicas to the autoscaler before a write that does not state it any more."""
        if not comparison.is_scaled or comparison.live is None:
            return comparison
        released = await self._scaling.release(comparison.live, self.manager)
        if released is None:
            return comparison
        if released.live is not None:
            return self.comparer.taken(comparison, released.live, manager=self.manager)
        if released.status != 409:
            raise refused(comparison.ref, released.message, about=comparison.live)
        return await self._look_again(comparison)

    async def _scaled(self, comparison: Comparison, live: Manifest) -> Manifest:
        """*live*, just written; the replicas that one made anew was given are the autoscaler's from now on."""
        return await self._scaling.released(live, self.manager) if comparison.is_scaled else live

    async def _apply(self, comparison: Comparison, tell: Callable[[str], None]) -> ApplyResult:
        """The API server's answer; asked again while a webhook does not answer it."""
        clock = self.waiter.clock
        told = ""
        deadline = clock.monotonic() + min(WEBHOOK_UNREACHABLE.grace_seconds, self.timeout)
        while True:
            self.fence()
            result = await self.cluster.apply(_guarded(comparison), manager=self.manager, force=self.force)
            is_silent = result.live is None and write_state(result.message) is WEBHOOK_UNREACHABLE
            if not is_silent or clock.monotonic() >= deadline:
                return result
            if result.message != told:
                told = result.message
                tell(f"writing {comparison.ref} again: {told}")
            await clock.sleep(WEBHOOK_PAUSE_SECONDS)

    async def _refusal(self, comparison: Comparison, message: str) -> FairleadError:
        """Why the API server refuses an object; where its namespace is being deleted, what holds that."""
        ref = comparison.ref
        is_closing = "is being terminated" in message
        spaces = await find_terminating_namespaces(self.cluster, [ref.namespace]) if is_closing else ()
        if spaces:
            return StepFailed(f"{ref} cannot be made: {spaces[0]}", hint=f"{spaces[0].remedy}; then deploy again")
        return refused(ref, message, about=comparison.wanted)

    async def _take(self, comparison: Comparison) -> Comparison:
        """Have what predecessors own of the object as ours: what we do not state of it then goes with our write.
        A run that is cut off between the two leaves all values as they were, and an object that is ours."""
        if comparison.live is None or comparison.adoption is None:
            return comparison
        self.fence()
        taken = await self.cluster.hand_over(comparison.live, comparison.adoption.managed_fields)
        if taken.live is not None:
            return self.comparer.taken(comparison, taken.live, manager=self.manager)
        if taken.status != 409:
            raise refused(comparison.ref, taken.message, about=comparison.live)
        return await self._look_again(comparison)

    async def _look_again(self, before: Comparison) -> Comparison:
        """The object moved since we looked. A status update does not matter; a field of ours does."""
        moves = {before.ref: before.move} if before.move else {}
        (now,) = await self.comparer.compare(
            {before.ref: before.wanted},
            manager=self.manager,
            moves=moves,
            scaled=[before.ref] if before.is_scaled else [],
        )
        is_more = self.is_strict and bool(_touched(now) - _touched(before))
        if self._is_moved(before, now) and (is_more or not self.force):
            raise Refused(f"{before.ref} was changed by somebody else since the plan", hint="plan again")
        return now

    def _is_moved(self, before: Comparison, now: Comparison) -> bool:
        if now.change.action is ChangeAction.NOOP:
            return False
        if before.live is None and now.live is not None:
            # Controllers make objects of their own, such as the service account `default`: those may be added to.
            return self.manager in {owner.manager for owner in managers(now.live)}
        return now.precondition != before.precondition


WEBHOOK_PAUSE_SECONDS = 2.0
"""Between two writes of one object while a webhook does not answer."""


def _touched(comparison: Comparison) -> frozenset[str]:
    change = comparison.change
    return frozenset(field.path for field in (*change.fields, *change.conflicts))


NO_VERSION = "1"
"""A resourceVersion that no object has: the first revision of etcd is that of the empty store. To apply with it creates
an object, and is refused (409) where there is one: measured on Kubernetes 1.34, built-in kinds and custom resources."""


def _guarded(comparison: Comparison) -> Manifest:
    """The wanted object, valid only for the very object and version that was looked at, or only while there is none."""
    seen = comparison.live["metadata"] if comparison.live else {"resourceVersion": NO_VERSION}
    guard = {name: seen[name] for name in ("uid", "resourceVersion") if name in seen}
    return {**comparison.wanted, "metadata": {**comparison.wanted["metadata"], **guard}}


def _raise_first(results: Sequence[object], *, changed: bool) -> None:
    errors = [r for r in results if isinstance(r, BaseException)]
    if not errors:
        return
    first = next((error for error in errors if isinstance(error, LockLost)), errors[0])
    if len(errors) > 1 and isinstance(first, RefusedWrite):
        raise first.with_more(len(errors) - 1) from first
    if len(errors) > 1 and isinstance(first, StepFailed):
        raise StepFailed(f"{first.message} (and {len(errors) - 1} more objects)", hint=first.hint) from first
    if isinstance(first, Refused):
        first.changed = changed or len(errors) < len(results)
    raise first


async def take_baselines(
    cluster: Cluster,
    desired: Mapping[ObjectRef, Manifest],
    written: Mapping[ObjectRef, Manifest],
    *,
    manager: str,
    key: bytes,
) -> dict[ObjectRef, Baseline]:
    """As `baselines_of`, with a look at the objects as they are now."""
    return baselines_of(desired, written, await cluster.observe(desired), manager=manager, key=key)


def baselines_of(
    desired: Mapping[ObjectRef, Manifest],
    written: Mapping[ObjectRef, Manifest],
    live: Mapping[ObjectRef, Manifest],
    *,
    manager: str,
    key: bytes,
) -> dict[ObjectRef, Baseline]:
    """How we leave the objects: our fields as the API server answered our write, the version as in *live*.

    Where our fields moved between the two, the older version stays in the baseline, so that the next look sees it.
    """
    found = {}
    for ref, manifest in desired.items():
        now = live.get(ref)
        if now is None:
            raise StepFailed(f"{ref} is gone again right after it was written")
        ours = written.get(ref, now)
        owned = owned_hash(ours, manager, key=key) or ""
        is_ours = ours is now or owned == (owned_hash(now, manager, key=key) or "")
        found[ref] = Baseline(
            manager=manager,
            owned_hash=owned,
            manifest_hash=digest(mask_secret_values(manifest, key)),
            resource_version=(now if is_ours else ours)["metadata"]["resourceVersion"],
            uid=now["metadata"]["uid"],
        )
    return found
