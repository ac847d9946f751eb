"""`fairlead diff` on a project of plain manifests, which needs no other program."""

from __future__ import annotations

import json
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
configuration
  shop
    ConfigMap shop/settings
      ~ .data.level: debug → info
extra in production
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
