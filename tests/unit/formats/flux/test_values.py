"""The values that a HelmRelease puts together from ConfigMaps and Secrets of the repository."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from fairlead.formats.flux.objects import FluxName, FluxRelease, ValuesFrom
from fairlead.formats.flux.values import Data, data_of, values_of

OWN = FluxName("HelmRelease", "shop", "web")


def merged(data: Data, *references: ValuesFrom, **values: Any) -> tuple[Any, tuple[str, ...]]:
    release = FluxRelease(
        id=OWN,
        release="web",
        namespace="shop",
        chart="web",
        version="",
        source=OWN,
        values=values,
        values_from=references,
    )
    found = values_of(release, data)
    return found.values, found.unknown


def secret(name: str, text: str) -> dict[str, Any]:
    encoded = base64.encodebytes(text.encode()).decode()
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": "shop"},
        "data": {"k": encoded},
    }


def test_a_long_value_that_kustomize_broke_over_lines_is_read() -> None:
    text = "-----BEGIN CERTIFICATE-----\n" + "a" * 200
    assert merged(data_of([secret("certs", text)]), ValuesFrom(kind="Secret", name="certs", key="k", path="ca")) == (
        {"ca": text},
        (),
    )


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("size", {"size": 2}),
        ("a.size", {"a": {"size": 2, "host": "x"}}),
        ("hosts[0].port", {"hosts": [{"name": "x", "port": 2}]}),
        ("hosts[1]", {"hosts": [{"name": "x"}, 2]}),
        (r"nodeSelector.example\.test/size", {"nodeSelector": {"example.test/size": 2}}),
    ],
)
def test_a_value_goes_where_helm_would_put_it(path: str, values: dict[str, Any]) -> None:
    below = {("ConfigMap", "shop", "below"): {"values.yaml": "{a: {host: x}, hosts: [{name: x}]}", "n": "2"}}
    references = (ValuesFrom(kind="ConfigMap", name="below", key="values.yaml"),)
    found, _ = merged(below, *references, ValuesFrom(kind="ConfigMap", name="below", key="n", path=path))
    assert found == {"a": {"host": "x"}, "hosts": [{"name": "x"}]} | values


def test_what_stands_in_the_release_is_above_all_others() -> None:
    below = {("ConfigMap", "shop", "below"): {"n": "2"}}
    assert merged(below, ValuesFrom(kind="ConfigMap", name="below", key="n", path="a.b"), a={"b": 3}) == (
        {"a": {"b": 3}},
        (),
    )
