"""Changes one live object by read and compare-and-swap, again where it moved in between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from fairlead.engine.refusal import RefusedWrite
from fairlead.formats.json_data import dig_text
from fairlead.model.errors import StepFailed
from fairlead.model.frozen import dataclass
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.ports import Cluster

TRIES: Final = 5
"""Writes of one object when its resourceVersion moves between look and write, as status updates make it."""

Change = Callable[[Manifest], Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Swapper:
    """*fence* is called before each write. *purpose* completes `ConfigMap a/b cannot …`. *manager* is who writes."""

    cluster: Cluster
    fence: Callable[[], None]
    purpose: str
    manager: str = ""

    async def replace(self, ref: ObjectRef, change: Change, *, uid: str = "") -> Manifest | None:
        """The object as it is afterwards; untouched where *change* changes nothing, or it is another one than *uid*.
        None where it is gone. Raises StepFailed where it is refused, or keeps moving."""

        async def send(_: Manifest, wanted: Manifest) -> ApplyResult:
            return await self.cluster.replace(wanted, manager=self.manager)

        return await self._swap(ref, change, send, uid=uid)

    async def hand_over(self, ref: ObjectRef, change: Change, *, uid: str = "") -> Manifest | None:
        """The same, of `metadata.managedFields` only."""

        async def send(live: Manifest, wanted: Manifest) -> ApplyResult:
            return await self.cluster.hand_over(live, wanted["metadata"]["managedFields"])

        return await self._swap(ref, change, send, uid=uid)

    async def _swap(
        self,
        ref: ObjectRef,
        change: Change,
        send: Callable[[Manifest, Manifest], Awaitable[ApplyResult]],
        *,
        uid: str,
    ) -> Manifest | None:
        for _ in range(TRIES):
            live = await self.cluster.get(ref)
            if live is None or (uid and dig_text(live, "metadata", "uid") != uid):
                return live
            wanted = change(live)
            if wanted == live:
                return live
            self.fence()
            result = await send(live, wanted)
            if result.live is not None:
                return result.live
            if result.status != 409:
                raise RefusedWrite(f"{ref} cannot {self.purpose}", result.message, about=wanted)
        raise StepFailed(f"{ref} kept changing; it was to {self.purpose}", hint="run again")
