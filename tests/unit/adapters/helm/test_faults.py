"""Messages of helm 4.3.1, as it printed them; tests/e2e/test_helm_adapter.py makes it print them again."""

from __future__ import annotations

import pytest

from fairlead.adapters.helm.faults import chart_fault, helm_message, write_fault
from fairlead.model.errors import FairleadError, InputError, MissingKinds, Refused, StepFailed, Unavailable

NESTED = """Error: web/templates/a.yaml:1:3
  executing "web/templates/a.yaml" at <include "web.deep" .>:
    error calling include:
web/templates/_names.tpl:5:10
  executing "web.deep" at <.Values.nothing.at.all>:
    nil pointer evaluating interface {}.at

Use --debug flag to render out invalid YAML
"""
NO_KINDS = """Error: UPGRADE FAILED: [resource mapping not found for name: "w" namespace: "" from "": no matches for kind "Gadget" in version "example.com/v1"
ensure CRDs are installed first, resource mapping not found for name: "w" namespace: "" from "": no matches for kind "Widget" in version "example.com/v1"
ensure CRDs are installed first]"""  # noqa: E501 - as helm prints it
CONFLICTS = """level=WARN msg="upgrade failed" name=r error="conflict occurred"
Error: UPGRADE FAILED: conflict occurred while applying object a/r apps/v1, Kind=Deployment: Apply failed with 2 conflicts: conflicts with "kubectl" with subresource "scale" using apps/v1:
- .spec.replicas
conflicts with "kubectl-set" using apps/v1:
- .spec.template.spec.containers[name="c"].image
- .spec.template.spec.containers[name="c"].args"""  # noqa: E501 - as helm prints it
HOOK = """level=WARN msg="upgrade failed" name=r error="post-upgrade hooks failed"
Error: UPGRADE FAILED: post-upgrade hooks failed: resource Pod/a/h not ready. status: InProgress, message: in progress
context deadline exceeded"""


def test_log_lines_and_advice_are_left_out() -> None:
    advice = "\n\nUse --debug flag to render out invalid YAML\n"
    stderr = f"level=WARN msg=x\nW1122 12:00:00 klog\nError: UPGRADE FAILED: it\nis so{advice}"
    assert helm_message(stderr) == "it\nis so"
    assert helm_message("no such thing") == "no such thing"
    assert helm_message("panic: out of range\n\ngoroutine 1 [running]:\nmain()\n") == "panic: out of range"


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (NESTED, "web/templates/_names.tpl:5:11: nil pointer evaluating interface {}.at (at .Values.nothing.at.all)"),
        ("Error: execution error at (a/b.yaml:2:6): the host must be set", "a/b.yaml:2:7: the host must be set"),
        (
            "Error: parse error at (a/b.yaml:2): unclosed action started at a/b.yaml:1",
            "a/b.yaml:2:1: unclosed action started at a/b.yaml:1",
        ),
        (
            "Error: YAML parse error on a/b.yaml: error converting YAML to JSON: yaml: line 2: did not find ']'",
            "a/b.yaml: what the template renders is no YAML: line 2: did not find ']' (lines of the output)",
        ),
        (
            "Error: YAML parse error on a/b.yaml: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal "
            "string into Go value of type util.SimpleHead",
            "a/b.yaml: what the template renders is no YAML: a document is no map but of type string "
            "(lines of the output)",
        ),
        (
            "Error: cannot load values.yaml: cannot unmarshal yaml document: error converting YAML to JSON: "
            "yaml: line 3: did not find expected node content",
            "values.yaml:3:1: helm cannot read it: did not find expected node content",
        ),
        (
            "Error: values don't meet the specifications of the schema(s) in the following chart(s):\nweb:\n"
            "- at '/b': got string\n- at '/a': got number\n",
            "the values do not fit the schema of chart web: '/a': got number; '/b': got string",
        ),
        (
            "Error: an error occurred while checking for chart dependencies. You may need to run "
            "'helm dependency build' to fetch missing dependencies: found in Chart.yaml, but missing in charts/ "
            "directory: sub, sup",
            "the chart lacks its dependencies sub, sup",
        ),
        (
            "Error: chart requires kubeVersion: >=1.40.0 which is incompatible with Kubernetes v1.34.2",
            "the chart web does not render: "
            "chart requires kubeVersion: >=1.40.0 which is incompatible with Kubernetes v1.34.2",
        ),
    ],
)
def test_why_a_chart_does_not_render(stderr: str, message: str) -> None:
    for fault in (chart_fault(stderr, chart="web"), write_fault(stderr, release="r", chart="web")):
        if "kubeVersion" not in message or type(fault) is InputError:
            assert type(fault) is InputError
            assert str(fault) == message
            assert fault.hint


def test_kinds_that_are_not_served_are_all_named() -> None:
    for fault in (chart_fault(NO_KINDS, chart="web"), write_fault(NO_KINDS, release="r", chart="web")):
        assert isinstance(fault, MissingKinds)
        assert fault.kinds == (("example.com/v1", "Gadget"), ("example.com/v1", "Widget"))


@pytest.mark.parametrize(
    ("stderr", "kind", "message"),
    [
        (
            CONFLICTS,
            StepFailed,
            "Deployment a/r was changed by others where release r states a value: .spec.replicas by kubectl; "
            '.spec.template.spec.containers[name="c"].image, .spec.template.spec.containers[name="c"].args '
            "by kubectl-set",
        ),
        (
            "Error: UPGRADE FAILED: conflict occurred while applying object a/r apps/v1, Kind=Deployment: Apply failed "
            'with 1 conflict: conflict with "kubectl" with subresource "scale" using apps/v1: .spec.replicas',
            StepFailed,
            "Deployment a/r was changed by others where release r states a value: .spec.replicas by kubectl",
        ),
        (
            HOOK,
            StepFailed,
            "release r: post-upgrade hooks failed: resource Pod/a/h not ready. status: InProgress, message: "
            "in progress context deadline exceeded",
        ),
        (
            "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress",
            Refused,
            "another helm operation on release r is in progress, or was killed",
        ),
        (
            'Error: unable to continue with install: ConfigMap "x" in namespace "a" exists and cannot be imported into '
            'the current release: invalid ownership metadata; label validation error: missing key "k"',
            Refused,
            'ConfigMap "x" in namespace "a" exists and does not belong to release r',
        ),
        (
            'Error: kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: '
            "connection refused",
            Unavailable,
            'the cluster did not answer helm: kubernetes cluster unreachable: Get "https://127.0.0.1:1/version": '
            "dial tcp 127.0.0.1:1: connect: connection refused",
        ),
        (
            'Error: create: failed to create: namespaces "missing" not found',
            StepFailed,
            'helm did not write release r: create: failed to create: namespaces "missing" not found',
        ),
    ],
)
def test_why_a_release_was_not_written(stderr: str, kind: type[FairleadError], message: str) -> None:
    fault = write_fault(stderr, release="r", chart="web")
    assert (type(fault), fault.message) == (kind, message)
    assert fault.hint
