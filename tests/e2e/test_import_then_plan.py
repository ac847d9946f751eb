"""`fairlead import`, then `fairlead plan` of each environment, on every repository that nobody here wrote."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from e2e.rig import Clone, inputs

pytestmark = pytest.mark.e2e

SCRIPTS = "bases/frontend/kustomization.yaml:12:9: scripts/warm-cache.sh does not exist"
PLANS: dict[tuple[str, str], str] = {
    ("flux-local-cluster", "default"): "Plan: 4 not observed.",
    ("flux-local-cluster2", "default"): "Plan: 19 not observed.",
    ("flux-local-cluster3", "cluster3"): "Plan: 11 not observed.",
    ("flux-local-cluster4", "default"): "Plan: 11 not observed.",
    ("flux2-kustomize-helm-example", "production"): "Plan: 17 not observed.",
    ("flux2-kustomize-helm-example", "staging"): "Plan: 17 not observed.",
    # The inputs hold YAML only: what the overlays' generators read is not in them.
    ("podinfo-deploy", "dev"): SCRIPTS,
    ("podinfo-deploy", "production"): SCRIPTS,
    ("podinfo-deploy", "staging"): SCRIPTS,
    ("podinfo-deploy", "default"): "Plan: 24 not observed.",
    ("podinfo-kustomize", "default"): "Plan: 3 not observed.",
}
"""The last line of the plan, or why there is none."""


@pytest.mark.parametrize("name", sorted({name for name, _ in PLANS}))
def test_each_environment_is_planned(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    # The inputs may not be written to, their copies may.
    shutil.copytree(inputs() / "repositories" / name, folder, copy_function=shutil.copyfile)
    copy = Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")
    copy.run("import", "-q").expect(0)

    for environment, said in ((e, s) for (n, e), s in PLANS.items() if n == name):
        done = copy.run("plan", "-e", environment, "--dry-run")
        assert said in done.out + done.err, (environment, done.out, done.err)
        assert done.code == (0 if said.startswith("Plan:") else 4)


def test_no_repository_is_left_out() -> None:
    assert {each.name for each in (inputs() / "repositories").iterdir()} == {name for name, _ in PLANS}
