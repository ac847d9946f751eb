"""Where an object that came out of a kustomization is written."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fairlead.model.objects import Manifest
from fairlead.planning.kustomize.judgement import KustomizeJudge
from fairlead.planning.kustomize.origins import KustomizeOrigins
from fairlead.planning.kustomize.tree import KustomizeTree

WEB = "# the shop\nkind: Service\napiVersion: v1\nmetadata:\n  name: web\nspec:\n  type: NodePort\n"
TREE: Mapping[str, str] = {
    "base/kustomization.yaml": "resources: [web.yaml]\nconfigMapGenerator:\n- name: conf\n  literals: [a=b]\n",
    "base/web.yaml": WEB,
    "overlay/kustomization.yaml": "resources: [../base]\nnamePrefix: eu-\n",
    "plain/deep/web.yaml": f"{WEB}---\n{WEB.replace('name: web', 'name: other')}",
    "plain/notes.yaml": "a: [\n",
}


def place(folder: str, manifest: Manifest, *path: str) -> str:
    tree = KustomizeTree(TREE, links={}, read=lambda file: TREE[file])
    return str(KustomizeOrigins(folder, KustomizeJudge(tree)).place(manifest, path))


def service(name: str, *, namespace: str = "", of: str = "NodePort") -> Manifest:
    named = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "Service", "metadata": named, "spec": {"type": of}}


@pytest.mark.parametrize(
    ("folder", "manifest", "found"),
    [
        pytest.param("base", service("web"), "base/web.yaml:7:3", id="as it is written"),
        pytest.param("overlay", service("eu-web"), "base/web.yaml:7:3", id="with a prefix of the tree"),
        pytest.param("overlay", service("x-eu-web"), "base/web.yaml:7:3", id="with one that is laid over it"),
        pytest.param("base", service("web", namespace="shop"), "base/web.yaml:7:3", id="with a namespace laid over it"),
        pytest.param("base", service("web", of="ClusterIP"), "base/web.yaml:2:1", id="patched: the object"),
        pytest.param("plain", service("other"), "plain/deep/web.yaml:15:3", id="no kustomization: files below"),
        pytest.param("base", service("api"), "None", id="somebody else's"),
    ],
)
def test_place(folder: str, manifest: Manifest, found: str) -> None:
    assert place(folder, manifest, "spec", "type") == found


def test_what_a_generator_makes_is_where_that_is_written() -> None:
    made = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "conf-9bk2h8"}, "data": {"a": "b"}}
    assert place("base", made, "data") == "base/kustomization.yaml:3:3"
