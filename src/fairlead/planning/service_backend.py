"""Which pod and port a Service leads to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fairlead.formats.json_data import dig, dig_text, maps_in
from fairlead.model.errors import InputError, Unavailable


def find_port(service: Mapping[str, Any], wanted: str) -> Mapping[str, Any]:
    """The port *wanted* (a number or a name) of *service*; its only one if *wanted* is empty. Raises InputError."""
    ports = list(maps_in(dig(service, "spec", "ports")))
    found = [port for port in ports if wanted in (str(port.get("port")), port.get("name"))] if wanted else ports
    if len(found) == 1:
        return found[0]
    known = ", ".join(str(port.get("name") or port.get("port")) for port in ports) or "none"
    name = dig_text(service, "metadata", "name")
    fault = f"Service {name} has no port {wanted}" if wanted else f"Service {name} has {len(ports)} ports"
    raise InputError(fault, hint=f"its ports are {known}")


def find_backend(slices: Sequence[Mapping[str, Any]], port: Mapping[str, Any], *, service: str) -> tuple[str, int]:
    """Name and port of a ready pod behind *port* of the Service, the same one every time. *slices* are its
    EndpointSlices. Raises Unavailable where none is ready."""
    found = sorted(
        (dig_text(endpoint, "targetRef", "name"), number)
        for one in slices
        if (number := _number(one, port)) is not None
        for endpoint in maps_in(one.get("endpoints"))
        if dig(endpoint, "conditions", "ready") is not False and dig(endpoint, "targetRef", "kind") == "Pod"
    )
    if not found:
        raise Unavailable(f"no pod behind Service {service} is ready", hint="see `kubectl get pods` of its namespace")
    return found[0]


def _number(found: Mapping[str, Any], port: Mapping[str, Any]) -> int | None:
    """What the pods of one slice call the Service's *port*."""
    for each in maps_in(found.get("ports")):
        if (each.get("name") or "") == (port.get("name") or "") and isinstance(number := each.get("port"), int):
            return number
    return None
