"""Gives up the number of replicas of a workload that an autoscaler scales, without changing the number.

Kubernetes takes a field away that its only owner states no more: replicas would be 1 until the autoscaler acts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fairlead.formats.field_ownership import give_back
from fairlead.model.errors import StepFailed
from fairlead.model.frozen import dataclass
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef, ref_of
from fairlead.planning.autoscaling import owns_replicas
from fairlead.planning.maintenance import replicas_of, with_replicas
from fairlead.ports import Cluster

TRIES: Final = 5
"""Writes of one object when its resourceVersion moves between look and write, as status updates make it."""
_KEYS: Final = ("f:spec", "f:replicas")
_SCALER: Final = "fairlead-scaling"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """*fence* is called before each write."""

    cluster: Cluster
    fence: Callable[[], None]

    async def release(self, live: Manifest, manager: str) -> ApplyResult | None:
        """Make the number nobody's where only *manager* owns it; None where there is nothing to do. Status 409 when
        *live* moved since it was read."""
        if not owns_replicas(live, manager):
            return None
        self.fence()
        return await self.cluster.hand_over(live, give_back(live, _KEYS, taker=manager, owners=()))

    async def released(self, live: Manifest, manager: str) -> Manifest:
        """As `release`, for what was just written; the live object."""
        for _ in range(TRIES):
            result = await self.release(live, manager)
            if result is None:
                return live
            if result.live is not None:
                return result.live
            found = await self.cluster.get(ref_of(live))
            if result.status != 409 or found is None:
                raise StepFailed(f"the API server did not let {ref_of(live)} go: {result.message}")
            live = found
        raise StepFailed(f"{ref_of(live)} kept changing while its replicas were handed over")

    async def restore(self, ref: ObjectRef, replicas: int) -> None:
        """Scale what helm made anew to as many *replicas* as it had."""
        for _ in range(TRIES):
            live = await self.cluster.get(ref)
            if live is None or replicas_of(live) == replicas:
                return
            self.fence()
            result = await self.cluster.replace(with_replicas(live, replicas), manager=_SCALER)
            if result.live is not None:
                await self.released(result.live, _SCALER)
                return
            if result.status != 409:
                raise StepFailed(f"the API server did not let {ref} be scaled: {result.message}")
