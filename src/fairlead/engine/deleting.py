"""Deletes objects in their order, each only while it is the very one that was judged, and waits until they are gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fairlead.engine.places import Places
from fairlead.engine.refusal import RefusedWrite
from fairlead.engine.terminating import wait_until_gone
from fairlead.formats.json_data import dig_text
from fairlead.model.errors import StepFailed
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.removal import Fate
from fairlead.planning.immutability import propagation_for_replacing
from fairlead.planning.prune import deletion_batches
from fairlead.ports import Clock, Cluster

TRIES: Final = 5
"""Deletions of one object when its resourceVersion moves between look and write."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleter:
    """*fence* is called before each deletion; who waits gives its place among *places* to another step."""

    cluster: Cluster
    clock: Clock
    places: Places
    fence: Callable[[], None]

    async def delete(
        self, fates: Sequence[Fate], live: Mapping[ObjectRef, Manifest], *, timeout: float, tell: Callable[[str], None]
    ) -> tuple[ObjectRef, ...]:
        """Delete those of *fates* that go; the objects that are gone. Raises StepFailed where one is refused, moved
        under our hands, or does not go within *timeout* seconds for each batch."""
        gone: list[ObjectRef] = []
        for batch in deletion_batches(fates, live):
            refs = [fate.item.ref for fate in batch]
            await asyncio.gather(*(self._delete_one(ref, live[ref], propagation=propagation_of(ref)) for ref in refs))
            uids = {ref: dig_text(live[ref], "metadata", "uid") for ref in refs}
            await self.wait_until_gone(uids, timeout=timeout, tell=tell)
            gone += refs
        return tuple(gone)

    async def make_room(
        self,
        ref: ObjectRef,
        live: Manifest,
        *,
        wanted: Manifest,
        timeout: float,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Delete *live*, which is to be made anew as *wanted*, with what belongs to it but what that takes over."""
        propagation = propagation_for_replacing(ref, live=live, wanted=wanted)
        await self._delete_one(ref, live, propagation=propagation)
        await self.wait_until_gone({ref: dig_text(live, "metadata", "uid")}, timeout=timeout, tell=tell)

    async def _delete_one(self, ref: ObjectRef, live: Manifest, *, propagation: str) -> None:
        uid, version = _identity(live)
        for _ in range(TRIES):
            self.fence()
            result = await self.cluster.delete(ref, uid=uid, resource_version=version, propagation=propagation)
            if result.live is not None:
                return
            if result.status != 409:
                raise RefusedWrite(f"{ref} cannot be deleted", result.message, about=live)
            found = await self.cluster.get(ref)
            if found is None:
                return
            if _identity(found)[0] != uid:
                raise StepFailed(f"{ref} was deleted and made again by somebody else meanwhile", hint="plan again")
            version = _identity(found)[1]
        raise StepFailed(f"{ref} kept changing while it was to be deleted", hint="run again")

    async def wait_until_gone(
        self, uids: Mapping[ObjectRef, str], *, timeout: float, tell: Callable[[str], None]
    ) -> None:
        """Until no object has the uid that *uids* says. Raises StepFailed naming what holds one that stays."""
        if uids:
            async with self.places.left():
                await wait_until_gone(uids, cluster=self.cluster, clock=self.clock, timeout=timeout, tell=tell)


_WITH_PODS: Final = frozenset({("apps", kind) for kind in ("Deployment", "DaemonSet", "ReplicaSet", "StatefulSet")})


def propagation_of(ref: ObjectRef) -> str:
    """A workload goes after its pods, so that being gone means that nothing of it runs. Not so for everything: the
    garbage collector stands still while one API group does not answer."""
    return "Foreground" if (ref.group, ref.kind) in _WITH_PODS else "Background"


def _identity(live: Manifest) -> tuple[str, str]:
    return dig_text(live, "metadata", "uid"), dig_text(live, "metadata", "resourceVersion")
