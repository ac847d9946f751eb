"""Ports that are not there, and names with a letter wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.spelling import is_slip
from fairlead.model.objects import ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.rules.references import check_misspelt, check_ports

Rule = Callable[[EnvironmentObjects], Iterator[Judgement]]


def told(rule: Rule, *manifests: dict[str, Any], is_whole: bool = True) -> list[tuple[str, str]]:
    objects = [JudgedObject(component="a", manifest=each, ref=ref_of(each)) for each in manifests]
    found = rule(EnvironmentObjects(objects=objects, is_whole=is_whole))
    return [(".".join(map(str, each.path)), each.finding.hint) for each in found]


def some(version: str, kind: str, name: str, **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "shop"}, **fields}


def pod(name: str = "web", **spec: Any) -> dict[str, Any]:
    made = some("v1", "Pod", name, spec={"containers": [{"name": "a", "ports": [{"name": "http"}]}], **spec})
    return {**made, "metadata": {**made["metadata"], "labels": {"app": name}}}


def service(target: object, *, app: str = "web") -> dict[str, Any]:
    return some("v1", "Service", "web", spec={"selector": {"app": app}, "ports": [{"port": 80, "targetPort": target}]})


def ingress(name: str, port: dict[str, object]) -> dict[str, Any]:
    backend = {"service": {"name": name, "port": port}}
    return some("networking.k8s.io/v1", "Ingress", "web", spec={"defaultBackend": backend})


def test_a_service_leads_to_a_port_of_its_pods() -> None:
    assert told(check_ports, service("htp"), pod()) == [("spec.ports.0.targetPort", "there are http")]
    for fine in (service("http"), service(8080), service("8080"), service("htp", app="elsewhere")):
        assert told(check_ports, fine, pod()) == []


def test_an_ingress_leads_to_a_port_of_its_service() -> None:
    place = "spec.defaultBackend.service.port.number"
    assert told(check_ports, ingress("web", {"number": 81}), service(8080)) == [(place, "there are 80")]
    assert told(check_ports, ingress("web", {"number": 80}), service(8080)) == []
    assert told(check_ports, ingress("elsewhere", {"number": 81}), service(8080)) == []


def test_a_name_with_a_letter_wrong_is_told_where_nothing_else_names_what_it_means() -> None:
    account = some("v1", "ServiceAccount", "keeper")
    wrong = pod(serviceAccountName="keper")
    assert told(check_misspelt, account, wrong) == [("spec.serviceAccountName", "did you mean keeper?")]
    assert told(check_misspelt, account, wrong, is_whole=False) == []
    assert told(check_misspelt, account, wrong, pod("other", serviceAccountName="keeper")) == []
    assert told(check_misspelt, account, pod(serviceAccountName="somebody")) == []


def test_what_kustomize_generated_is_known_by_its_name() -> None:
    settings = some("v1", "ConfigMap", "settings-786bmtgc2d")
    wrong = pod(volumes=[{"name": "a", "configMap": {"name": "setings"}}])
    assert told(check_misspelt, settings, wrong) == [("spec.volumes.0.configMap.name", "did you mean settings?")]


@pytest.mark.parametrize(
    ("written", "is_one"), [("wep", True), ("we", True), ("wweb", True), ("wbe", True), ("web", False), ("wxy", False)]
)
def test_slips(written: str, is_one: bool) -> None:
    assert is_slip(written, "web") == is_one


@given(st.text("abc1-", max_size=8), st.text("abc1-", max_size=8))
def test_a_slip_goes_both_ways_and_never_by_a_digit(first: str, second: str) -> None:
    assert is_slip(first, second) == is_slip(second, first)
    without = ["".join(letter for letter in text if letter != "1") for text in (first, second)]
    assert not (is_slip(first, second) and without[0] == without[1])
