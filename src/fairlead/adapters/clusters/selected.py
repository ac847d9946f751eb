"""The cluster of an environment, whichever driver it turns out to be: chosen on the first call, not before."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import KUBECONFIG
from fairlead.model.environment import Driver
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.local_cluster import LocalCluster
from fairlead.ports import LocalDriver


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """*wanted* is what the project asks for, *driver* what is used: they differ where another one made the cluster that
    is there. *choice* explains a choice that the project left open."""

    driver: LocalDriver
    kind: Driver
    wanted: Driver
    choice: str = ""


class SelectedCluster:
    """*select* is asked once; *tell* hears its choice when a cluster is made."""

    def __init__(
        self, folder: Path, *, select: Callable[[], Awaitable[Selection]], tell: Callable[[str], None]
    ) -> None:
        self._folder = folder.absolute()
        self._select = select
        self._tell = tell
        self._selection: Selection | None = None

    @property
    def kubeconfig(self) -> Path:
        return self._folder / KUBECONFIG

    async def up(self) -> LocalCluster:
        selection = await self._selected()
        if selection.kind is not selection.wanted:
            raise InputError(
                f"the cluster that is there was made by {selection.kind.value}, not by {selection.wanted.value}",
                hint="remove it with `fairlead local down`, then start it again",
            )
        if selection.choice:
            self._tell(selection.choice)
        return self._with_choice(selection, await selection.driver.up())

    async def down(self) -> None:
        await (await self._selected()).driver.down()

    async def status(self) -> LocalCluster:
        selection = await self._selected()
        return self._with_choice(selection, await selection.driver.status())

    async def load(self, archive: Path, *, reference: str) -> None:
        await (await self._selected()).driver.load(archive, reference=reference)

    async def pull(self, reference: str) -> None:
        await (await self._selected()).driver.pull(reference)

    async def _selected(self) -> Selection:
        if self._selection is None:
            self._selection = await self._select()
        return self._selection

    def _with_choice(self, selection: Selection, cluster: LocalCluster) -> LocalCluster:
        return dataclasses.replace(cluster, choice=selection.choice)
