"""A release at which somebody else's helm may be: its newest revision is unfinished, and no run of ours began it.

Helm notes nowhere who runs, nor whether that one still lives. What a run of this environment began is cut off, since we
hold its lock. What nobody of us began counts as cut off once it is older than helm would let it become.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from fairlead.engine.releases import ReleaseHead, Releases, Revision
from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import Refused
from fairlead.model.plan import Step
from fairlead.model.run import Run
from fairlead.ports import EnvironmentState

PATIENCE_SECONDS: Final = 600.0
"""Twice helm's own default timeout, which each of its waits (for hooks, for objects) may take; a component's own
timeout where that is longer."""
_SLACK: Final = timedelta(seconds=2)
"""Helm notes whole seconds."""
_RUNS_LOOKED_AT: Final = 5


async def refuse_busy(
    components: Iterable[Component], releases: Releases, *, last: Run | None, state: EnvironmentState, now: datetime
) -> None:
    """Raises Refused where somebody else may be writing the release of one of *components*; *last* is the run in the
    head."""
    for component in components:
        head = releases.head(component) if isinstance(component.source, HelmSource) else None
        found = find_busy(head, component, now=now)
        if found is None or (last is not None and began(last, component.name, found)):
            continue
        if not await _began_before(component.name, found, state):
            raise _busy(component, found, now)


def find_busy(head: ReleaseHead | None, component: Component, *, now: datetime) -> Revision | None:
    """The newest revision, where it is unfinished and young enough that a helm may still be at it."""
    if head is None or not head.newest.is_cut_off or head.newest.modified is None:
        return None
    patience = timedelta(seconds=max(PATIENCE_SECONDS, component.timeout_seconds))
    return head.newest if now - head.newest.modified < patience else None


def began(run: Run, component: str, revision: Revision) -> bool:
    """Whether *run* began *revision*: it was at a step of *component* that did not end well, and not before or after
    it."""
    unfinished = any(
        entry.component == component
        and entry.begin is not None
        and (entry.result is None or not entry.result.outcome.is_good)
        for entry in run.steps.values()
    )
    started = revision.modified
    if started is None or not unfinished:
        return False
    return run.started - _SLACK <= started and (run.ended is None or started <= run.ended + _SLACK)


async def _began_before(component: str, revision: Revision, state: EnvironmentState) -> bool:
    """Whether one of the last runs did, which another one took over from before it came to the component."""
    for summary in (await state.runs())[:_RUNS_LOOKED_AT]:
        run = await state.run(summary.id)
        if run is not None and began(run, component, revision):
            return True
    return False


def refuse_newcomer(
    component: Component, head: ReleaseHead | None, seen: ReleaseHead | None, *, begin: datetime
) -> None:
    """Raises Refused where somebody began a revision after planning looked (*seen*), and before our step's *begin*."""
    if head is None or not head.newest.is_cut_off or (seen is not None and seen.newest.uid == head.newest.uid):
        return
    if head.newest.modified is not None and head.newest.modified < begin - _SLACK:
        raise _busy(component, head.newest, begin)


def refuse_newcomer_at(
    step: Step, component: Component, head: ReleaseHead | None, seen: ReleaseHead | None, run: Run
) -> None:
    """The same, for a step that *run* has begun."""
    entry = run.steps.get(step.name)
    if entry is not None and entry.begin is not None:
        refuse_newcomer(component, head, seen, begin=entry.begin)


def _busy(component: Component, revision: Revision, now: datetime) -> Refused:
    started = revision.modified or now
    patience = max(PATIENCE_SECONDS, component.timeout_seconds)
    age = max(0, round((now - started).total_seconds()))
    return Refused(
        f"release {component.namespace}/{component.release}: revision {revision.number} is {revision.status} since "
        f"{started:%Y-%m-%d %H:%M:%S} UTC ({age} s ago), and no run of this project began it: "
        "another helm may be at work on it",
        hint=f"wait until that helm has ended and run again; if it died, the revision counts as cut off after "
        f"{patience:g} s, or `helm -n {component.namespace} rollback {component.release}` ends it now",
    )
