"""Gives live objects other owners, one read and one compare-and-swap at a time; their content stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from fairlead.formats.json_data import dig_text
from fairlead.formats.ownership import claimed, disowned, give_marks, hand_over, held, let_go
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.moves import Move
from fairlead.ports import Cluster

TRIES: Final = 5
"""Writes of one object when its resourceVersion moves between look and write, as status updates make it."""

OWN_UPDATES: Final = "fairlead"
"""The manager of what we write other than by server-side apply: the name in our requests' user agent."""

Change = Callable[[Manifest], Manifest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """*fence* is called before each write."""

    cluster: Cluster
    fence: Callable[[], None]

    async def take(self, move: Move, *, manager: str) -> Manifest | None:
        """Make *manager* the owner of what the move's old one owns; the live object, None where it is gone."""
        return await self._give(move, lambda live: hand_over(live, givers={move.manager}, to=manager))

    async def claim(self, move: Move, *, release: str, namespace: str) -> None:
        """Make the object part of a release before helm looks at it."""
        await self._change(move.ref, lambda live: claimed(live, release=release, namespace=namespace), move.uid)
        await self._give(move, lambda live: _all_to_helm(live, move))

    async def disown(self, ref: ObjectRef) -> None:
        """Have `helm uninstall` leave the object alone."""
        await self._change(ref, disowned)

    async def hold(self, ref: ObjectRef) -> None:
        """Have `helm upgrade` keep the object, until `let_go`."""
        await self._change(ref, held)

    async def let_go(self, ref: ObjectRef) -> None:
        await self._change(ref, let_go)

    async def _give(self, move: Move, change: Change) -> Manifest | None:
        return await self._change(move.ref, change, move.uid, is_ownership=True)

    async def _change(
        self, ref: ObjectRef, change: Change, uid: str = "", *, is_ownership: bool = False
    ) -> Manifest | None:
        for _ in range(TRIES):
            live = await self.cluster.get(ref)
            if live is None or (uid and dig_text(live, "metadata", "uid") != uid):
                return live
            wanted = change(live)
            if wanted == live:
                return live
            self.fence()
            if is_ownership:
                result = await self.cluster.hand_over(live, wanted["metadata"]["managedFields"])
            else:
                result = await self.cluster.replace(wanted)
            if result.live is not None:
                return result.live
            if result.status != 409:
                raise StepFailed(f"the API server did not let {ref} change its owner: {result.message}")
        raise StepFailed(f"{ref} kept changing while its owner was to be changed")


def _all_to_helm(live: Manifest, move: Move) -> Manifest:
    return give_marks(hand_over(live, givers={move.manager}, to="helm"), giver=OWN_UPDATES)
