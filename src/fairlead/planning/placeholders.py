"""Manifests that somebody fills in before they are applied: by envsubst, Jinja, sed, or a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

_SIGN: Final = re.compile(r"\{\{|\{%|\$\{\w|\$[A-Z]|<[A-Z_]{3,}>|@@?[A-Z_]{3,}@")
_FILLED: Final = frozenset({"name", "namespace", "image", "replicas", "apiVersion", "kind"})
"""Keys whose values Kubernetes takes as they are: with a sign in one, the API server would refuse the object."""


def may_hold_placeholders(text: str) -> bool:
    return bool(_SIGN.search(text))


def find_placeholder(manifests: Iterable[Any]) -> str:
    """The first value of *manifests* that has to be filled in; empty where there is none."""
    return next((text for manifest in manifests for text in _filled(_judged(manifest))), "")


def _judged(manifest: Any) -> Any:
    """What of *manifest* the API server takes as it is. Kinds of others have templates of their own (an ApplicationSet,
    a Workflow, a policy): of those, what every object has."""
    if not isinstance(manifest, Mapping) or _is_built_in(str(manifest.get("apiVersion"))):
        return manifest
    metadata = manifest.get("metadata")
    return {**{key: manifest.get(key) for key in ("apiVersion", "kind")}, "metadata": metadata}


def _is_built_in(version: str) -> bool:
    group = version.partition("/")[0] if "/" in version else ""
    return "." not in group or group.endswith(".k8s.io")


def _filled(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, each in value.items():
            if key in _FILLED and isinstance(each, str) and _SIGN.search(each):
                yield each
            elif key not in ("data", "stringData", "annotations"):
                yield from _filled(each)
    elif isinstance(value, list):
        for each in value:
            yield from _filled(each)
