"""What is read of a HelmRelease and its source: names as helm-controller makes them, post-renderers, references."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.flux.objects import FluxName, read_release, read_source, read_synced


def release(**spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2beta2",
        "kind": "HelmRelease",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("spec", "name", "namespace"),
    [
        ({}, "web", "shop"),
        ({"targetNamespace": "blue"}, "blue-web", "blue"),
        ({"releaseName": "front", "targetNamespace": "blue"}, "front", "blue"),
        ({"storageNamespace": "flux-system"}, "web", "shop"),
        ({"releaseName": "a" * 60}, f"{'a' * 40}-11ee391211c6", "shop"),
    ],
)
def test_the_release_is_called_as_helm_controller_calls_it(spec: dict[str, Any], name: str, namespace: str) -> None:
    read = read_release(release(**spec))
    assert (read.release, read.namespace) == (name, namespace)


def test_post_renderers_are_kustomizations_one_after_the_other() -> None:
    new = {"kustomize": {"patches": [{"patch": "x"}], "images": [{"name": "web", "newTag": "2"}]}}
    old = {"kustomize": {"patchesStrategicMerge": [{"kind": "Deployment"}]}}
    assert read_release(release(postRenderers=[new, {"kustomize": {}}, old])).post_renderers == (
        {"patches": [{"patch": "x"}], "images": [{"name": "web", "newTag": "2"}]},
        {"patches": [{"patch": '{"kind":"Deployment"}'}]},
    )


def test_a_tag_says_more_of_a_chart_than_the_digest_beside_it() -> None:
    source = {"kind": "OCIRepository", "spec": {"url": "oci://host/web", "ref": {"tag": "1.2.3", "digest": "sha256:a"}}}
    assert read_source(source).reference == "1.2.3"


@pytest.mark.parametrize(
    ("manifest", "found"),
    [
        (
            {"apiVersion": "fluxcd.controlplane.io/v1", "kind": "FluxInstance", "spec": {"sync": {"path": "eu"}}},
            ("eu", FluxName("GitRepository", "flux-system", "flux-system")),
        ),
        (
            release(values={"instance": {"sync": {"kind": "OCIRepository", "path": "./eu", "name": "fleet"}}}),
            ("./eu", FluxName("OCIRepository", "shop", "fleet")),
        ),
        (release(values={"instance": {"sync": {}}}), None),
        ({"apiVersion": "v1", "kind": "FluxInstance", "spec": {"sync": {"path": "eu"}}}, None),
    ],
)
def test_what_the_flux_operator_is_told_to_keep_a_cluster_in_step_with(manifest: dict[str, Any], found: Any) -> None:
    read = read_synced(manifest)
    assert (read and (read.path, read.source)) == found
