"""Follows a run by its events, and says what each step that has not started waits for.

The rules of waiting are those of engine/executor; a test compares the two on graphs of any shape.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence

from fairlead.model.environment import Environment
from fairlead.model.event import Event, EventKind
from fairlead.model.plan import Phase, Plan, Step, StepKind, Waits
from fairlead.model.progress import NAMESPACES, PhaseProgress, Progress, StepProgress
from fairlead.model.tier import Tier

NAMED = 2
"""Names of steps that are listed before the rest is counted."""


def begin(plan: Plan, environment: Environment) -> Progress:
    """The progress of *plan* before its first event."""
    tiers = {step.component: step.tier for step in plan.steps if step.tier is not None}
    return Progress(
        title=environment.name,
        steps={step.name: _step(step, tiers) for step in plan.steps},
        phases={phase: _phase(phase, environment) for phase in Phase if any(s.phase is phase for s in plan.steps)},
    )


def _step(step: Step, tiers: Mapping[str, Tier]) -> StepProgress:
    # The definitions that a component brings are listed under its tier, though they do not wait for the tiers before.
    tier = tiers.get(step.component)
    return StepProgress(
        name=step.name,
        phase=step.phase,
        group=NAMESPACES if step.kind is StepKind.NAMESPACE else tier.value if tier else "",
        tier=step.tier,
        after=step.after,
        waits=step.waits,
    )


def _phase(phase: Phase, environment: Environment) -> PhaseProgress:
    return PhaseProgress(phase=phase, budget_seconds=environment.budget(phase))


def follow(progress: Progress, event: Event) -> Progress:
    """*progress* after *event*. Events may come in any order and name steps that no plan had."""
    match event.kind:
        case EventKind.RUN_STARTED:
            title = event.text.partition(f", run {event.run}")[0] or progress.title
            return dataclasses.replace(progress, title=title, run=event.run, started=event.time)
        case EventKind.RUN_ENDED:
            return dataclasses.replace(progress, has_ended=True)
        case EventKind.PHASE_STARTED | EventKind.PHASE_ENDED:
            return _follow_phase(progress, event)
        case EventKind.STEP_STARTED | EventKind.STEP_PROGRESS | EventKind.STEP_ENDED:
            return _follow_step(progress, event)


def _follow_phase(progress: Progress, event: Event) -> Progress:
    if event.phase is None:
        return progress
    known = progress.phases.get(event.phase)
    known = known or PhaseProgress(phase=event.phase, budget_seconds=event.phase.default_budget)
    if event.kind is EventKind.PHASE_STARTED:
        known = dataclasses.replace(known, started=event.time)
    else:
        known = dataclasses.replace(known, outcome=event.outcome, seconds=event.seconds or 0.0)
    return dataclasses.replace(progress, phases={**progress.phases, event.phase: known})


def _follow_step(progress: Progress, event: Event) -> Progress:
    if not event.step:
        return progress
    known = progress.steps.get(event.step) or StepProgress(name=event.step, phase=event.phase or Phase.DEPLOY)
    return dataclasses.replace(progress, steps={**progress.steps, event.step: _moved(known, event)})


def _moved(step: StepProgress, event: Event) -> StepProgress:
    match event.kind:
        case EventKind.STEP_STARTED:
            return dataclasses.replace(step, started=event.time, outcome=None, said="")
        case EventKind.STEP_PROGRESS:
            return dataclasses.replace(step, started=step.started or event.time, said=event.text)
        case _:
            return dataclasses.replace(step, outcome=event.outcome, seconds=event.seconds, said=event.text)


def find_blockers(progress: Progress) -> Mapping[str, str]:
    """What each step that waits is waiting for, by its name: a phase, other steps, a tier, or a free place."""
    open_phases = Counter(s.phase for s in progress.steps.values() if s.outcome is None)
    open_tiers = Counter((s.phase, s.tier) for s in progress.steps.values() if s.outcome is None and s.tier is not None)
    return {
        step.name: _blocker(step, progress, open_phases, open_tiers)
        for step in progress.steps.values()
        if step.is_waiting
    }


def _blocker(step: StepProgress, progress: Progress, phases: Counter[Phase], tiers: Counter[tuple[Phase, Tier]]) -> str:
    barrier = next((p for p in Phase if p.is_barrier and p.rank < step.phase.rank and phases[p]), None)
    if barrier is not None:
        return f"phase {barrier.value}"
    steps = [name for name in step.after if (other := progress.steps.get(name)) and other.outcome is None]
    if steps:
        return _listed(steps)
    if step.waits is Waits.TIERS and step.tier is not None:
        tier = next((t for t in Tier if t.rank < step.tier.rank and tiers[step.phase, t]), None)
        if tier is not None:
            return f"tier {tier.value} ({tiers[step.phase, tier]} left)"
    if step.waits is Waits.ALL and step.phase.rank > Phase.DEPLOY.rank and phases[Phase.DEPLOY]:
        return f"phase {Phase.DEPLOY.value}"
    return "a free place"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return f"{', '.join(names[:NAMED])}{more}"
