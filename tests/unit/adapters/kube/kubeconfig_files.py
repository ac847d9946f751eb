"""Kubeconfig files for tests, written as JSON (which is YAML)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_kubeconfig(
    path: Path,
    *,
    clusters: dict[str, Any] | None = None,
    users: dict[str, Any] | None = None,
    contexts: dict[str, Any] | None = None,
    current: str = "",
) -> Path:
    document: dict[str, Any] = {"apiVersion": "v1", "kind": "Config"}
    for plural, entries in (("cluster", clusters), ("user", users), ("context", contexts)):
        document[f"{plural}s"] = [{"name": name, plural: value} for name, value in (entries or {}).items()]
    if current:
        document["current-context"] = current
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document))
    return path


def write_context(path: Path, *, cluster: dict[str, Any] | None = None, user: dict[str, Any] | None = None) -> Path:
    """One context `c` of cluster `k` and user `u`."""
    return write_kubeconfig(
        path,
        clusters={"k": {"server": "https://k.test:6443"} | (cluster or {})},
        users={"u": user or {}},
        contexts={"c": {"cluster": "k", "user": "u"}},
        current="c",
    )
