"""`fairlead import` on trees that only their folders explain: the file that is written means what no file means."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest

from e2e.rig import Clone, inputs

pytestmark = pytest.mark.e2e

SCRIPTS = ("database/scripts/backup.sh", "database/scripts/rollup.sh")
SCRIPTS += ("frontend/scripts/warm-cache.sh", "frontend/scripts/warm-cache-init.sh")
"""What podinfo's generators read; the inputs hold YAML only."""


@pytest.fixture
def podinfo(tmp_path: Path) -> Clone:
    folder = tmp_path / "podinfo"
    shutil.copytree(inputs() / "repositories" / "podinfo-deploy", folder, copy_function=_copy)
    for script in SCRIPTS:
        (folder / "bases" / script).parent.mkdir(parents=True, exist_ok=True)
        (folder / "bases" / script).write_text("#!/bin/sh\n")
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def _copy(source: str, target: str) -> None:
    Path(target).write_bytes(Path(source).read_bytes())  # the inputs may not be written to, their copies may


def test_overlays_are_environments_and_the_rest_is_default(podinfo: Clone) -> None:
    done = podinfo.run("import", "-o", "json")
    assert done.code == 0, done.err
    components = orjson.loads(done.out)["project"]["components"]
    assert {each["name"]: each["environments"] for each in components} == {
        "podinfo": ["dev", "production", "staging"],
        **{f"{top}-{name}": ["default"] for top in ("secure", "webapp") for name in ("backend", "common", "frontend")},
    }


def test_the_file_means_what_no_file_means(podinfo: Clone) -> None:
    without = [podinfo.run("render", "-e", name).out for name in ("staging", "default")]
    assert podinfo.run("validate", "-e", "staging").code == 0
    assert podinfo.run("import", "-q").code == 0
    assert [podinfo.run("render", "-e", name).out for name in ("staging", "default")] == without
    assert all("kind: Deployment" in text for text in without)
    assert podinfo.run("plan", "-e", "production", "--dry-run").code == 0
