from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.actions.carrying_out import ConflictsFound
from fairlead.cli.bugs import show_bug
from fairlead.cli.faults import show_fault
from fairlead.formats.conflict_text import CHOICES
from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.errors import FairleadError, InputError, Interrupted, Refused, StepFailed, Unavailable
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind

POD = ObjectRef(kind="Pod", namespace="x", name="a")
Err = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (StepFailed("no"), 1),
        (Unavailable("no"), 1),
        (Refused("no"), 3),
        (InputError("no"), 4),
        (Interrupted("no"), 130),
    ],
)
def test_each_error_has_its_code_and_says_why(error: FairleadError, code: int, capsys: Err) -> None:
    assert show_fault(error) == code
    assert capsys.readouterr() == ("", "error: no\n")


def test_a_hint_follows_the_cause(capsys: Err) -> None:
    show_fault(Refused("no", hint="try that"))
    assert capsys.readouterr().err == "error: no\nhint: try that\n"


def test_findings_come_first_each_with_its_place(capsys: Err) -> None:
    findings = [
        Finding(rule="r", message="wrong", hint="right", location=Location("a.yaml", 3, 7)),
        Finding(rule="r", message="odd", severity=Severity.WARNING, ref=POD),
        Finding(rule="r", message="both", location=Location("b.yaml"), ref=POD),
    ]
    assert show_fault(InputError("3 faults", hint="see above", findings=findings)) == 4
    assert capsys.readouterr().err.splitlines() == [
        "a.yaml:3:7: wrong",
        "  hint: right",
        "warning: Pod x/a: odd",
        "b.yaml: both (Pod x/a)",
        "error: 3 faults",
    ]


def test_conflicts_name_wanted_found_and_owner(capsys: Err) -> None:
    moment = "2026-01-01T00:00:00Z"
    field = FieldChange(path=".spec.replicas", wanted=2, found=5, owner="kubectl", since=moment)
    change = Change(action=ChangeAction.UPDATE, reason="conflict", target=POD, fields=(field,), conflicts=(field,))
    step = Step(name="web", kind=StepKind.APPLY, phase=Phase.DEPLOY, component="web", changes=(change,))
    plan = Plan(project="p", environment="local", intent="i", steps=(step,))
    assert show_fault(ConflictsFound(plan, [change])) == 3
    assert capsys.readouterr().err.splitlines() == [
        "conflict: Pod x/a",
        f"  .spec.replicas: wanted 2, found 5, owner kubectl since {moment}",
        "  take back: fairlead deploy -e local --force-conflicts",
        "  take over: write into component web: .spec.replicas = 5",
        "  leave it:  in fairlead.ignore.yaml: - {component: web, kind: Pod, namespace: x, name: a, "
        "fields: ['.spec.replicas'], reason: …, owner: …, expires: YYYY-MM-DD}",
        "error: Pod x/a: conflict",
        f"hint: {CHOICES}",
    ]


def test_a_bug_is_one_line_and_a_log_for_the_user_only(
    capsys: Err, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert show_bug(KeyError("a thing")) == 70
    (log,) = (tmp_path / "fairlead" / "bugs").iterdir()
    assert "KeyError" in log.read_text()
    assert log.stat().st_mode & 0o777 == 0o600
    assert capsys.readouterr().err == f"bug: KeyError: 'a thing'\nhint: please report it with {log}\n"


def test_a_bug_whose_log_cannot_be_written_shows_its_trace(
    capsys: Err, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    assert show_bug(KeyError("a thing")) == 70
    assert capsys.readouterr().err.startswith("bug: KeyError: 'a thing'\nKeyError: 'a thing'")


def test_what_a_program_said_does_not_steer_the_terminal(capsys: Err) -> None:
    show_fault(StepFailed("helm said \x1b[2J"))
    assert "\x1b" not in capsys.readouterr().err
