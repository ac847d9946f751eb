"""`fairlead validate` on kustomizations with faults: nothing is built, no program is started."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fairlead.cli.main import run

PROJECT = """apiVersion: fairlead.dev/v1
project: shop
environments: {staging: {}, production: {}}
components:
  - {name: web, kustomize: "overlays/{environment}"}
"""
FILES = {
    "fairlead.yaml": PROJECT,
    "overlays/staging/kustomization.yaml": "resources:\n- ../bases/web\n",
    "overlays/production/kustomization.yaml": "resources:\n- ../../bases/db\n",
    "bases/web/kustomization.yaml": "resources: [web.yaml]\n",
    "bases/web/web.yaml": "apiVersion: v1\nkind: Service\nmetadata: {name: web}\n",
    "bases/db/kustomization.yaml": "commonLabels: {app: db}\nresources: [db.yaml]\n",
    "bases/db/db.yaml": "apiVersion: v1\nkind: Service\n",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_STATE_HOME", "FAIRLEAD_ENVIRONMENT"):
        monkeypatch.delenv(name, raising=False)
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_each_fault_has_its_place_the_way_to_it_and_a_remedy(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate"]) == 4
    said = capsys.readouterr().out
    assert said.startswith(
        "bases/db/db.yaml:1:1: this is no object: it has no metadata.name [kustomize-no-object]\n"
        "  from bases/db/kustomization.yaml:2:13\n"
        "  from overlays/production/kustomization.yaml:2:3\n"
        "  from fairlead.yaml:5:5\n"
        "  hint: correct it, or take the file off the resources\n"
        "bases/db/kustomization.yaml:1:1: warning: the field commonLabels is deprecated [kustomize-deprecated]\n"
        "  from overlays/production/kustomization.yaml:2:3\n"
        "  from fairlead.yaml:5:5\n"
        "  hint: use labels; `kustomize edit fix` rewrites it\n"
        "overlays/staging/kustomization.yaml:2:3: ../bases/web does not exist [kustomize-path-wrong]\n"
        "  from fairlead.yaml:5:5\n"
        "  hint: write ../../bases/web\n"
    )
    assert "2 faults, 1 warning" in said


def test_json_has_the_rule_and_the_chain(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["validate", "-e", "staging", "-o", "json"]) == 4
    (found,) = json.loads(capsys.readouterr().out)["findings"]
    assert (found["rule"], found["component"]) == ("kustomize-path-wrong", "web")
    assert found["chain"] == [{"file": "fairlead.yaml", "line": 5, "column": 5}]
