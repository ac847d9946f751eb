"""What planning hands to the run: the plan, and what was prepared for it in memory."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.removing import Removals
from fairlead.engine.renderer import Renderer
from fairlead.model.component import Component
from fairlead.model.frozen import dataclass, field
from fairlead.model.infrastructure import Output, TerraformPlan
from fairlead.model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, and what was prepared for it in memory. *look_again* stands for rendering where nothing is rendered."""

    plan: Plan
    prepared: Mapping[str, Prepared]
    terraform: Mapping[str, TerraformPlan]
    outputs: dict[str, Mapping[str, Output]]
    preparer: Preparer
    renderer: Renderer
    memory: Memory
    look_again: Callable[[Component], Awaitable[Prepared]] | None = None
    removals: Removals = field(default_factory=Removals)
