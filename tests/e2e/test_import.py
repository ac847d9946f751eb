"""`fairlead import` on repositories that nobody here wrote: what is in them, and that nothing else is touched."""

from __future__ import annotations

import shutil
from pathlib import Path

import orjson
import pytest
import yaml

from e2e.rig import Clone

REPOSITORIES = Path(__file__).resolve().parents[2].parent / "shared" / "inputs" / "repositories"

READ = {
    "flux2-kustomize-helm-example": {"production": 7, "staging": 7},
    "flux-local-cluster2": {"default": 8},
    "flux-local-cluster3": {"cluster3": 4},
    "flux-local-cluster4": {"default": 5},
}


@pytest.fixture
def copy(request: pytest.FixtureRequest, tmp_path: Path) -> Clone:
    folder = tmp_path / "project"
    shutil.copytree(REPOSITORIES / request.param, folder)
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


@pytest.mark.e2e
@pytest.mark.parametrize(("copy", "wanted"), READ.items(), indirect=["copy"], ids=READ)
def test_each_environment_has_its_components(copy: Clone, wanted: dict[str, int]) -> None:
    before = {file: file.read_bytes() for file in copy.folder.rglob("*") if file.is_file()}
    done = copy.run("import", "-o", "json")
    assert done.code == 0, done.err
    components = orjson.loads(done.out)["project"]["components"]
    counts = {name: sum(name in each["environments"] for each in components) for name in wanted}
    assert counts == wanted
    written = copy.folder / "fairlead.yaml"
    assert set(yaml.safe_load(written.read_text())["environments"]) == set(wanted)
    written.unlink()
    assert {file: file.read_bytes() for file in copy.folder.rglob("*") if file.is_file()} == before


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux2-kustomize-helm-example"], indirect=True)
def test_the_file_and_no_file_are_the_same_project(copy: Clone) -> None:
    without = copy.run("render", "-e", "staging", "-l", "infra-controllers")
    assert copy.run("import", "-q").code == 0
    written = copy.run("render", "-e", "staging", "-l", "infra-controllers")
    assert "HelmRelease" in without.out
    assert (without.code, without.out) == (written.code, written.out) == (0, written.out)


@pytest.mark.e2e
@pytest.mark.parametrize("copy", ["flux-local-cluster3"], indirect=True)
def test_a_file_that_is_there_is_not_overwritten(copy: Clone) -> None:
    (copy.folder / "fairlead.yaml").write_text("# mine\n")
    assert copy.run("import").code == 4
    assert (copy.folder / "fairlead.yaml").read_text() == "# mine\n"
