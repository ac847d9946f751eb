"""Which files a generated kustomization takes."""

from __future__ import annotations

from pathlib import Path

from fairlead.adapters.kustomize.laid_over import generated_resources


def _write(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text("")


def test_manifests_and_folders_with_a_kustomization(tmp_path: Path) -> None:
    _write(tmp_path, "b.yaml", "a/c.yml", "a/readme.md", "apps/kustomization.yaml", "apps/web.yaml")
    found = [str(each.relative_to(tmp_path)) for each in generated_resources(tmp_path)]
    assert found == ["a/c.yml", "apps", "b.yaml"]


def test_our_own_files_are_no_manifests(tmp_path: Path) -> None:
    _write(tmp_path, "web.yaml", "fairlead.yaml", "fairlead.waivers.yaml", "fairlead-ui.yaml")
    found = [each.name for each in generated_resources(tmp_path)]
    assert found == ["fairlead-ui.yaml", "web.yaml"]
