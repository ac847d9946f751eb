"""Where a refusal is told, and what is left alone. That it is true is tried with an API server, see
tests/e2e/test_object_refusals.py."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.objects import ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject
from fairlead.planning.rules.refusals import check_refusals
from fairlead.planning.rules.refused_values import quantity, wrong_in_schedule


def told(*manifests: dict[str, Any]) -> list[tuple[int, str]]:
    objects = [JudgedObject(component="a", manifest=each, ref=ref_of(each)) for each in manifests]
    found = check_refusals(EnvironmentObjects(objects=objects))
    return [(each.index, ".".join(map(str, each.path))) for each in found]


def config_map(name: str, **metadata: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, **metadata}}


def pod(container: dict[str, Any]) -> dict[str, Any]:
    spec = {"containers": [{"name": "a", "image": "a:1", **container}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a"}, "spec": spec}


def policy(cidr: str, *without: str) -> dict[str, Any]:
    egress = [{}, {"to": [{"podSelector": {}}, {"ipBlock": {"cidr": cidr, "except": [*without]}}]}]
    meta = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "a"}}
    return {**meta, "spec": {"podSelector": {}, "egress": egress}}


def test_blocks_of_addresses_are_told_at_the_block() -> None:
    block = "spec.egress.1.to.1.ipBlock"
    assert told(policy("10.0.0.0/33", "10.1.0.0/16")) == [(0, f"{block}.cidr")]
    assert told(policy("10.0.0.0/8", "10.1.0.0/16", "11.0.0.0/16")) == [(0, f"{block}.except.1")]
    assert told(policy("${CIDR}", "${NODE}/32")) == []


def test_a_probe_without_a_question_is_told_at_the_probe() -> None:
    assert told(pod({"startupProbe": {"periodSeconds": 5}})) == [(0, "spec.containers.0.startupProbe")]
    both = {"exec": {"command": ["a"]}, "tcpSocket": {"port": 80}}
    assert told(pod({"livenessProbe": both})) == [(0, "spec.containers.0.livenessProbe.tcpSocket")]


def test_it_is_told_at_the_field() -> None:
    assert told(config_map("A")) == [(0, "metadata.name")]
    assert told(pod({"image": "A"})) == [(0, "spec.containers.0.image")]
    assert told(pod({"volumeMounts": [{"name": "x", "mountPath": "/x"}]})) == [
        (0, "spec.containers.0.volumeMounts.0.name")
    ]
    assert told(pod({"resources": {"limits": {"cpu": "1 core"}}})) == [(0, "spec.containers.0.resources.limits.cpu")]


def test_a_namespace_is_told_once() -> None:
    assert told(*(config_map(name, namespace="Shop") for name in "abc")) == [(0, "metadata.namespace")]


@pytest.mark.parametrize("name", ["${NAME}", "web-${NAME}", "{{ name }}"])
def test_what_is_filled_in_later_is_left_alone(name: str) -> None:
    assert told(config_map(name)) == []
    assert told(pod({"image": f"registry.test/{name}:1"})) == []


def test_only_the_head_of_an_unknown_kind_is_judged() -> None:
    spec = {"selector": {"matchLabels": {"a": "b c"}}, "template": {"metadata": {"labels": {"a": "b c"}}}}
    other = {"apiVersion": "x.test/v1", "kind": "Service", "metadata": {"name": "A:b"}, "spec": spec}
    assert told(other) == []
    assert told({**other, "metadata": {"name": "a", "labels": {"a": "b c"}}}) == [(0, "metadata.labels.a")]
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "system:a"}}
    assert told(role) == []


@given(st.integers(0, 10**9), st.sampled_from(["", "m", "k", "Ki", "M", "Gi"]))
def test_an_amount_is_what_its_suffix_makes_of_it(number: int, suffix: str) -> None:
    factors = {"": 1, "m": Decimal("0.001"), "k": 1000, "Ki": 1024, "M": 10**6, "Gi": 2**30}
    assert quantity(f"{number}{suffix}") == number * factors[suffix]
    assert quantity(f"{number}{suffix}b") is None


@given(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))
def test_numbers_make_a_schedule_where_each_is_in_its_range(
    minute: int, hour: int, day: int, month: int, week: int
) -> None:
    is_right = minute < 60 and hour < 24 and 0 < day < 32 and 0 < month < 13 and week < 7
    assert (wrong_in_schedule(f"{minute} {hour} {day} {month} {week}") == "") == is_right


@given(st.text(max_size=30))
def test_any_text_is_judged(text: str) -> None:
    wrong_in_schedule(text)
    quantity(text)
    told(
        config_map(text, labels={text: text}, annotations={text: text}), pod({"image": text, "ports": [{"name": text}]})
    )
