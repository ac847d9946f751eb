"""Keys that a ConfigMap or a Secret of the environment does not have."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.objects import ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject
from fairlead.planning.rules.keys import check_keys


def some(kind: str, name: str, *, version: str = "v1", namespace: str = "shop", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}


SETTINGS = some("ConfigMap", "settings", data={"mode": "quiet"}, binaryData={"logo": "AA=="})
SECRET = some("Secret", "login", data={"user": "YQ=="}, stringData={"word": "a"})


def told(*manifests: dict[str, Any]) -> list[tuple[str, str]]:
    objects = [JudgedObject(component="a", manifest=each, ref=ref_of(each)) for each in manifests]
    return [
        (".".join(map(str, each.path)), each.finding.hint) for each in check_keys(EnvironmentObjects(objects=objects))
    ]


def pod(**spec: Any) -> dict[str, Any]:
    return some("Pod", "web", spec={"containers": [{"name": "a", **spec.pop("container", {})}], **spec})


def variable(field: str, name: str, key: str, **more: Any) -> dict[str, Any]:
    source = {field: {"name": name, "key": key, **more}}
    return pod(container={"env": [{"name": "PLAIN", "value": "x"}, {"name": "A", "valueFrom": source}]})


@pytest.mark.parametrize(
    ("field", "name", "key", "hint"),
    [
        ("configMapKeyRef", "settings", "mod", "it has logo, mode"),
        ("secretKeyRef", "login", "pass", "it has user, word"),
    ],
)
def test_a_variable_takes_a_key_that_is_not_there(field: str, name: str, key: str, hint: str) -> None:
    said = [(f"spec.containers.0.env.1.valueFrom.{field}.key", hint)]
    assert told(SETTINGS, SECRET, variable(field, name, key)) == said
    assert told(SETTINGS, SECRET, variable(field, name, key, optional=True)) == []


@pytest.mark.parametrize("key", ["mode", "logo", "${KEY}", ""])
def test_a_key_that_is_there_or_not_known_is_fine(key: str) -> None:
    assert told(SETTINGS, variable("configMapKeyRef", "settings", key)) == []


@pytest.mark.parametrize(
    "other",
    [
        some("ConfigMap", "settings"),
        some("ConfigMap", "settings", data={}),
        some("ConfigMap", "settings", namespace="elsewhere", data={"a": ""}),
        some("Secret", "settings", data={"a": ""}),
        some("ConfigMap", "settings", version="example.test/v1", data={"a": ""}),
    ],
)
def test_nothing_is_said_of_what_is_filled_in_later_or_elsewhere(other: dict[str, Any]) -> None:
    assert told(other, variable("configMapKeyRef", "settings", "mode")) == []


def test_a_token_is_written_by_the_cluster() -> None:
    token = some("Secret", "login", type="kubernetes.io/service-account-token", data={"extra": "YQ=="})
    assert told(token, variable("secretKeyRef", "login", "token")) == []


@pytest.mark.parametrize(
    ("volume", "place"),
    [
        ({"configMap": {"name": "settings", "items": [{"key": "mod"}]}}, "configMap.items.0.key"),
        ({"secret": {"secretName": "login", "items": [{"key": "user"}, {"key": "x"}]}}, "secret.items.1.key"),
        (
            {"projected": {"sources": [{"secret": {"name": "login", "items": [{"key": "x"}]}}]}},
            "projected.sources.0.secret.items.0.key",
        ),
        ({"configMap": {"name": "settings", "optional": True, "items": [{"key": "mod"}]}}, ""),
        ({"configMap": {"name": "settings"}}, ""),
    ],
)
def test_a_volume_takes_a_key_that_is_not_there(volume: dict[str, Any], place: str) -> None:
    said = told(SETTINGS, SECRET, pod(volumes=[{"name": "v", **volume}]))
    assert [path for path, _ in said] == ([f"spec.volumes.0.{place}"] if place else [])


@pytest.mark.parametrize(
    ("source", "place"),
    [
        ({"name": "settings"}, "name"),
        ({"name": "settings", "valuesKey": "mod"}, "valuesKey"),
        ({"name": "settings", "valuesKey": "mode"}, ""),
        ({"name": "settings", "optional": True}, ""),
        ({"name": "others"}, ""),
    ],
)
def test_a_release_of_flux_takes_a_key_that_is_not_there(source: dict[str, Any], place: str) -> None:
    spec = {"valuesFrom": [{"kind": "ConfigMap", **source}]}
    release = some("HelmRelease", "web", version="helm.toolkit.fluxcd.io/v2", spec=spec)
    assert [path for path, _ in told(SETTINGS, release)] == ([f"spec.valuesFrom.0.{place}"] if place else [])
