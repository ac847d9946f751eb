"""Which documents of manifest files are objects."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.engine.manifest_files import read_manifests
from fairlead.model.errors import InputError

JOB = "apiVersion: batch/v1\nkind: Job\nmetadata:\n  generateName: migrate-\n"
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"


def test_a_hook_that_is_named_at_each_sync_is_left_out(tmp_path: Path) -> None:
    hook = "  annotations: {argocd.argoproj.io/hook: PreSync}\n"
    (tmp_path / "a.yaml").write_text(f"{JOB}{hook}---\n{CONFIG}")
    assert [each["kind"] for each in read_manifests(ProjectFolder(tmp_path), ["a.yaml"])] == ["ConfigMap"]


def test_any_other_object_needs_a_name(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(JOB)
    with pytest.raises(InputError, match="has no metadata"):
        read_manifests(ProjectFolder(tmp_path), ["a.yaml"])
