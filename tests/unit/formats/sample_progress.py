"""Runs of 5 and of 100 components, part of the way, for pictures of the screen."""

from __future__ import annotations

from datetime import timedelta

from fairlead.model.plan import Phase, Waits
from fairlead.model.progress import NAMESPACES, PhaseProgress, Progress, StepProgress
from fairlead.model.run import Outcome
from fairlead.model.tier import Tier
from unit.formats.sample_run import START

NOW = START + timedelta(seconds=72)


def step(name: str, tier: Tier | None = None, **given: object) -> StepProgress:
    fields = {"name": name, "phase": Phase.DEPLOY, "tier": tier, "group": tier.value if tier else "", **given}
    return StepProgress(**fields)  # type: ignore[arg-type]  # the fields of a step


def done(name: str, tier: Tier | None = None, **given: object) -> StepProgress:
    fields = {"outcome": Outcome.CHANGED, "seconds": 12.34, "started": START, "said": "revision 1, 5 objects", **given}
    return step(name, tier, **fields)


def running(name: str, tier: Tier, said: str, *, since: float = 60) -> StepProgress:
    return step(name, tier, waits=Waits.TIERS, started=NOW - timedelta(seconds=since), said=said)


def five(**given: object) -> Progress:
    steps = (
        *(
            done(f"validate/{n}", phase=Phase.VALIDATE, outcome=Outcome.PASSED, seconds=0.1)
            for n in ("tools", "project")
        ),
        done("infra", phase=Phase.PROVISION, said="1 resources changed, 2 outputs"),
        done("namespace/shop", group=NAMESPACES, said="made, Pod Security baseline"),
        done("gateway", Tier.INFRASTRUCTURE),
        step("dns", Tier.INFRASTRUCTURE, outcome=Outcome.NOOP, said="input as recorded, 4 objects as we left them"),
        running("database", Tier.STORAGE, "waiting for StatefulSet shop/database: 1 of 3 pods ready"),
        done("cache", Tier.STORAGE, outcome=Outcome.FAILED, seconds=61.0, said=FAILURE),
        step("shop", Tier.APPLICATIONS, waits=Waits.TIERS, after=("database",)),
        step("secure/pod-security", phase=Phase.SECURE, waits=Waits.ALL),
        step("smoke", phase=Phase.TEST, waits=Waits.ALL),
    )
    return progress(*steps, **given)


FAILURE = (
    "Deployment shop/cache failed: container redis crashes again and again (CrashLoopBackOff); pod "
    "cache-6b7c9d8f5-x2x7k: exit code 1 after 3 restarts; last event BackOff; last log line: FATAL: cannot open /data"
)


def hundred(*, at_work: int = 8, failed: int = 2) -> Progress:
    tiers = [tier for tier in Tier for _ in range(25)]
    steps = [done("infra", phase=Phase.PROVISION)]
    for number, tier in enumerate(tiers):
        name = f"component-{number:03}"
        if number < 50:
            steps.append(done(name, tier))
        elif number < 50 + failed:
            steps.append(done(name, tier, outcome=Outcome.FAILED, said=FAILURE))
        elif number < 50 + failed + at_work:
            said = f"waiting for Deployment team-{number}/{name} and 2 more: 1 of 3 pods ready"
            steps.append(running(name, tier, said, since=number))
        else:
            steps.append(step(name, tier, waits=Waits.TIERS))
    steps.append(step("secure/pod-security", phase=Phase.SECURE, waits=Waits.ALL))
    return progress(*steps)


def progress(*steps: StepProgress, **given: object) -> Progress:
    phases = {s.phase: PhaseProgress(phase=s.phase, budget_seconds=s.phase.default_budget) for s in steps}
    began = {Phase.VALIDATE: 0.2, Phase.PROVISION: 12.3}
    for phase, seconds in began.items():
        ended = PhaseProgress(
            phase=phase,
            budget_seconds=phase.default_budget,
            started=START,
            seconds=seconds,
            outcome=Outcome.CHANGED,
        )
        if phase in phases:
            phases[phase] = ended
    deploy = PhaseProgress(phase=Phase.DEPLOY, budget_seconds=60.0, started=START + timedelta(seconds=1))
    fields = {
        "title": "deploying local",
        "run": "20260102-030405-abcdef",
        "started": START,
        "steps": {s.name: s for s in steps},
        "phases": {**phases, Phase.DEPLOY: deploy},
        **given,
    }
    return Progress(**fields)  # type: ignore[arg-type]  # the fields of a progress
