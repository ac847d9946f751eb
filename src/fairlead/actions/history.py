"""Lists the runs of an environment, newest first."""

from __future__ import annotations

from fairlead.model.run import RunSummary, summary_of
from fairlead.ports import EnvironmentState


async def find_history(state: EnvironmentState) -> tuple[RunSummary, ...]:
    head = await state.head()
    archived = await state.runs()
    current = (summary_of(head.run),) if head and head.run else ()
    return tuple(sorted((*current, *archived), key=lambda s: s.started, reverse=True))
