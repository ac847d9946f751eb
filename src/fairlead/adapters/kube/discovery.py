"""Which kinds an API server serves: by aggregated discovery, else by the classic endpoints; broken APIs are named."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any, Final

from fairlead.adapters.kube.faults import Forbidden
from fairlead.adapters.kube.results import describe
from fairlead.adapters.kube.together import run_together
from fairlead.adapters.kube.transport import Answer, Request, Transport
from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Kind, Kinds

_AGGREGATED: Final = (
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"
    "application/json"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One resource in one version of its group."""

    group: str
    version: str
    kind: str
    plural: str
    namespaced: bool
    verbs: frozenset[str]


@dataclass(frozen=True, slots=True)
class Part:
    """What one answer tells; versions of a group in the server's order of preference."""

    served: tuple[Served, ...] = ()
    broken: tuple[str, ...] = ()


async def discover(transport: Transport) -> Kinds:
    """Raises Unavailable when the server itself does not answer; a broken aggregated API is only named."""
    parts: list[Part] = []
    # Often the first requests of all. Both are waited for, because a TLS connection that is given up with a request
    # on its way closes late: after the end of a program that ends on the fault.
    core, groups = await asyncio.gather(
        _discover(transport, "/api"), _discover(transport, "/apis"), return_exceptions=True
    )
    for part in (core, groups):
        if isinstance(part, BaseException):
            raise part
        parts.append(part)
    return kinds_of(parts)


def kinds_of(parts: Iterable[Part]) -> Kinds:
    """Join *parts*: the first version of a group that has a kind is the preferred one."""
    by_name: dict[tuple[str, str], list[Served]] = {}
    broken: set[str] = set()
    for part in parts:
        broken.update(part.broken)
        for served in part.served:
            by_name.setdefault((served.group, served.kind), []).append(served)
    return Kinds({name: _kind(served) for name, served in by_name.items()}, broken=tuple(sorted(broken)))


def _kind(served: list[Served]) -> Kind:
    first = served[0]
    return Kind(
        group=first.group,
        version=first.version,
        kind=first.kind,
        plural=first.plural,
        namespaced=first.namespaced,
        verbs=first.verbs,
        served_versions=tuple(dict.fromkeys(item.version for item in served)),
    )


async def _discover(transport: Transport, path: str) -> Part:
    answer = await transport.send(Request(method="GET", path=path, accept=_AGGREGATED))
    document = _document(transport, answer)
    match document.get("kind"):
        case "APIGroupDiscoveryList":
            return parse_aggregated(document)
        case "APIVersions":
            names = [("", version) for version in document.get("versions") or ()]
        case _:
            names = list(_group_versions(document))
    parts = await run_together(_classic(transport, group, version) for group, version in names)
    return Part(
        tuple(served for part in parts for served in part.served),
        tuple(group for part in parts for group in part.broken),
    )


def _document(transport: Transport, answer: Answer) -> dict[str, Any]:
    document = answer.json()
    if answer.status == 403:
        raise Forbidden(transport.connection, message=describe(document))
    if not answer.is_good or not isinstance(document, dict):
        server = transport.connection.server
        raise Unavailable(
            f"{server} does not tell what it serves (HTTP {answer.status})",
            hint="see that `server` in the kubeconfig is a Kubernetes API server, and its log",
        )
    return document


def parse_aggregated(document: dict[str, Any]) -> Part:
    """An APIGroupDiscoveryList. A stale version is broken; what it last served is kept."""
    served: list[Served] = []
    broken: list[str] = []
    for item in document.get("items") or ():
        group = item["metadata"].get("name") or ""
        for version in item.get("versions") or ():
            served.extend(_aggregated_version(group, version))
            if version.get("freshness") == "Stale":
                broken.append(group)
    return Part(tuple(served), tuple(broken))


def _aggregated_version(group: str, version: dict[str, Any]) -> Iterator[Served]:
    for resource in version.get("resources") or ():
        kind = (resource.get("responseKind") or {}).get("kind")
        if kind:
            yield Served(
                group=group,
                version=version["version"],
                kind=kind,
                plural=resource["resource"],
                namespaced=resource.get("scope") == "Namespaced",
                verbs=frozenset(resource.get("verbs") or ()),
            )


def _group_versions(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(group, version) of an APIGroupList, the preferred version of each group first."""
    for group in document.get("groups") or ():
        preferred = (group.get("preferredVersion") or {}).get("version")
        versions = [version["version"] for version in group.get("versions") or ()]
        for version in sorted(versions, key=lambda version: version != preferred):
            yield group["name"], version


async def _classic(transport: Transport, group: str, version: str) -> Part:
    path = f"/apis/{group}/{version}" if group else f"/api/{version}"
    answer = await transport.send(Request(method="GET", path=path))
    document = answer.json()
    if not answer.is_good or not isinstance(document, dict):
        return Part(broken=(group,))
    return Part(tuple(_classic_resources(group, version, document)))


def _classic_resources(group: str, version: str, document: dict[str, Any]) -> Iterator[Served]:
    for resource in document.get("resources") or ():
        if "/" not in resource["name"]:
            yield Served(
                group=group,
                version=version,
                kind=resource["kind"],
                plural=resource["name"],
                namespaced=bool(resource.get("namespaced")),
                verbs=frozenset(resource.get("verbs") or ()),
            )
