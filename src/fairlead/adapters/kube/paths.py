"""URL paths of the Kubernetes API."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from fairlead.model.objects import Kind, ObjectRef

DEFAULT_NAMESPACE = "default"
"""Where a namespaced object without a namespace goes."""


def collection_path(kind: Kind, *, version: str = "", namespace: str = "") -> str:
    """The path of all objects of *kind*; of all namespaces when *namespace* is empty."""
    version = version or kind.version
    root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
    inside = f"/namespaces/{quote(namespace, safe='')}" if namespace and kind.namespaced else ""
    return f"{root}{inside}/{kind.plural}"


def object_path(kind: Kind, ref: ObjectRef, *, version: str = "") -> str:
    return f"{home_path(kind, ref, version=version)}/{quote(ref.name, safe=':')}"


def home_path(kind: Kind, ref: ObjectRef, *, version: str = "") -> str:
    """The collection that *ref* belongs to: unlike `collection_path` never of all namespaces for a namespaced kind."""
    return collection_path(kind, version=version, namespace=ref.namespace or DEFAULT_NAMESPACE)


def with_query(path: str, query: Mapping[str, str]) -> str:
    stated = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(stated, quote_via=quote)}" if stated else path


def selector(terms: Mapping[str, str] | None) -> str:
    """Labels or fields that must be equal, as a selector."""
    return ",".join(f"{key}={value}" for key, value in (terms or {}).items())
