"""Diagnostics as OpenTofu 1.12.6 and Terraform 1.11.4 print them, and our error for each."""

from __future__ import annotations

import json
from typing import Any

import pytest

from fairlead.adapters.terraform.diagnostics import failure, find_diagnostics, parse_lock_json, parse_lock_text
from fairlead.model.errors import FairleadError, InputError, Refused, StepFailed, Unavailable
from fairlead.model.finding import Location
from fairlead.model.infrastructure import StateLock, TerraformRoot

ROOT = TerraformRoot(
    component="cluster", folder="/p/infra", program="tofu", environment="local", suffix="cluster-local"
)
RANGE = {"filename": "bad.tf", "start": {"line": 2, "column": 11, "byte": 42}, "end": {"line": 3, "column": 1}}
LOCK_DETAIL = """Error message: resource temporarily unavailable
Lock Info:
  ID:        3257e16a-0bd4-267c-72f6-551a92978463
  Path:      /d/terraform.tfstate
  Operation: OperationTypeApply
  Who:       root@vm
  Version:   1.11.4
  Created:   2026-11-22 07:10:53.826542032 +0000 UTC
  Info:\x20\x20\x20\x20\x20\x20


Terraform acquires a state lock to protect the state"""


def lines(*diagnostics: dict[str, Any]) -> list[str]:
    return [json.dumps({"type": "diagnostic", "diagnostic": {"severity": "error"} | d}) for d in diagnostics]


def error(*diagnostics: dict[str, Any], verb: str = "plan", said: str = "", changed: bool = False) -> FairleadError:
    found = find_diagnostics(lines(*diagnostics), root=ROOT)
    return failure(found, root=ROOT, verb=verb, said=said, changed=changed)


def test_fault_with_a_place_and_no_resource_is_the_input() -> None:
    found = error({"summary": "Invalid expression", "detail": "Expected\nthe start.\n\nMore.", "range": RANGE})
    assert isinstance(found, InputError)
    assert str(found) == "infra/bad.tf:2:11: Invalid expression: Expected the start."


def test_every_fault_is_a_finding() -> None:
    one = {"summary": "One", "range": RANGE}
    found = error(one, {"summary": "Two", "range": RANGE | {"filename": "../modules/m/main.tf"}}, one)
    assert isinstance(found, InputError)
    assert found.message == "One (and 1 more)"
    assert [f.location for f in found.findings] == [
        Location("infra/bad.tf", 2, 11),
        Location("modules/m/main.tf", 2, 11),
    ]


def test_missing_value_hints_at_the_component() -> None:
    found = error({"summary": "No value for required variable", "range": RANGE})
    assert found.hint == "give it a value by `variables` of the component"


def test_fault_of_a_resource_is_a_failure() -> None:
    fault = {"summary": "reading host", "detail": "403", "address": "data.x.y", "range": RANGE}
    found = error(fault)
    assert isinstance(found, StepFailed)
    assert found.message == "cluster: data.x.y: reading host: 403 (infra/bad.tf:2:11)"


def test_fault_during_apply_is_a_failure_even_without_a_resource() -> None:
    assert isinstance(error({"summary": "Invalid index", "range": RANGE}, verb="apply", changed=True), StepFailed)


def test_end_of_an_interrupted_apply_is_told_by_its_cause() -> None:
    halted = {"summary": "execution halted"}
    found = error(
        {"summary": "local-exec provisioner error", "address": "x.y"}, halted, halted, verb="apply", changed=True
    )
    assert found.message == "cluster: x.y: local-exec provisioner error"


def test_end_of_an_interrupted_apply_alone_is_told() -> None:
    assert error({"summary": "execution halted"}, verb="apply", changed=True).message == "cluster: execution halted"


def test_heading_of_init_faults_is_left_out() -> None:
    heading = "Terraform encountered problems during initialisation, including problems\nwith the configuration"
    found = error({"summary": heading}, {"summary": "Invalid expression", "range": RANGE}, verb="init")
    assert isinstance(found, InputError)


