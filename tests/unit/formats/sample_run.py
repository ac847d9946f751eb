"""One plan and one run with something of everything, for the golden outputs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.exit_codes import ExitCode
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind, Waits
from fairlead.model.report import Report
from fairlead.model.run import Bundle, Outcome, PhaseResult, Run, RunState, StepRecord, StepResult
from fairlead.model.secret import SecretText
from fairlead.model.tier import Tier

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
COMMIT = "0123456789abcdef0123456789abcdef01234567"
SECRET = "t0p-s3cret-value"
DEPLOYMENT = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")
PASSWORD = ObjectRef(kind="Secret", namespace="shop", name="password")
POD = ObjectRef(kind="Pod", namespace="shop", name="old")


def change(action: ChangeAction, reason: str, **given: Any) -> Change:
    return Change(**{"action": action, "reason": reason, **given})


def sample_plan(**given: Any) -> Plan:
    scaled = FieldChange(path=".spec.replicas", wanted=2, found=5, owner="kubectl")
    steps = (
        step("validate/tools", StepKind.CHECK_TOOLS, Phase.VALIDATE, change(ChangeAction.RUN, "always done")),
        step("infra", StepKind.TERRAFORM_APPLY, Phase.PROVISION, change(ChangeAction.REPLACE, "moved", name="host.a")),
        step(
            "namespace/shop",
            StepKind.NAMESPACE,
            Phase.DEPLOY,
            change(
                ChangeAction.CREATE,
                "named by a component, defined by none",
                target=ObjectRef(kind="Namespace", name="shop"),
            ),
        ),
        step(
            "shop",
            StepKind.HELM_UPGRADE,
            Phase.DEPLOY,
            change(ChangeAction.ADOPT, "exists at revision 3", name="release shop/shop"),
            change(
                ChangeAction.UPDATE,
                "conflict: .spec.replicas belongs to kubectl",
                target=DEPLOYMENT,
                fields=(scaled,),
                conflicts=(scaled,),
            ),
            change(
                ChangeAction.UPDATE,
                ".data differ",
                target=PASSWORD,
                fields=(
                    FieldChange(path=".data.password", wanted=SecretText(SECRET), found=SecretText("old")),
                    FieldChange(path=".metadata.labels.a", wanted="x" * 80),
                    FieldChange(path=".immutable", wanted=True, found=None),
                    FieldChange(path=".type", wanted="two\nlines", found=["a", 1]),
                ),
            ),
            change(ChangeAction.DELETE, "no longer in the chart: helm removes it", target=POD),
            change(ChangeAction.NOOP, "as wanted", target=ObjectRef(kind="Service", namespace="shop", name="web")),
            after=("namespace/shop",),
            component="shop",
            waits=Waits.TIERS,
            tier=Tier.APPLICATIONS,
            notes=("2 Helm hooks left out (only Helm runs them)",),
        ),
        step(
            "pages",
            StepKind.APPLY,
            Phase.DEPLOY,
            change(ChangeAction.UNKNOWN, "needs outputs.infra.host, known after provision"),
        ),
        step(
            "calm",
            StepKind.APPLY,
            Phase.DEPLOY,
            change(ChangeAction.NOOP, "input as recorded, 4 objects as we left them"),
        ),
        step(
            "secure/pod-security",
            StepKind.POD_SECURITY,
            Phase.SECURE,
            change(ChangeAction.RUN, "level baseline, always checked"),
        ),
        step(
            "smoke", StepKind.TEST_COMMAND, Phase.TEST, change(ChangeAction.RUN, "test step"), left_out="--skip-tests"
        ),
    )
    fields: dict[str, Any] = {
        "project": "homelab",
        "environment": "local",
        "intent": "sha256:1",
        "steps": steps,
        "preconditions": {str(DEPLOYMENT): "hmac:1"},
        "commit": COMMIT,
        "dirty": True,
        "simulated": True,
        "left_out": ("phase test: --skip-tests",),
        "notes": ("component gone is no longer in the project: what it deployed is kept",),
    }
    return Plan(**{**fields, **given})


def step(name: str, kind: StepKind, phase: Phase, *changes: Change, **given: Any) -> Step:
    return Step(**{"name": name, "kind": kind, "phase": phase, "changes": changes, **given})


def calm_plan() -> Plan:
    noop = change(ChangeAction.NOOP, "input as recorded, 4 objects as we left them")
    return sample_plan(
        steps=(step("calm", StepKind.APPLY, Phase.DEPLOY, noop),), dirty=False, simulated=False, left_out=(), notes=()
    )


def offline_plan() -> Plan:
    unknown = change(ChangeAction.UNKNOWN, "cluster not observed", target=DEPLOYMENT)
    return sample_plan(
        steps=(step("shop", StepKind.APPLY, Phase.DEPLOY, unknown, unknown),),
        cluster_observed=False,
        commit="",
        simulated=False,
        left_out=(),
        notes=(),
    )


RESULTS = {
    "validate/tools": StepResult(outcome=Outcome.PASSED, reason="helm 4.3.1", seconds=0.25, checked=1),
    "infra": StepResult(
        outcome=Outcome.CHANGED,
        reason="1 resources changed, 2 outputs",
        seconds=12.5,
        checked=1,
        written=1,
        before="0a0a0a0a0a0a",
        after="1b1b1b1b1b1b",
    ),
    "namespace/shop": StepResult(outcome=Outcome.CHANGED, reason="made, Pod Security baseline", checked=1, written=1),
    "shop": StepResult(
        outcome=Outcome.FAILED,
        reason='Deployment shop/web failed: <crashes> & burns "now"\x1b[0m',
        hint="look at its log",
        seconds=61.0,
        checked=3,
        exit_code=1,
        findings=(
            Finding(rule="r", message="bad", ref=DEPLOYMENT),
            Finding(rule="s", message="so-so", severity=Severity.WARNING, location=Location("charts/a.yaml", 3, 7)),
        ),
    ),
    "pages": StepResult(outcome=Outcome.SKIPPED, reason="shop did not end well"),
    "calm": StepResult(outcome=Outcome.NOOP, reason="input as recorded, 4 objects as we left them", checked=1),
    "secure/pod-security": StepResult(
        outcome=Outcome.PASSED, reason="12 rendered and live objects at level baseline", checked=12
    ),
    "smoke": StepResult(outcome=Outcome.SKIPPED, reason="--skip-tests", is_left_out=True),
}
PHASES = (
    PhaseResult(phase=Phase.VALIDATE, outcome=Outcome.PASSED, seconds=0.25, budget_seconds=180, steps=1, checked=1),
    PhaseResult(phase=Phase.PROVISION, outcome=Outcome.CHANGED, seconds=612.5, budget_seconds=600, steps=1, checked=1),
    PhaseResult(phase=Phase.DEPLOY, outcome=Outcome.FAILED, seconds=61.0, budget_seconds=900, steps=4, checked=5),
    PhaseResult(phase=Phase.SECURE, outcome=Outcome.PASSED, seconds=0.1, budget_seconds=300, steps=1, checked=12),
    PhaseResult(phase=Phase.TEST, outcome=Outcome.SKIPPED, seconds=0.0, budget_seconds=480, steps=1, left_out=1),
)


def failed_run(**given: Any) -> Run:
    entries = {
        one.name: StepRecord(
            kind=one.kind,
            phase=one.phase,
            component=one.component,
            begin=START,
            end=START + timedelta(seconds=RESULTS[one.name].seconds),
            result=RESULTS[one.name],
        )
        for one in sample_plan().steps
    }
    fields: dict[str, Any] = {
        "id": "20260102-030405-abcdef",
        "environment": "local",
        "state": RunState.FAILED,
        "intent": "sha256:1",
        "holder": "ann@laptop pid 7",
        "token": 4,
        "started": START,
        "ended": START + timedelta(seconds=75.5),
        "commit": COMMIT,
        "dirty": True,
        "simulated": True,
        "steps": entries,
        "phases": PHASES,
        "cause": "shop: Deployment shop/web failed",
    }
    return Run(**{**fields, **given})


def good_run(**given: Any) -> Run:
    steps = failed_run().steps
    bundle = Bundle(
        digest="sha256:fedcba9876543210fedcba9876543210",
        components={"calm": "sha256:c", "infra": "sha256:i"},
        commit=COMMIT,
        unpromotable=("nodes and pods are simulated", "phase test: --skip-tests"),
    )
    good = {name: entry for name, entry in steps.items() if name not in ("shop", "pages", "smoke")}
    phases = tuple(phase for phase in PHASES if phase.phase in (Phase.VALIDATE, Phase.PROVISION, Phase.SECURE))
    return failed_run(
        **{"state": RunState.SUCCEEDED, "steps": good, "phases": phases, "bundle": bundle, "cause": "", **given}
    )


def failed_report() -> Report:
    return Report(plan=sample_plan(), run=failed_run(), exit_code=ExitCode.FAILED, changed=True)


def good_report() -> Report:
    plan = sample_plan(steps=tuple(s for s in sample_plan().steps if s.name in good_run().steps))
    return Report(plan=plan, run=good_run(), exit_code=ExitCode.DONE, changed=True)
