"""`fairlead diff` on a project of plain manifests, which needs no other program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from fairlead.cli.main import run

Out = pytest.CaptureFixture[str]
PROJECT = """\
apiVersion: fairlead.dev/v1
project: p
environments: {staging: {}, production: {}}
components:
  - {name: shop, manifests: "{environment}.yaml"}
"""
WEB = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {level: LEVEL}
"""
EXTRA = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: key, namespace: shop}\nstringData: {key: hunter22}\n"
TEXT = """\
configuration (1)
  shop
    ConfigMap shop/settings
      ~ .data.level: debug → info
extra in production (1)
  shop
    + Secret shop/key
Compared 1 object of staging with 2 of production: 1 configuration, 1 extra.
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "fairlead.yaml").write_text(PROJECT)
    (tmp_path / "staging.yaml").write_text(WEB.replace("LEVEL", "debug"))
    (tmp_path / "production.yaml").write_text(WEB.replace("LEVEL", "info") + EXTRA)
    return tmp_path


def test_two_environments_as_text(capsys: Out) -> None:
    assert run(["diff", "staging", "production"]) == 0
    assert capsys.readouterr() == (TEXT, "")


def test_the_detailed_exit_code_says_that_something_differs(folder: Path) -> None:
    assert run(["diff", "staging", "production", "--detailed-exitcode"]) == 2
    (folder / "production.yaml").write_text((folder / "staging.yaml").read_text())
    assert run(["diff", "staging", "production", "--detailed-exitcode"]) == 0


def test_json_and_a_file_hold_the_same_and_no_secret(folder: Path, capsys: Out) -> None:
    assert run(["diff", "staging", "production", "-o", "json", "--report-file", "found.json"]) == 0
    said = capsys.readouterr().out
    assert said == (folder / "found.json").read_text() + "\n"
    found = json.loads(said)
    assert (found["schema"], found["counts"]["extra"]) == ("fairlead.dev/diff/v1", 1)
    assert "hunter22" not in said


def test_what_does_not_render_is_named_and_ends_with_4(folder: Path, capsys: Out) -> None:
    (folder / "production.yaml").write_text("kind: [\n")
    assert run(["diff", "staging", "production"]) == 4
    assert "not compared: shop does not render in production: production.yaml:" in capsys.readouterr().out


def test_an_environment_is_not_compared_with_itself(capsys: Out) -> None:
    assert run(["diff", "staging", "staging"]) == 4
    assert capsys.readouterr().err.startswith("error: staging and staging are the same environment\n")


EXPECTED = """\
apiVersion: fairlead.dev/v1
expected:
  - {kind: ConfigMap, fields: [.data.level], reason: staging tells more}
  - {between: [production, staging], component: shop, kind: Secret, fields: ["*"], reason: only there}
  - {between: [staging, edge], fields: ["*"], reason: other environments}
  - {name: nobody, fields: [.spec], reason: never}
