"""The steps that remove things, and their order: after everything that writes, users before what they use."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fairlead.model.change import Change
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Phase, Step, StepKind
from fairlead.model.record import Standing
from fairlead.planning.makers import Thing


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedRemoval:
    """What goes of one component: *release* is what helm removes, *objects* what we delete ourselves, *resources* what
    Terraform destroys; empty where there is nothing. *standing* is the component's place in the order; *uses* are the
    kinds and namespaces of what goes, *makes* those that go with it."""

    component: str
    standing: Standing
    release: tuple[Change, ...] = ()
    objects: tuple[Change, ...] = ()
    resources: tuple[Change, ...] = ()
    uses: frozenset[Thing] = frozenset()
    makes: frozenset[Thing] = frozenset()
    timeout_seconds: float = 600
    notes: tuple[str, ...] = ()


def removal_steps(removals: Sequence[PlannedRemoval], *, after: Collection[str]) -> tuple[Step, ...]:
    """The steps of *removals*, in an order in which they may start; *after* are steps that all of them wait for."""
    order = _order(removals)
    steps: dict[str, list[Step]] = {}
    for removal in order:
        users = [user for user in order if user.component in steps and _uses(user, removal)]
        before = {step.name for user in users for step in steps[user.component]}
        steps[removal.component] = _steps_of(removal, after={*after, *before})
    return tuple(step for of_one in steps.values() for step in of_one)


def _steps_of(removal: PlannedRemoval, *, after: Collection[str]) -> list[Step]:
    kinds = (
        (StepKind.HELM_UNINSTALL, "uninstall", removal.release),
        (StepKind.PRUNE, "prune", removal.objects),
        (StepKind.TERRAFORM_DESTROY, "destroy", removal.resources),
    )
    found: list[Step] = []
    for kind, verb, changes in kinds:
        if changes:
            step = Step(
                name=f"{removal.component}/{verb}",
                kind=kind,
                phase=Phase.DEPLOY,
                component=removal.component,
                changes=changes,
                after=tuple(sorted({*after, *(earlier.name for earlier in found)})),
                timeout_seconds=removal.timeout_seconds,
                notes=() if found else removal.notes,
            )
            found.append(step)
    return found


def _order(removals: Sequence[PlannedRemoval]) -> list[PlannedRemoval]:
    """Each after those that use it. What was recorded at different times may use each other: then the later tier goes
    first, so that there is an order in any case."""
    ordered: dict[str, PlannedRemoval] = {}
    visiting: set[str] = set()

    def visit(removal: PlannedRemoval) -> None:
        if removal.component in ordered or removal.component in visiting:
            return
        visiting.add(removal.component)
        for user in by_tier:
            if _uses(user, removal):
                visit(user)
        ordered[removal.component] = removal

    by_tier = sorted(removals, key=lambda r: (-r.standing.tier.rank, r.component))
    for removal in by_tier:
        visit(removal)
    return list(ordered.values())


def _uses(user: PlannedRemoval, used: PlannedRemoval) -> bool:
    """Whether *user* waited for *used* when they were deployed."""
    if user.component == used.component:
        return False
    if user.uses & used.makes or (used.resources and not user.resources):
        return True
    if user.standing.needs:
        return used.component in user.standing.needs
    return used.standing.tier.rank < user.standing.tier.rank
