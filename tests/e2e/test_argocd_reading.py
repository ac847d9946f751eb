"""Argo CD repositories, read by the command with the real helm and kustomize.

Cases: Applications of Applications three levels deep, the middle one a chart; an ApplicationSet over folders for two
environments; a chart with the value files of another source. Left out: what asks another system.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml

from e2e.rig import Clone

URL = "https://git.example.com/acme/platform.git"

CHART = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "values.yaml": "text: chart\nside: chart\ncount: 1\n",
    "templates/config.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n"
        "data:\n  text: {{ .Values.text | quote }}\n  side: {{ .Values.side | quote }}\n"
        "  count: {{ .Values.count | quote }}\n"
    ),
}
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  mode: base\n"


def application(name: str, **spec: Any) -> str:
    fields = {"project": "default", "destination": {"server": "https://kubernetes.default.svc", "namespace": name}}
    return yaml.safe_dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Application",
            "metadata": {"name": name, "namespace": "argocd", **spec.pop("metadata", {})},
            "spec": fields | spec,
        }
    )


def source(path: str, **more: Any) -> dict[str, Any]:
    return {"repoURL": URL, "path": path, "targetRevision": "HEAD", **more}


@pytest.fixture
def repository(tmp_path: Path) -> Clone:
    folder = tmp_path / "platform"
    folder.mkdir()
    return Clone(folder=folder, home=tmp_path / "home", kubeconfig=tmp_path / "none")


def write(repository: Clone, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        place = repository.folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)


def read(repository: Clone) -> dict[str, Any]:
    done = repository.run("import", "--dry-run", "-o", "json")
    assert done.code == 0, done.err
    found: dict[str, Any] = orjson.loads(done.out)
    return found


def components(reading: Mapping[str, Any], environment: str) -> dict[str, Any]:
    return {c["name"]: c for c in reading["project"]["components"] if environment in c["environments"]}


@pytest.mark.e2e
def test_applications_of_applications_of_applications(repository: Clone) -> None:
    middle = application("leaf", source=source("{{ .Values.top }}/leaf", kustomize={"namePrefix": "my-"}))
    write(
        repository,
        {
            "root.yaml": application("root", source=source("level1")),
            "level1/charts.yaml": application(
                "charts", source=source("level2", helm={"valuesObject": {"top": "level3"}})
            ),
            "level1/late.yaml": application(
                "late",
                source=source("late"),
                metadata={"annotations": {"argocd.argoproj.io/sync-wave": "1"}},
            ),
            "level2/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 1.0.0\n",
            "level2/values.yaml": "top: nowhere\n",
            "level2/templates/leaf.yaml": middle.replace("'", ""),
            "level3/leaf/kustomization.yaml": "resources: [config.yaml]\n",
            "level3/leaf/config.yaml": CONFIG,
            "late/config.yaml": CONFIG,
            "late/values.yaml": "this: is no object\n",
        },
    )
    found = components(read(repository), "default")
    assert set(found) == {"root", "root-2", "charts", "late", "leaf"}
    assert (found["late"]["needs"], found["leaf"]["needs"]) == (["root", "charts"], ["charts"])
    assert found["late"]["source"]["paths"] == ["late/config.yaml"]
    rendered = repository.run("render", "-e", "default", "-l", "leaf")
    assert [m["metadata"]["name"] for m in yaml.safe_load_all(rendered.out) if m] == ["my-settings"]


@pytest.mark.e2e
def test_an_application_set_over_folders_makes_environments(repository: Clone) -> None:
    template = {
        "metadata": {"name": "{{ index .path.segments 1 }}-{{ .path.basename }}"},
        "spec": {
            "project": "default",
            "source": source("{{ .path.path }}"),
            "destination": {"server": "https://kubernetes.default.svc", "namespace": "{{ index .path.segments 1 }}"},
        },
    }
    folders = [{"path": "apps/*/overlays/*"}, {"path": "apps/old/overlays/*", "exclude": True}]
    spec = {"goTemplate": True, "generators": [{"git": {"repoURL": URL, "directories": folders}}], "template": template}
    wanted = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "apps"},
        "spec": spec,
    }
    write(repository, {"argocd/apps.yaml": yaml.safe_dump(wanted)})
    for app in ("shop", "blog", "old"):
        for environment in ("staging", "production"):
            top = f"apps/{app}/overlays/{environment}"
            write(repository, {f"{top}/kustomization.yaml": "resources: [c.yaml]\n", f"{top}/c.yaml": CONFIG})
    assert repository.run("import").code == 0
    file = yaml.safe_load((repository.folder / "fairlead.yaml").read_text())
    assert {name: each["from"] for name, each in file["environments"].items()} == {
        "production": [{"argocd": "argocd/apps.yaml"}],
        "staging": [{"argocd": "argocd/apps.yaml"}],
    }
    rendered = repository.run("render", "-e", "staging", "-l", "shop-staging")
    (found,) = [m for m in yaml.safe_load_all(rendered.out) if m]
    assert found["metadata"]["name"] == "settings"


@pytest.mark.e2e
def test_value_files_of_another_source_and_their_order(repository: Clone) -> None:
    helm = {
        "valueFiles": ["$values/values/web.yaml", "$values/values/gone.yaml"],
        "values": "side: inline\n",
        "parameters": [{"name": "count", "value": "3"}],
    }
    sources = [source("charts/web", helm=helm), {"repoURL": URL, "targetRevision": "HEAD", "ref": "values"}]
    write(
        repository,
        {
            "clusters/production/web.yaml": application("web", sources=sources),
            "values/web.yaml": "text: file\nside: file\ncount: 2\n",
            **{f"charts/web/{name}": text for name, text in CHART.items()},
        },
    )
    reading = read(repository)
    assert [finding["rule"] for finding in reading["findings"]] == ["argocd-values-file-missing"]
    assert reading["findings"][0]["location"]["file"] == "clusters/production/web.yaml"
    rendered = repository.run("render", "-e", "production", "-l", "web")
    (found,) = [m for m in yaml.safe_load_all(rendered.out) if m and m["kind"] == "ConfigMap"]
    assert found["data"] == {"text": "file", "side": "inline", "count": "3"}


def application_set(name: str, generators: list[Any], spec: dict[str, Any]) -> str:
    common = {"project": "default", "destination": {"name": "in-cluster", "namespace": name}}
    template = {"metadata": {"name": f"{name}-{{{{name}}}}"}, "spec": common | spec}
    return yaml.safe_dump(
        {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "ApplicationSet",
            "metadata": {"name": name, "namespace": "argocd"},
            "spec": {"generators": generators, "template": template},
        }
    )


@pytest.mark.e2e
def test_a_set_whose_clusters_are_not_known_is_read_and_told(repository: Clone) -> None:
    spec = {"source": {"repoURL": "{{metadata.annotations.url}}", "path": "{{metadata.annotations.path}}"}}
    write(repository, {"bootstrap/addons.yaml": application_set("addons", [{"clusters": {"selector": {}}}], spec)})
    reading = read(repository)
    assert list(components(reading, "default")) == ["addons"]
    assert [(r["text"], r["location"]["file"]) for r in reading["remarks"] if "addons:" in r["text"]] == [
        (
            "ApplicationSet addons: not judged: the clusters that Argo CD knows: none is declared here",
            "bootstrap/addons.yaml",
        )
    ]
    assert repository.run("validate", "-q", "-o", "json").json["findings"] == []


@pytest.mark.e2e
def test_sets_of_one_name_are_told_apart(repository: Clone) -> None:
    one = [{"list": {"elements": [{"name": "web"}]}}]
    for folder in ("a", "b"):
        text = application_set(
            "sites", one, {"source": source(f"sites/{folder}"), "destination": {"namespace": folder}}
        )
        write(repository, {f"{folder}/set.yaml": text, f"sites/{folder}/config.yaml": CONFIG})
    found = [c for c in read(repository)["project"]["components"] if c["name"].startswith("sites")]
    assert {(c["name"], c["source"]["paths"][0], c["location"]["file"]) for c in found} == {
        ("sites-web", "sites/a/config.yaml", "a/set.yaml"),
        ("sites-web-2", "sites/b/config.yaml", "b/set.yaml"),
    }


@pytest.mark.e2e
def test_applications_that_only_a_chart_has_say_which_repository_this_is(repository: Clone) -> None:
    template = application("web", source=source("PLACE")).replace(URL, "{{ .Values.url }}").replace("PLACE", "web")
    plugin = application("odd", source=source("odd", plugin={"name": "stamp"})).replace(URL, "{{ .Values.url }}")
    write(
        repository,
        {
            "apps/Chart.yaml": "apiVersion: v2\nname: apps\nversion: 1.0.0\n",
            "apps/values.yaml": f"url: {URL}\n",
            "apps/templates/web.yaml": f"{template}---\n{plugin}",
            "web/config.yaml": CONFIG,
            "odd/kustomization.yaml": "resources: [../made-by-the-plugin.yaml]\n",
        },
    )
    reading = read(repository)
    assert set(components(reading, "default")) == {"apps", "web"}
    assert "application odd is built by stamp, a plugin: not judged" in {r["text"] for r in reading["remarks"]}
    assert repository.run("validate", "-q", "-o", "json").json["findings"] == []