"""


def test_expected_differences_are_counted_and_unused_entries_named(folder: Path, capsys: Out) -> None:
    (folder / "fairlead.yaml").write_text(PROJECT.replace("production: {}", "production: {}, edge: {}"))
    (folder / "edge.yaml").write_text(WEB)
    (folder / "fairlead.differences.yaml").write_text(EXPECTED)
    assert run(["diff", "staging", "production", "--detailed-exitcode"]) == 0
    assert capsys.readouterr().out == (
        "expected: 1 × staging tells more\n"
        "expected: 1 × only there\n"
        "note: fairlead.differences.yaml:6:5: nothing differs that it expects (never)\n"
        "Compared 1 object of staging with 2 of production: no difference, 2 expected.\n"
    )


def test_faults_of_the_file_of_expected_differences_are_told_all(folder: Path, capsys: Out) -> None:
    (folder / "fairlead.differences.yaml").write_text(
        "apiVersion: fairlead.dev/v1\nexpected:\n"
        "  - {between: [staging], fields: [spec], reason: x}\n  - {between: [staging, prod], fields: [.a], reason: x}\n"
    )
    assert run(["diff", "staging", "production"]) == 4
    said = capsys.readouterr().err
    assert all(text in said for text in ("names two environments", "not a field: spec", "unknown environment: prod"))


def commit(folder: Path) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.test", "-c", "init.defaultBranch=main")
    for words in (("init", "--quiet"), ("add", "--all"), ("commit", "--quiet", "-m", "change")):
        subprocess.run(["git", *who, *words], cwd=folder, check=True)


def test_two_revisions_name_the_environments_that_differ(folder: Path, capsys: Out) -> None:
    commit(folder)
    (folder / "production.yaml").write_text(WEB.replace("LEVEL", "info"))
    assert run(["diff", "--rev", "HEAD", "--detailed-exitcode"]) == 2
    first, *rest = capsys.readouterr().out.splitlines()
    assert (first, rest[:3]) == ("production", ["missing in the working tree (1)", "  shop", "    - Secret shop/key"])
    assert rest[-1] == "the same in both: staging"
    commit(folder)
    assert run(["diff", "--rev", "HEAD", "--detailed-exitcode"]) == 0
    assert run(["diff", "--rev", "HEAD~1..HEAD", "-e", "staging", "-o", "json", "--detailed-exitcode"]) == 0
    assert run(["diff", "--rev", "HEAD~1..HEAD", "-o", "json", "--detailed-exitcode"]) == 2


def test_environments_in_which_the_same_differs_are_told_together(folder: Path, capsys: Out) -> None:
    commit(folder)
    for name in ("staging.yaml", "production.yaml"):
        (folder / name).write_text(f"{(folder / name).read_text()}---\n{WEB.replace('settings', 'more')}")
    assert run(["diff", "--rev", "main"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[:4] == ["staging, production", "extra in the working tree (1)", "  shop", "    + ConfigMap shop/more"]
    assert [text.partition(":")[0] for text in said[4:]] == ["staging", "production"]


def test_an_environment_that_one_revision_does_not_have_is_told(folder: Path, capsys: Out) -> None:
    commit(folder)
    (folder / "fairlead.yaml").write_text(PROJECT.replace("production: {}", "production: {}, edge: {}"))
    (folder / "edge.yaml").write_text(WEB)
    assert run(["diff", "--rev", "HEAD", "-e", "edge", "--detailed-exitcode"]) == 2
    assert capsys.readouterr().out.splitlines()[:2] == ["edge", f"  this environment is not in HEAD ({head(folder)})"]


def head(folder: Path) -> str:
    said = subprocess.run(["git", "rev-parse", "HEAD"], cwd=folder, check=True, capture_output=True, text=True).stdout
    return said[:12]


def test_a_project_that_cannot_be_read_then_is_told_with_its_revision(folder: Path, capsys: Out) -> None:
    (folder / "fairlead.yaml").write_text("apiVersion: other\n")
    commit(folder)
    (folder / "fairlead.yaml").write_text(PROJECT)
    assert run(["diff", "--rev", "HEAD"]) == 4
    assert f"at HEAD ({head(folder)}): " in capsys.readouterr().err


def test_what_did_not_render_then_is_named(folder: Path, capsys: Out) -> None:
    (folder / "staging.yaml").unlink()
    commit(folder)
    (folder / "staging.yaml").write_text(WEB)
    assert run(["diff", "--rev", "HEAD"]) == 4
    assert "not compared: shop does not render in HEAD" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("staging",), "diff compares two environments"),
        (("staging", "production", "--rev", "HEAD"), "--rev compares an environment with itself"),
        (("staging", "production", "-e", "staging"), "-e is for --rev"),
        (("--rev", "a....b"), "not a range of revisions: a....b"),
        (("staging", "production", "-l", "nobody"), "no component matches: nobody"),
        (("staging", "nowhere"), "unknown environment: nowhere"),
    ],
)
def test_flags_that_mean_nothing_are_refused(words: tuple[str, ...], said: str, capsys: Out) -> None:
    assert run(["diff", *words]) == 4
    assert capsys.readouterr().err.startswith(f"error: {said}")
