from __future__ import annotations

from datetime import UTC, datetime

import pytest

from fairlead.actions.check import report_of
from fairlead.formats.check_text import format_check
from fairlead.model.change import Change, ChangeAction
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.run import Outcome, Run, RunState, StepRecord, StepResult

RUN = Change(action=ChangeAction.RUN, name="it", reason="always done")
INGRESS = ObjectRef(group="networking.k8s.io", kind="Ingress", namespace="shop", name="web")
PLAIN = Finding(rule="tls/plain", message="serves a without TLS", hint="add it", severity=Severity.WARNING, ref=INGRESS)
GOOD = StepResult(outcome=Outcome.PASSED, reason="2 Ingresses", seconds=0.12, checked=2, findings=(PLAIN,))
NOTHING = StepResult(outcome=Outcome.NOOP, reason="no TLS Secret")
SIMULATED = StepResult(outcome=Outcome.SKIPPED, reason="not evaluated: simulated", is_left_out=True)
FAILED = StepResult(outcome=Outcome.FAILED, reason="status 500", hint="see it", seconds=30.0, checked=1, exit_code=1)


def report(*results: StepResult, state: RunState = RunState.SUCCEEDED) -> tuple[str, ExitCode]:
    steps = tuple(
        Step(name=f"step{number}", kind=StepKind.TLS, phase=Phase.SECURE, changes=(RUN,))
        for number in range(len(results))
    )
    plan = Plan(project="homelab", environment="local", intent="1", steps=steps)
    run = Run(
        id="1",
        environment="local",
        state=state,
        intent="1",
        holder="me",
        token=0,
        started=datetime(2026, 1, 1, tzinfo=UTC),
        simulated=any(result.is_left_out for result in results),
        steps={
            step.name: StepRecord(kind=step.kind, phase=step.phase, result=result)
            for step, result in zip(steps, results, strict=True)
        },
    )
    found = report_of(plan, run)
    return format_check(found), found.exit_code


def test_each_check_is_said_with_its_findings_and_remedies() -> None:
    text, code = report(GOOD, FAILED, SIMULATED, state=RunState.FAILED)
    assert code is ExitCode.FAILED
    assert text.splitlines() == [
        "passed         step0     0.1 s  2 Ingresses",
        "  warning: Ingress shop/web: serves a without TLS",
        "    hint: add it",
        "failed         step1    30.0 s  status 500",
        "  hint: see it",
        "not evaluated  step2     0.0 s  not evaluated: simulated",
        "secure local (simulated): 1 passed, 1 failed, 1 not evaluated; 3 checked",
    ]


@pytest.mark.parametrize("results", [(NOTHING,), (SIMULATED,), (NOTHING, SIMULATED)])
def test_where_nothing_was_looked_at_nothing_is_good(results: tuple[StepResult, ...]) -> None:
    text, code = report(*results)
    assert code is ExitCode.FAILED
    assert text.rstrip().endswith("0 checked: nothing was evaluated")


def test_one_that_looked_is_enough() -> None:
    assert report(NOTHING, GOOD, SIMULATED)[1] is ExitCode.DONE
