"""What planning is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.model.component import Component
from fairlead.model.environment import Environment
from fairlead.model.frozen import dataclass, field
from fairlead.model.removal import Removal
from fairlead.planning.graph import PhasesLeftOut


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """*selected* component names (None: all), phases left out and why, values from `--set`, one more test command.
    *rerun*: tests run however fresh their evidence is. *is_forced*: nothing is taken to be unchanged. *removal*: what
    goes of what nobody wants. *maintenance*: the environment is closed meanwhile."""

    selected: frozenset[str] | None = None
    left_out: PhasesLeftOut = field(default_factory=PhasesLeftOut)
    skip_crds: bool = False
    overrides: Mapping[str, object] = field(default_factory=dict)
    extra_test: tuple[str, ...] = ()
    cache_images: bool = False
    rerun: bool = False
    is_forced: bool = False
    removal: Removal = field(default_factory=Removal)
    maintenance: bool = False

    def why_left_out(self, components: Sequence[Component], *, environment: Environment) -> tuple[str, ...]:
        """A reason for each phase, each of *components* and each component of *environment* that is left out."""
        reasons = [f"phase {phase.value}: {reason}" for phase, reason in self.left_out.reasons.items()]
        if self.selected is not None:
            names = {component.name for component in components}
            reasons += [f"component {name}: not selected" for name in sorted(names - self.selected)]
        return (*reasons, *(f"component {one.component}: {one.message}" for one in environment.left_out))
