"""Flags that go together with no other: refused before anything is read. And a check that had nothing to look at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairlead.cli.main import run
from fairlead.model.rules import rules_of

Err = pytest.CaptureFixture[str]
PROJECT = "apiVersion: fairlead.dev/v1\nproject: p\nenvironments: {local: {}}\ncomponents:\n"
ROOT = "  - {name: place, terraform: terraform}\n"
WEB = "  - {name: web, manifests: web.yaml}\n"
RULES = len(rules_of())
NOTHING = "error: nothing was checked: the components have no objects\nhint: see `fairlead render`\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_STATE_HOME", "FAIRLEAD_RUN", "FAIRLEAD_PLAN", "FAIRLEAD_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.mark.parametrize("flag", ["--report-file", "--events-file", "--plan"])
def test_a_dry_run_takes_no_file_of_a_run(folder: Path, flag: str, capsys: Err) -> None:
    assert run(["deploy", "--dry-run", flag, "file"]) == 4
    assert capsys.readouterr().err == (
        f"error: --dry-run carries nothing out, so {flag} has no effect\n"
        "hint: `fairlead plan -o json` prints the plan, `fairlead plan --out FILE` saves it\n"
    )
    assert list(folder.iterdir()) == []


def test_read_only_runs_no_command(capsys: Err) -> None:
    assert run(["test", "--read-only", "python3", "check.py"]) == 4
    assert capsys.readouterr().err == (
        "error: --read-only runs no command, so python3 would not run\n"
        "hint: leave out either --read-only or the command\n"
    )


def test_components_without_any_object_fail(folder: Path, capsys: Err) -> None:
    (folder / "fairlead.yaml").write_text(PROJECT + WEB)
    (folder / "web.yaml").write_text("# nothing yet\n")
    assert run(["validate"]) == 1
    assert capsys.readouterr() == (
        f"checked 0 objects of 1 component with {RULES} rules: 0 faults, 0 warnings\n",
        NOTHING,
    )
    assert run(["validate", "-o", "json"]) == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["schema"] == "fairlead.dev/validation/v1"
    assert shown.err == NOTHING


def test_a_project_of_terraform_alone_has_no_objects_to_check(folder: Path, capsys: Err) -> None:
    (folder / "fairlead.yaml").write_text(PROJECT + ROOT)
    (folder / "terraform").mkdir()
    (folder / "terraform" / "main.tf").write_text("")
    assert run(["validate"]) == 0
    assert capsys.readouterr() == (f"checked 0 objects of 1 component with {RULES} rules: 0 faults, 0 warnings\n", "")


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--adopt", "--revert"], "--adopt and --revert do not go together"),
        (["--adopt", "--watch"], "--adopt and --watch do not go together"),
        (["--watch", "--revert"], "--watch and --revert do not go together"),
        (["--dry-run"], "--dry-run is for --adopt"),
        (["--yes"], "--yes is for --revert and --adopt"),
        (["--adopt", "--report-file", "x.xml"], "--adopt writes no report"),
        (["--adopt", "-o", "junit"], "-o junit is the form of a single check"),
        (["--adopt", "--interval", "1s"], "--interval is for --watch"),
    ],
)
def test_a_drift_check_has_one_purpose(flags: list[str], said: str, capsys: Err) -> None:
    assert run(["drift", *flags]) == 4
    assert capsys.readouterr().err.startswith(f"error: {said}\n")
