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


def _findings(clone: Clone) -> list[str]:
    found = clone.run("validate", "-q", "-o", "json").json["findings"]
    return sorted(f"{each['rule']}: {each['message']}" for each in found)


def test_every_finding_of_podinfo(podinfo: Clone) -> None:
    assert _findings(podinfo) == []
    for script in SCRIPTS:
        (podinfo.folder / "bases" / script).unlink()
    names = sorted(script.partition("/")[2] for script in SCRIPTS)
    assert _findings(podinfo) == sorted(
        f"kustomize-path-missing: {name} does not exist (configMapGenerator.files)" for name in names
    )


def test_a_lone_kustomization_is_planned_from_a_folder_whose_name_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "Pod Info_2"
    shutil.copytree(inputs() / "repositories" / "podinfo-kustomize", folder, copy_function=_copy)
    clone = Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")
    told = clone.run("import").expect().out
    assert "the project is called pod-info-2: the folder's name 'Pod Info_2' cannot be one" in told
    assert _findings(clone) == []
    assert "Plan: 3 not observed." in clone.run("plan", "--dry-run").expect().out


CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n"


def test_clusters_of_one_environment_are_environments_and_can_be_compared(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    for name, text in {
        "components/shop/base/kustomization.yaml": "resources: [shop.yaml]\n",
        "components/shop/base/shop.yaml": CONFIG,
        "components/shop/production/eu/kustomization.yaml": "resources: [../../base]\n",
        "components/shop/production/us/kustomization.yaml": "resources: [../../base]\nlabels: [{pairs: {in: us}}]\n",
    }.items():
        (clone.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (clone.folder / name).write_text(text)
    clone.run("import", "-q").expect()
    assert _findings(clone) == []
    assert "1 configuration" in clone.run("diff", "production-eu", "production-us").expect().out


def test_what_is_filled_in_before_it_is_applied_is_not_read_and_told(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "project", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    for name, text in {
        "k8s/shop.yaml": CONFIG,
        "k8s/name.yaml": CONFIG.replace("shop", "'${APP}'"),
        "k8s/jinja.yaml": CONFIG.replace("shop", "{{ app }}"),
        "k8s/script.yaml": f"{CONFIG.replace('shop', 'script')}data: {{run: 'echo ${{HOME}} {{{{ x }}}}'}}\n",
    }.items():
        (clone.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (clone.folder / name).write_text(text)
    found = clone.run("validate", "-q", "-o", "json").json
    assert [(each["rule"], each["location"]["file"]) for each in found["findings"]] == [
        ("manifest-template", "k8s/jinja.yaml"),
        ("manifest-template", "k8s/name.yaml"),
    ]
    assert found["checked"] == 2


def test_folders_that_nobody_says_are_applied_together_are_only_warned_of(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "copies", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {ports: [{port: %d}], selector: {a: b}}\n"
    clone.write("guest/web.yaml", service % ("web", 80))
    clone.write("guest/db.yaml", service % ("db", 90))
    clone.write("more/all/all.yaml", service % ("web", 80) + "---\n" + service % ("db", 91))
    said = clone.run("validate").expect(0).out
    assert "more/all/all.yaml:3:12: warning: components guest and more-all both have it, alike" in said
    assert "more/all/all.yaml:8:12: warning: components guest and more-all both have it, and differ" in said
    clone.run("import").expect(0)
    assert "more/all/all.yaml:8:12: components guest and more-all both have it, and differ" in (
        clone.run("validate").expect(4).out
    )


def test_folders_that_hold_the_same_are_environments_which_can_be_planned_and_compared(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "copies", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    service = "apiVersion: v1\nkind: Service\nmetadata: {name: %s}\nspec: {ports: [{port: %d}], selector: {a: b}}\n"
    clone.write("guest/web.yaml", service % ("web", 80))
    clone.write("guest/db.yaml", service % ("db", 90))
    clone.write("guest/all/all.yaml", service % ("web", 80) + "---\n" + service % ("db", 91))
    assert "both have it" not in clone.run("validate").expect(0).out
    said = clone.run("import").expect(0).out
    assert "? environment all: read from guest/{environment}: what lies beside it holds the same objects" in said
    assert "both have it" not in clone.run("validate").expect(0).out
    differing = clone.run("diff", "default", "all").expect(0).out
    assert "Service default/db" in differing
    assert '- .spec.ports[port=90,protocol="TCP"]' in differing


def test_a_file_that_is_no_text_hides_nothing_else(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "texts", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    clone.write("stage/kustomization.yaml", "resources: [a.yaml]\n")
    clone.write("stage/a.yaml", "").write_bytes(b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: caf\xe9}\n")
    clone.write("plain/b.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: B}\n")
    said = clone.run("validate").expect(4).out
    assert "stage/a.yaml:3:21: this is no UTF-8 text" in said
    assert "plain/b.yaml:3:12: 'B' is no name of a ConfigMap" in said


def test_a_chart_that_nothing_installs_is_told(tmp_path: Path) -> None:
    clone = Clone(folder=tmp_path / "charts", home=tmp_path / "home", kubeconfig=tmp_path / "none")
    for name in ("used", "idle"):
        clone.write(f"{name}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
    told = "chart idle is not rendered: nothing that is read here installs it"
    assert told in clone.run("validate").expect(4).err
    clone.write(
        "app/kustomization.yaml", "helmGlobals: {chartHome: ..}\nhelmCharts: [{name: used}]\nresources: [a.yaml]\n"
    )
    clone.write("app/a.yaml", CONFIG)
    said = clone.run("import", "--dry-run").expect(0).out
    assert told in said
    assert "chart used" not in said
