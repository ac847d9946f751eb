"""The run before this one, where it died: shut out of the record, its Terraform locks released, its end noted."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from fairlead.engine.lease_keeper import LeaseKeeper
from fairlead.engine.site import Remembered, Site
from fairlead.model.component import TerraformSource
from fairlead.model.run import Run, RunState


async def shut_out(site: Site, remembered: Remembered, keeper: LeaseKeeper) -> Remembered:
    """A run that never ended may only sleep. The head moves before we look at anything else, so that it cannot write
    into the record any more when it wakes."""
    head = remembered.head
    if head is None or head.run is None or head.run.state is not RunState.RUNNING:
        return remembered
    head = dataclasses.replace(head, token=keeper.token, generation=head.generation + 1)
    await site.state.swap_head(head)
    return dataclasses.replace(remembered, head=head)


async def release_dead_locks(site: Site, last: Run | None, *, tell: Callable[[str], None]) -> None:
    """Terraform locks that a dead run of ours left: only those whose very ID it wrote down."""
    if last is None or not last.state_locks:
        return
    for component in site.project.components_of(site.environment):
        if not isinstance(component.source, TerraformSource):
            continue
        root = site.terraform_root(component)
        noted = last.state_locks.get(root.suffix)
        lock = await site.infrastructure.lock(root) if noted else None
        if lock is not None and lock.id == noted:
            tell(f"releasing the Terraform lock of {component.name} that run {last.id} left behind")
            await site.infrastructure.init(root)
            await site.infrastructure.unlock(root, lock)


def settled(run: Run, follower: Run) -> Run:
    """A run that another one follows: if it never ended, it is abandoned."""
    if run.state is not RunState.RUNNING:
        return run
    cause = f"it died; run {follower.id} took over"
    return dataclasses.replace(run, state=RunState.ABANDONED, ended=follower.started, cause=cause)
