from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.kustomization import field_faults, is_kustomization, parse_kustomization
from fairlead.model.errors import InputError


@pytest.mark.parametrize(
    ("text", "is_empty"),
    [
        ("", True),
        ("# nothing\n", True),
        ("kind: Kustomization\n", True),
        ("resources:\nnamespace: ''\n", True),
        ("resources: []\n", False),
        ("metadata: {name: x}\n", False),
    ],
)
def test_what_kustomize_calls_empty(text: str, is_empty: bool) -> None:
    assert parse_kustomization(text, file="k.yaml").is_empty is is_empty


def test_each_path_knows_its_place() -> None:
    text = "resources:\n- a.yaml\npatches:\n- target: {kind: A}\n  path: p.yaml\n"
    text += "configMapGenerator:\n- name: x\n  envs: [e]\n"
    found = parse_kustomization(text, file="b/kustomization.yaml")
    places = {reference.path: str(found.mark(reference.at)) for reference in found.references}
    assert places == {
        "a.yaml": "b/kustomization.yaml:2:3",
        "p.yaml": "b/kustomization.yaml:5:3",
        "e": "b/kustomization.yaml:8:10",
    }
    assert found.folder == "b"


def test_the_first_document_counts() -> None:
    assert parse_kustomization("resources: [a]\n---\nresources: [b]\n", file="k").data == {"resources": ["a"]}


def test_what_is_no_map_is_refused_with_its_place() -> None:
    with pytest.raises(InputError) as caught:
        parse_kustomization("- a\n", file="k.yaml")
    assert str(caught.value.location) == "k.yaml:1:1"


@pytest.mark.parametrize(
    "data",
    [
        {"resources": ["a"], "namePrefix": "x-", "images": [{"name": "a", "newTag": "1"}]},
        {"Resources": ["a"]},
        {"apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component"},
        {"helmCharts": [{"name": "x", "whatever": 1}], "resources": None},
    ],
)
def test_fields_that_kustomize_takes(data: dict[str, Any]) -> None:
    assert list(field_faults(data)) == []


def test_an_unknown_field_has_the_nearest_one_as_its_hint() -> None:
    (fault,) = field_faults({"resource": ["a"]})
    assert (fault.path, fault.hint) == (("resource",), "did you mean resources?")


def test_flux_has_kustomizations_of_its_own() -> None:
    assert is_kustomization({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"})
    assert not is_kustomization({"apiVersion": "kustomize.toolkit.fluxcd.io/v1", "kind": "Kustomization"})
