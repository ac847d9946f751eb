"""Gives live objects other owners, one read and one compare-and-swap at a time; their content stays as it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from fairlead.engine.changing import Swapper
from fairlead.formats.ownership import claimed, disowned, give_marks, hand_over, held, let_go
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.moves import Move
from fairlead.ports import Cluster

OWN_UPDATES: Final = "fairlead"
"""The manager of what we write other than by server-side apply: the name in our requests' user agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """*fence* is called before each write."""

    cluster: Cluster
    fence: Callable[[], None]

    async def take(self, move: Move, *, manager: str) -> Manifest | None:
        """Make *manager* the owner of what the move's old one owns; the live object, None where it is gone."""
        return await self._swapper.hand_over(
            move.ref, lambda live: hand_over(live, givers={move.manager}, to=manager), uid=move.uid
        )

    async def claim(self, move: Move, *, release: str, namespace: str) -> None:
        """Make the object part of a release before helm looks at it."""
        swapper = self._swapper
        await swapper.replace(move.ref, lambda live: claimed(live, release=release, namespace=namespace), uid=move.uid)
        await swapper.hand_over(move.ref, lambda live: _all_to_helm(live, move), uid=move.uid)

    async def disown(self, ref: ObjectRef) -> None:
        """Have `helm uninstall` leave the object alone."""
        await self._swapper.replace(ref, disowned)

    async def hold(self, ref: ObjectRef) -> None:
        """Have `helm upgrade` keep the object, until `let_go`."""
        await self._swapper.replace(ref, held)

    async def let_go(self, ref: ObjectRef) -> None:
        await self._swapper.replace(ref, let_go)

    @property
    def _swapper(self) -> Swapper:
        return Swapper(cluster=self.cluster, fence=self.fence, purpose="change its owner")


def _all_to_helm(live: Manifest, move: Move) -> Manifest:
    return give_marks(hand_over(live, givers={move.manager}, to="helm"), giver=OWN_UPDATES)
