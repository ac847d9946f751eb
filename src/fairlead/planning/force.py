"""`--no-incremental`: what is done to a component although nothing says that it must be."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource

FLAG = "--no-incremental"


def with_force(component: Component, changes: Sequence[Change]) -> tuple[Change, ...]:
    """*changes*, found by rendering and comparing everything anew, and what is done beyond them.

    Helm is run again, since only a new revision says that the chart's hooks and its stored manifest are as wanted.
    Plain objects were each tried on the API server by now: one that is as wanted has nothing to write.
    """
    if isinstance(component.source, HelmSource):
        # An adoption alone would let the revision that is there stand.
        is_written = any(c.action.is_change and c.action is not ChangeAction.ADOPT for c in changes)
        name = f"release {component.namespace}/{component.release}"
        anew = Change(action=ChangeAction.UPDATE, name=name, reason=f"upgraded anew: {FLAG}")
        return tuple(changes) if is_written else (anew, *changes)
    if any(change.action.is_change for change in changes):
        return tuple(changes)
    reason = f"rendered and tried anew, {len(changes)} objects as wanted: {FLAG}"
    return (Change(action=ChangeAction.NOOP, name=component.name, reason=reason), *changes)
