"""Applications as components: of which kind, with which values, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from fairlead.formats.argocd_objects import ArgoApplication, read_application
from fairlead.model.component import CrdPolicy, HelmSource, KustomizeSource, ManifestsSource
from fairlead.planning.argocd.components import Ground, Made, make_components, waves
from fairlead.planning.argocd.overlay import kustomize_overlay
from fairlead.planning.argocd.places import ArgoTree, likely_own, nearest, plain_url

OWN = "https://git.example.com/acme/platform"
FILES: Mapping[str, str] = {
    "charts/web/Chart.yaml": "",
    "charts/web/values.yaml": "",
    "values/prod.yaml": "a: file\nb: file\nlist: [1, 2]\n",
    "values/text.txt": "text",
    "values/envs/b.yaml": "a: b",
    "values/envs/a.yaml": "a: a",
    "values/envs/deep/web.yaml": "a: deep",
    "overlays/prod/kustomization.yaml": "",
    "plain/a.yaml": "kind: A",
    "plain/values.yaml": "no object",
    "plain/deep/b.yaml": "kind: B",
    "plain/c.jsonnet": "{}",
}


def application(*sources: Mapping[str, Any], **spec: Any) -> ArgoApplication:
    return read_application(
        {
            "kind": "Application",
            "metadata": {"name": "web"},
            "spec": {"sources": list(sources), "destination": {"namespace": "shop"}, **spec},
        }
    )


def source(path: str, **more: Any) -> dict[str, Any]:
    return {"repoURL": OWN, "path": path, **more}


def made(*sources: Mapping[str, Any], **spec: Any) -> Made:
    folders = {"."} | {"/".join(name.split("/")[:n]) for name in FILES for n in range(1, name.count("/") + 1)}
    tree = ArgoTree(files=frozenset(FILES), folders=frozenset(folders), own=frozenset({plain_url(OWN)}))
    ground = Ground(tree=tree, read_text=FILES.__getitem__, holds_objects=lambda file: "kind" in FILES[file])
    return make_components(application(*sources, **spec), ground)


def helm(**options: Any) -> HelmSource:
    (component,) = made(source("charts/web", helm=options)).components
    assert isinstance(component.source, HelmSource)
    return component.source


def test_the_kind_is_that_of_the_folder() -> None:
    found = made(source("charts/web"), source("overlays/prod"), source("plain"))
    assert [(c.name, type(c.source)) for c in found.components] == [
        ("web", HelmSource),
        ("web-prod", KustomizeSource),
        ("web-plain", ManifestsSource),
    ]
    assert {c.namespace for c in found.components} == {"shop"}


def test_a_directory_is_taken_as_its_rules_say() -> None:
    def paths(**directory: Any) -> tuple[str, ...]:
        (component,) = made(source("plain", directory=directory)).components
        assert isinstance(component.source, ManifestsSource)
        return component.source.paths

    assert paths() == ("plain/a.yaml",)
    assert paths(recurse=True) == ("plain/a.yaml", "plain/deep/b.yaml")
    assert paths(recurse=True, exclude="a.*") == ("plain/deep/b.yaml",)
    assert paths(recurse=True, include="deep/*.yaml") == ("plain/deep/b.yaml",)


def test_what_is_not_judged_is_said() -> None:
    remarks = " ".join(remark.text for remark in made(source("plain"), source("plain", plugin={"name": "cue"})).remarks)
    assert all(word in remarks for word in ("jsonnet", "plain/values.yaml", "cue"))


def test_value_files_alone_stay_files() -> None:
    found = helm(valueFiles=["../../values/prod.yaml"], releaseName="site")
    assert (found.value_files, found.values, found.release, found.is_layered) == (
        ("values/prod.yaml",),
        {},
        "site",
        False,
    )


def test_the_order_of_values() -> None:
    found = helm(
        valueFiles=["/values/prod.yaml"],
        values="a: lost",
        valuesObject={"b": "object", "c": "object"},
        parameters=[{"name": "c", "value": "5"}, {"name": "list[0]", "value": "5", "forceString": True}],
        fileParameters=[{"name": "d", "path": "/values/text.txt"}],
    )
    assert found.values == {"a": "file", "b": "object", "c": 5, "list": ["5", 2], "d": "text"}


@pytest.mark.parametrize(
    ("text", "wanted"), [("true", True), ("null", None), ("0", 0), ("012", "012"), ("1.5", "1.5"), ("{a,2}", ["a", 2])]
)
def test_parameters_have_the_types_of_helm(text: str, wanted: Any) -> None:
    assert helm(parameters=[{"name": "x", "value": text}]).values == {"x": wanted}


def test_value_files_of_another_source() -> None:
    values = {"repoURL": f"{OWN}.git", "ref": "v"}
    chart = {"repoURL": "https://charts.example.com/", "chart": "web", "targetRevision": "1.2.3"}
    found = made({**chart, "helm": {"valueFiles": ["$v/values/prod.yaml"], "skipCrds": True}}, values)
    (component,) = found.components
    assert component.source == HelmSource(
        chart="web",
        repository="https://charts.example.com",
        version="1.2.3",
        release="web",
        value_files=("values/prod.yaml",),
        is_layered=False,
    )
    assert component.crds is CrdPolicy.SKIP


def test_value_files_that_lie_elsewhere_are_unknown() -> None:
    other = {"repoURL": "https://git.example.com/acme/other", "ref": "v"}
    found = made(source("charts/web", helm={"valueFiles": ["$v/a.yaml", "https://x.example.com/b.yaml"]}), other)
    assert isinstance(found.components[0].source, HelmSource)
    assert len(found.components[0].source.unknown) == 2
    assert not found.findings


@pytest.mark.parametrize(
    ("options", "rule", "hint"),
    [
        ({"valueFiles": ["values/prod.yaml"]}, "argocd-values-file-missing", "../../values/prod.yaml"),
        ({"valueFiles": ["$v/prod.yaml"]}, "argocd-ref-missing", "ref: v"),
    ],
)
def test_broken_value_files(options: Mapping[str, Any], rule: str, hint: str) -> None:
    (finding,) = made(source("charts/web", helm=options)).findings
    assert finding.rule == rule
    assert hint in finding.hint


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (["/values/envs/*.yaml"], ["a.yaml", "b.yaml"]),
        (["/values/envs/**/*.yaml"], ["a.yaml", "b.yaml", "deep/web.yaml"]),
        (["/values/envs/*.yaml", "/values/envs/a.yaml"], ["b.yaml", "a.yaml"]),
        (["/values/envs/*.yaml", "/values/envs/**/*.yaml"], ["a.yaml", "b.yaml", "deep/web.yaml"]),
        (["../../values/envs/*/$ARGOCD_APP_NAME.yaml"], ["deep/web.yaml"]),
        (["../../values/envs/deep/${ARGOCD_APP_NAME}.yaml"], ["deep/web.yaml"]),
    ],
)
def test_value_files_by_a_pattern_and_a_variable(written: list[str], wanted: list[str]) -> None:
    """In the order of their names, what is named itself at its own place, and each once."""
    assert helm(valueFiles=written).value_files == tuple(f"values/envs/{each}" for each in wanted)


def test_a_pattern_over_another_source() -> None:
    chart = {"repoURL": "https://charts.example.com", "chart": "web", "targetRevision": "1.0.0"}
    found = made({**chart, "helm": {"valueFiles": ["$v/values/envs/?.yaml"]}}, {"repoURL": OWN, "ref": "v"})
    (component,) = found.components
    assert isinstance(component.source, HelmSource)
    assert component.source.value_files == ("values/envs/a.yaml", "values/envs/b.yaml")


def test_a_pattern_without_files() -> None:
    (finding,) = made(source("charts/web", helm={"valueFiles": ["gone/*.yaml"]})).findings
    assert (finding.rule, "matches" in finding.message, "write" in finding.hint) == (
        "argocd-values-file-missing",
        True,
        False,
    )
    assert not made(
        source("charts/web", helm={"valueFiles": ["gone/*.yaml"], "ignoreMissingValueFiles": True})
    ).findings


def test_variables_of_the_build_in_parameters() -> None:
    """The commit is not known before it is built, and what is no variable of Argo CD stays."""
    options = [
        {"name": "a", "value": "$ARGOCD_APP_NAME-${ARGOCD_APP_NAMESPACE}"},
        {"name": "b", "value": "$ARGOCD_APP_SOURCE_PATH"},
        {"name": "c", "value": "pa$word"},
    ]
    assert helm(parameters=options).values == {"a": "web-shop", "b": "charts/web", "c": "pa$word"}
    assert helm(parameters=[{"name": "a", "value": "$ARGOCD_APP_REVISION"}]).unknown


def test_a_missing_value_file_may_be_allowed() -> None:
    assert not made(source("charts/web", helm={"valueFiles": ["gone.yaml"], "ignoreMissingValueFiles": True})).findings


def test_a_wrong_path_has_the_right_one() -> None:
    (finding,) = made(source("overlay/prod")).findings
    assert (finding.rule, finding.hint) == ("argocd-path-missing", "write path: overlays/prod")


def test_another_repository_is_not_read() -> None:
    found = made({"repoURL": "https://elsewhere.example.com/x", "path": "gone"})
    assert (found.components, found.findings) == ([], [])
    assert "another repository" in found.remarks[0].text


def test_oci_charts() -> None:
    def repository(**chart: str) -> tuple[str, str]:
        (component,) = made(chart).components
        assert isinstance(component.source, HelmSource)
        return component.source.repository, component.source.chart

    assert repository(repoURL="registry.example.com/charts", chart="web") == (
        "oci://registry.example.com/charts",
        "web",
    )
    assert repository(repoURL="oci://registry.example.com/charts/web", path=".") == (
        "oci://registry.example.com/charts",
        "web",
    )


def test_kustomize_options() -> None:
    options = {
        "namePrefix": "my-",
        "images": ["old=new.example.com:5000/x:1.2", "y@sha256:ab", "z:3"],
        "replicas": [{"name": "web", "count": "3"}],
        "commonLabels": {"a": 1},
        "patches": [{"path": "p.yaml", "target": {"kind": "A"}}],
    }
    assert kustomize_overlay(options, read_text=lambda path: f"text of {path}") == {
        "namePrefix": "my-",
        "images": [
            {"name": "old", "newName": "new.example.com:5000/x", "newTag": "1.2"},
            {"name": "y", "digest": "sha256:ab"},
            {"name": "z", "newTag": "3"},
        ],
        "replicas": [{"name": "web", "count": 3}],
        "labels": [{"pairs": {"a": "1"}, "includeSelectors": True, "includeTemplates": True}],
        "patches": [{"target": {"kind": "A"}, "patch": "text of p.yaml"}],
    }


def test_waves() -> None:
    def one(name: str, wave: str) -> ArgoApplication:
        annotations = {"argocd.argoproj.io/sync-wave": wave}
        return read_application({"metadata": {"name": name, "annotations": annotations}})

    found = waves([one("a", "-1"), one("b", "0"), one("c", "0"), one("d", "7")])
    assert found == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c")}


def test_which_repository_is_this_one() -> None:
    ssh, web = "git@git.example.com:acme/platform.git", "https://user@git.example.com/acme/platform"
    assert plain_url(ssh) == plain_url(web) == plain_url("ssh://git@git.example.com:22/acme/platform.git/")
    uses = [(ssh, "apps"), ("https://x.example.com/y", "gone"), ("https://x.example.com/y", "other")]
    assert likely_own(uses, folders={"apps"}) == plain_url(web)
    assert likely_own([("https://x.example.com/y", "gone")], folders={"apps"}) == ""
    assert likely_own([("REPLACED", "apps"), ("${URL}", "apps")], folders={"apps"}) == ""


def test_nearest_of_two_equally_near_is_none() -> None:
    assert nearest("x/web", ["a/web", "b/web"]) == ""
    assert nearest("x/web", ["a/web", "b/wed"]) == "a/web"
