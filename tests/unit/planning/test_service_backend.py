"""Which port of a Service is meant, and which pod stands behind it."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.errors import InputError, Unavailable
from fairlead.planning.service_backend import find_backend, find_port

TWO = {
    "metadata": {"name": "web"},
    "spec": {"ports": [{"name": "http", "port": 80}, {"name": "metrics", "port": 9090}]},
}
ONE = {"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}


def piece(number: int, *pods: str, name: str = "", ready: bool = True, kind: str = "Pod") -> dict[str, Any]:
    endpoints = [{"targetRef": {"kind": kind, "name": pod}, "conditions": {"ready": ready}} for pod in pods]
    return {"ports": [{"name": name, "port": number}], "endpoints": endpoints}


@pytest.mark.parametrize(
    ("service", "wanted", "port"), [(TWO, "80", 80), (TWO, "metrics", 9090), (ONE, "", 80), (ONE, "80", 80)]
)
def test_a_port_is_found_by_number_or_name_or_for_being_alone(service: Any, wanted: str, port: int) -> None:
    assert find_port(service, wanted)["port"] == port


def test_a_port_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(InputError, match="has no port 81") as caught:
        find_port(TWO, "81")
    assert caught.value.hint == "its ports are http, metrics"


def test_several_ports_must_be_told_apart() -> None:
    with pytest.raises(InputError, match="has 2 ports"):
        find_port(TWO, "")


def test_the_pods_own_port_is_taken() -> None:
    slices = [piece(8080, "web-2", "web-1", name="http"), piece(9999, "web-0", name="metrics")]
    assert find_backend(slices, {"name": "http", "port": 80}, service="shop/web") == ("web-1", 8080)


@pytest.mark.parametrize(
    "slices",
    [[], [piece(8080, "web-1", ready=False)], [piece(8080, "web-1", name="else")], [piece(80, "x", kind="VM")]],
)
def test_a_service_without_a_ready_pod_is_unavailable(slices: list[dict[str, Any]]) -> None:
    with pytest.raises(Unavailable, match="no pod behind Service shop/web is ready"):
        find_backend(slices, {"port": 80}, service="shop/web")
