"""Kinds that the API server does not serve when the plan is made: brought by a release's templates or by its hooks,
or by nobody. CRDs among plain manifests and in a chart's `crds/` are steps of their own: test_real_manifests.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, writes

pytestmark = pytest.mark.e2e


def _definition(plural: str, kind: str) -> str:
    return f"""\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: {plural}.late.example.test
spec:
  group: late.example.test
  scope: Cluster
  names: {{plural: {plural}, singular: {kind.lower()}, kind: {kind}, listKind: {kind}List}}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {{openAPIV3Schema: {{type: object, x-kubernetes-preserve-unknown-fields: true}}}}
"""


def _object(kind: str) -> str:
    return f"{{apiVersion: late.example.test/v1, kind: {kind}, metadata: {{name: one}}}}\n"


def _operator(clone: Clone, name: str, definition: str) -> dict[str, Any]:
    """The component of a release whose only template is *definition*."""
    clone.write("chart/Chart.yaml", {"apiVersion": "v2", "name": "operator", "version": "1.0.0"})
    clone.write("chart/templates/definition.yaml", definition)
    return {"name": name, "namespace": name, "helm": {"chart": "chart"}}


def test_user_of_a_kind_waits_for_the_release_whose_templates_bring_it(clone: Clone, audit_log: Path) -> None:
    operator = _operator(clone, "widgets", _definition("widgets", "Widget"))
    clone.write("widget.yaml", _object("Widget"))
    clone.project("late-templates", {"name": "user", "manifests": "widget.yaml"}, operator)
    before = audit_log.stat().st_size
    clone.run("deploy").expect()
    written = [(resource, name) for _, resource, _, name in writes(audit_log, since=before)]
    definition = written.index(("customresourcedefinitions", "widgets.late.example.test"))
    assert definition < written.index(("widgets", "one"))
    clone.run("plan", "--detailed-exitcode").expect(0)


def test_kind_that_a_hook_brings_is_known_when_its_user_is_written(clone: Clone) -> None:
    hook = _definition("gadgets", "Gadget").replace(
        "  name:", '  annotations: {"helm.sh/hook": pre-install}\n  name:', 1
    )
    operator = _operator(clone, "gadgets", hook)
    clone.write("gadget.yaml", _object("Gadget"))
    clone.project("late-hooks", operator, {"name": "user", "manifests": "gadget.yaml", "needs": ["gadgets"]})
    assert "served by nobody yet" in clone.run("plan").expect().out
    clone.run("deploy").expect()
    assert clone.kubectl("get", "gadgets.late.example.test", "one", "-o", "name") == "gadget.late.example.test/one\n"
    clone.run("plan", "--detailed-exitcode").expect(0)


def test_kind_that_nobody_brings_is_named_in_the_plan_and_by_the_failed_step(clone: Clone) -> None:
    clone.write("gizmo.yaml", _object("Gizmo"))
    clone.project("late-never", {"name": "user", "manifests": "gizmo.yaml"})
    planned = clone.run("plan").expect().out
    assert (
        "? user: known after apply Gizmo default/one, Gizmo in late.example.test/v1 is served by nobody yet" in planned
    )
    failed = clone.run("deploy", "--timeout", "1s").expect(1)
    assert "failed: user" in failed.out
    assert "does not serve Gizmo in late.example.test/v1" in failed.out
    assert "hint: deploy what brings it first" in failed.out
