"""Services and Ingresses that the API server refuses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.planning.rules.refused_pods import is_port
from fairlead.planning.rules.refused_values import SUBDOMAIN, Refusal


def check_service(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    ports = maps_in(dig(manifest, "spec", "ports"))
    is_headless = dig_text(manifest, "spec", "clusterIP") == "None"
    if not ports and not is_headless and dig_text(manifest, "spec", "type") != "ExternalName":
        yield Refusal(path=("spec",), message="a Service without ports", hint="name its ports, or let it be headless")
    names: set[str] = set()
    open_ports: set[tuple[object, str]] = set()
    for index, port in enumerate(ports):
        path = ("spec", "ports", index)
        name, number = dig_text(port, "name"), port.get("port")
        if not is_port(number):
            yield Refusal(path=(*path, "port"), message=f"{number} is no port: 1 to 65535")
        if len(ports) > 1 and not name:
            yield Refusal(path=path, message="one of several ports has no name", hint="name each of them")
        if name and name in names:
            yield Refusal(path=(*path, "name"), message=f"the name {name} stands twice", hint="give each its own")
        opened = (number, dig_text(port, "protocol") or "TCP")
        if opened in open_ports:
            yield Refusal(path=(*path, "port"), message=f"the port {number} stands twice", hint="keep one of them")
        names.add(name)
        open_ports.add(opened)


def check_ingress(manifest: Mapping[str, Any]) -> Iterator[Refusal]:
    for index, rule in enumerate(maps_in(dig(manifest, "spec", "rules"))):
        host = dig_text(rule, "host")
        if host and not SUBDOMAIN.fullmatch(host.removeprefix("*.")):
            hint = "small letters, digits, `-` and `.`; no scheme, port or path"
            yield Refusal(path=("spec", "rules", index, "host"), message=f"{host!r} is no name of a host", hint=hint)
        for position, route in enumerate(maps_in(dig_map(rule, "http").get("paths"))):
            path = dig_text(route, "path")
            if not path.startswith("/") and dig_text(route, "pathType") in ("Exact", "Prefix"):
                place = ("spec", "rules", index, "http", "paths", position, "path")
                yield Refusal(path=place, message=f"the path {path!r} does not begin with `/`", hint=f"write /{path}")
