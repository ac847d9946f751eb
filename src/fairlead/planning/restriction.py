"""The part of a plan that one verb is about: `test`, `secure` and `validate --pre-deployment` are the one flow with
fewer steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

from fairlead.model.plan import Phase, Plan, Step, StepKind


def restrict(
    plan: Plan,
    *,
    phase: Phase,
    kinds: Collection[StepKind] | None = None,
    names: Collection[str] | None = None,
) -> Plan:
    """*plan* with the steps of *phase* only; of those only *kinds*, and only those of the components *names* (None:
    all). Nothing else is *left out*: it was never meant."""
    steps = [step for step in plan.steps if step.phase is phase and _is_meant(step, kinds, names)]
    kept = {step.name for step in steps}
    alone = (dataclasses.replace(step, after=tuple(name for name in step.after if name in kept)) for step in steps)
    return dataclasses.replace(plan, steps=tuple(alone), left_out=())


def _is_meant(step: Step, kinds: Collection[StepKind] | None, names: Collection[str] | None) -> bool:
    is_given = step.kind is StepKind.TEST_COMMAND and not step.component
    return (kinds is None or step.kind in kinds) and (names is None or step.component in names or is_given)