def test_locked_state_is_refused_naming_the_holder() -> None:
    found = error({"summary": "Error acquiring the state lock", "detail": LOCK_DETAIL})
    assert isinstance(found, Refused)
    for word in ("3257e16a-0bd4-267c-72f6-551a92978463", "root@vm", "OperationTypeApply", "2026-11-22 07:10:53"):
        assert word in found.message
    assert "fairlead unlock" in found.hint


def test_lock_that_could_not_be_asked_for_is_unavailable() -> None:
    detail = "Error message: Post https://127.0.0.1:1/apis: dial tcp: connection refused\n\nOpenTofu acquires"
    found = error({"summary": "Error acquiring the state lock", "detail": detail})
    assert isinstance(found, Unavailable)
    assert "connection refused" in found.message


@pytest.mark.parametrize("summary", ["Saved plan is stale", "Saved plan does not match the given state"])
def test_stale_plan_is_refused(summary: str) -> None:
    assert isinstance(error({"summary": summary}, verb="apply", changed=True), Refused)


def test_write_that_a_policy_denies_is_refused() -> None:
    summary = (
        "error loading state: leases.coordination.k8s.io \"l\" is forbidden: ValidatingAdmissionPolicy 'fence' with"
        " binding 'fence' denied request: stale token"
    )
    found = error({"summary": summary}, verb="apply", changed=True)
    assert isinstance(found, Refused)
    assert found.changed
    assert found.message.endswith("stale token")


def test_registry_that_does_not_answer_is_unavailable() -> None:
    detail = 'could not connect to localhost:1: Get "https://localhost:1/x": dial tcp 127.0.0.1:1: connection refused'
    found = error({"summary": "Failed to resolve provider packages", "detail": detail}, verb="init")
    assert isinstance(found, Unavailable)


def test_provider_that_does_not_exist_is_a_failure() -> None:
    found = error({"summary": "Failed to query available provider packages", "detail": "no such provider"}, verb="init")
    assert isinstance(found, StepFailed)
    assert "required_providers" in found.hint


def test_endpoint_that_does_not_answer_during_apply_is_a_failure() -> None:
    """A retry of the step would find its plan used up."""
    found = error({"summary": "creating", "detail": "connection refused"}, verb="apply", changed=True)
    assert isinstance(found, StepFailed)


def test_state_that_could_not_be_saved_says_where_it_is() -> None:
    found = error({"summary": "Failed to save state"}, verb="apply", changed=True)
    assert "/p/infra/errored.tfstate" in found.message
    assert "state push" in found.hint


def test_failure_without_a_diagnostic_quotes_what_was_said() -> None:
    assert error(verb="plan", said="  panic:\n  oh ").message == "cluster: tofu plan failed: panic: oh"


def test_long_details_are_cut() -> None:
    assert len(error({"summary": "S", "detail": "x" * 9000}).message) < 500


def test_warnings_and_plain_text_are_no_errors() -> None:
    texts = ["There are problems with the CLI configuration", *lines({"summary": "W", "severity": "warning"})]
    found = find_diagnostics(texts, root=ROOT)
    assert [d.is_error for d in found] == [False]
    assert isinstance(failure(found, root=ROOT, verb="plan"), StepFailed)


def test_lock_text_and_json_agree() -> None:
    text = parse_lock_text(LOCK_DETAIL)
    info = {"ID": "3257e16a-0bd4-267c-72f6-551a92978463", "Operation": "OperationTypeApply", "Who": "root@vm"}
    created = "2026-11-22 07:10:53.826542032 +0000 UTC"
    assert text == parse_lock_json(json.dumps(info | {"Created": created}))
    assert text == StateLock(id=info["ID"], who="root@vm", operation="OperationTypeApply", created=created)


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", "3"])
def test_other_lock_information_is_none(text: str) -> None:
    assert parse_lock_json(text) is None
