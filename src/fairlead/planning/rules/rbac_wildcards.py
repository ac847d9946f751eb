"""Roles that grant everything, and bindings to cluster-admin (CIS Kubernetes Benchmark 5.1.1 and 5.1.3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.formats.json_data import as_list, dig_text, maps_in
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import ref_of

_GROUP = "rbac.authorization.k8s.io"
_FIELDS = (("verbs", "verb"), ("resources", "resource"), ("apiGroups", "API group"))


def check_rbac(manifest: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Warnings: a controller may need what it is granted, and only its owner knows."""
    if dig_text(manifest, "apiVersion").partition("/")[0] != _GROUP:
        return ()
    messages = _of_binding(manifest) if dig_text(manifest, "kind").endswith("Binding") else _of_role(manifest)
    return tuple(
        Finding(rule=rule, message=message, hint=hint, severity=Severity.WARNING, ref=ref_of(manifest))
        for rule, message, hint in dict.fromkeys(messages)
    )


def _of_role(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    for rule in maps_in(manifest.get("rules")):
        wild = [word for field, word in _FIELDS if "*" in as_list(rule.get(field))]
        if len(wild) == len(_FIELDS):
            yield "rbac/everything", "grants every verb on every resource", "list what it needs"
        elif "verb" in wild:
            on = ", ".join(str(name) for name in as_list(rule.get("resources"))) or "paths"
            yield "rbac/wildcard", f"grants every verb on {on}", "list the verbs: `*` takes in those of later versions"
        elif "resource" in wild:
            of = ", ".join(str(name) or "core" for name in as_list(rule.get("apiGroups")))
            yield "rbac/wildcard", f"grants every resource of {of}", "list the resources"


def _of_binding(manifest: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    if dig_text(manifest, "roleRef", "name") != "cluster-admin":
        return
    who = ", ".join(
        f"{dig_text(subject, 'kind')} {dig_text(subject, 'name')}" for subject in maps_in(manifest.get("subjects"))
    )
    yield "rbac/cluster-admin", f"makes {who or 'nobody'} cluster-admin", "bind a role with what it needs"
