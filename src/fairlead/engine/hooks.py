"""Looks at a release's hooks and tests while helm runs: tells what they do, ends helm where one can never end well."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from fairlead.engine.watching import Watch
from fairlead.formats.json_data import dig_map
from fairlead.model.errors import StepFailed, Unavailable
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.planning.order import HOOK
from fairlead.planning.scene import uid_of
from fairlead.ports import Clock, Cluster

R = TypeVar("R")

LOOK_SECONDS: Final = 1.0
UPGRADE: Final = frozenset(("pre-install", "post-install", "pre-upgrade", "post-upgrade"))
TEST: Final = frozenset(("test", "test-success"))
_WAITED_FOR: Final = frozenset(("Job", "Pod"))
"""Kinds of hooks that helm waits for."""


@dataclass(slots=True, kw_only=True)
class HookWatch:
    """*hooks* by reference, *objects* what the release holds besides. *tell* gets what helm waits for."""

    cluster: Cluster
    clock: Clock
    watch: Watch
    hooks: Mapping[ObjectRef, Manifest]
    tell: Callable[[str], None]
    objects: Iterable[ObjectRef] = ()
    _before: frozenset[str] = frozenset()
    _told: str = field(default="")

    async def beside(self, running: Awaitable[R]) -> R:
        """What *running*, a call of helm, answers. Raises StepFailed, after helm has ended, where it waited for what
        cannot recover."""
        if not self.hooks:
            return await running
        # Those of the revision before: helm deletes them before it makes its own.
        self._before = frozenset(uid_of(live) for live in (await self.cluster.observe(self.hooks)).values())
        helm = asyncio.ensure_future(running)
        looking = asyncio.ensure_future(self._look_until_lost())
        try:
            await asyncio.wait({helm, looking}, return_when=asyncio.FIRST_COMPLETED)
            if not helm.done():
                looking.result()
            return self._explained(helm)
        finally:
            await _end(looking)
            await _end(helm)  # by SIGTERM: it stores the revision as failed, and the next upgrade goes on from there

    async def _look_until_lost(self) -> None:
        """Ends by an error only."""
        while True:
            await self.clock.sleep(LOOK_SECONDS)
            with contextlib.suppress(Unavailable):  # helm has its own patience with the API server
                await self._look()

    async def _look(self) -> None:
        live = {r: m for r, m in (await self.cluster.observe(self.hooks)).items() if uid_of(m) not in self._before}
        # What hangs on after the objects are written may wait for one of them.
        written = self.objects if any(_is_after(self.hooks[ref]) for ref in live) else ()
        missing = await self.watch.look((*live, *written))
        waited = {ref: health for ref, health in missing.items() if ref in live}
        if waited and (text := f"helm is {self.watch.progress(waited)}") != self._told:
            self.tell(text)
            self._told = text

    def _explained(self, helm: asyncio.Future[R]) -> R:
        try:
            return helm.result()
        except StepFailed as err:
            if not self._told:
                raise
            raise StepFailed(f"{err.message}; at last {self._told}", hint=err.hint) from err


def waiting_hooks(
    hooks: Iterable[Manifest], *, namespace: str, moments: frozenset[str] = UPGRADE
) -> dict[ObjectRef, Manifest]:
    """Of *hooks* those that helm waits for at one of *moments*."""
    found = {}
    for hook in hooks:
        if hook.get("kind") in _WAITED_FOR and _moments(hook) & moments and hook["metadata"].get("name"):
            metadata = {"namespace": namespace, **hook["metadata"]}
            found[ref_of({**hook, "metadata": metadata})] = hook
    return found


def _moments(hook: Manifest) -> frozenset[str]:
    said = dig_map(hook, "metadata", "annotations").get(HOOK) or ""
    return frozenset(moment.strip() for moment in str(said).split(","))


def _is_after(hook: Manifest) -> bool:
    return any(moment.startswith("post-") for moment in _moments(hook))


async def _end(task: asyncio.Future[R]) -> None:
    if not task.done():
        task.cancel()
        await asyncio.wait({task})
