"""A Flux platform of two repositories: the checkout of the second lies anywhere, and a flag says where."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from e2e.rig import Clone

pytestmark = pytest.mark.e2e

SYNC = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {url: "https://git.example/org/fleet", interval: 1m, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {path: ./clusters/production, interval: 1m, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
"""
TEAM = """\
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: shop, namespace: flux-system}
spec: {url: "ssh://git@git.example/org/web-shop.git", interval: 1m, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: shop, namespace: flux-system}
spec:
  path: ./deploy
  interval: 1m
  prune: true
  sourceRef: {kind: GitRepository, name: shop}
  postBuild: {substitute: {color: blue}}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop, namespace: shop}\ndata: {color: '${color}'}\n"
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: shop}
spec:
  interval: 1m
  chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: shop, namespace: flux-system}}}
  values: {size: large}
"""
TEMPLATE = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {size: {{ .Values.size }}}\n"


def write(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)
    if not (top / ".git").exists():
        subprocess.run(["git", "init", "--quiet", str(top)], check=True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    top = tmp_path / "elsewhere" / "checkout"
    kustomization = "resources: [config.yaml, release.yaml]\n"
    write(top, {"deploy/kustomization.yaml": kustomization, "deploy/config.yaml": CONFIG})
    write(top, {"deploy/release.yaml": RELEASE, "chart/templates/web.yaml": TEMPLATE, "chart/values.yaml": "size: s\n"})
    write(top, {"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n"})
    return top


@pytest.fixture
def fleet(tmp_path: Path) -> Clone:
    top = tmp_path / "fleet"
    write(top, {"clusters/production/flux-system/gotk-sync.yaml": SYNC, "clusters/production/shop.yaml": TEAM})
    return Clone(folder=top, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def test_what_another_repository_holds_is_told_with_the_flag_that_reads_it(fleet: Clone) -> None:
    said = fleet.run("import", "--dry-run").expect(0).out
    assert "is built from GitRepository flux-system/shop, another repository: not read" in said
    assert "--repository shop=FOLDER reads a checkout of it" in said


def test_a_name_that_no_source_has_is_told(fleet: Clone, shop: Path) -> None:
    said = fleet.run("import", "--dry-run", "--repository", f"shopp={shop}").expect(0).out
    assert f"no source of Flux is called shopp or has that URL: {shop} is not read" in said


@pytest.mark.parametrize("source", ["shop", "https://git.example/org/web-shop"])
def test_a_checkout_is_read_by_url_or_name(fleet: Clone, shop: Path, source: str) -> None:
    flag = ("--repository", f"{source}={shop}")
    done = fleet.run("import", *flag).expect(0)
    assert "production: 2 kustomizations, 1 Helm release" in done.out
    assert "not read" not in done.out
    assert "checkout" not in (fleet.folder / "fairlead.yaml").read_text()
    rendered = fleet.run("render", "-q", *flag).expect(0).out
    assert "color: blue" in rendered
    assert "size: large" in rendered
    assert "ConfigMap shop/web" in fleet.run("plan", "--dry-run", *flag).expect(0).out
    assert "0 faults" in fleet.run("validate", *flag).expect(0).out


def test_a_fault_in_it_is_told_at_its_place_there(fleet: Clone, shop: Path) -> None:
    (shop / "deploy/kustomization.yaml").write_text("resources: [config.yaml, gone.yaml]\n")
    found = fleet.run("validate", "--repository", f"shop={shop}").expect(4).out
    assert f"{shop}/deploy/kustomization.yaml:1:" in found
    assert "gone.yaml does not exist" in found


def test_a_path_that_it_does_not_have_is_a_fault_of_ours(fleet: Clone, shop: Path) -> None:
    write(fleet.folder, {"clusters/production/shop.yaml": TEAM.replace("./deploy", "./deplo")})
    found = fleet.run("validate", "--repository", f"shop={shop}").expect(4).out
    assert f"clusters/production/shop.yaml:10:3: Kustomization flux-system/shop builds {shop}/deplo" in found
    assert f"did you mean {shop}/deploy?" in found


def test_two_revisions_are_compared_with_the_same_checkout(fleet: Clone, shop: Path) -> None:
    for words in (("add", "-A"), ("commit", "--quiet", "-m", "one")):
        fleet.git(*words)
    write(fleet.folder, {"clusters/production/shop.yaml": TEAM.replace("color: blue", "color: green")})
    found = fleet.run("diff", "--rev", "HEAD", "--repository", f"shop={shop}").expect(0).out
    assert ".data.color: blue → green" in found


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("shop", "does not say which repository lies where"),
        ("shop=gone", "gone is no folder"),
        ("shop=..", ".. is no checkout of Git"),
        ("shop=clusters", "clusters lies in the checkout"),
    ],
)
def test_a_folder_that_is_no_checkout_is_refused(fleet: Clone, flag: str, said: str) -> None:
    for verb in (("import",), ("validate",), ("render",), ("plan", "--dry-run"), ("diff", "a", "b")):
        err = fleet.run(*verb, "--repository", flag).expect(4).err
        assert said in err
        assert "hint: give the top of a checkout" in err
