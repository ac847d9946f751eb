from __future__ import annotations

import json
from typing import Any

import pytest

from fairlead.adapters.terraform.events import describe_event


def event(kind: str, message: str = "", **more: Any) -> str:
    return json.dumps({"@level": "info", "@message": message, "type": kind, **more})


@pytest.mark.parametrize(
    "kind",
    [
        "apply_start",
        "apply_progress",
        "apply_complete",
        "apply_errored",
        "provision_start",
        "provision_progress",
        "provision_complete",
        "provision_errored",
        "ephemeral_op_start",
        "change_summary",
        "log",
    ],
)
def test_what_happens_is_told_in_one_line(kind: str) -> None:
    assert describe_event(event(kind, "\nx.y: Creating...\n")) == "x.y: Creating..."


@pytest.mark.parametrize("kind", ["version", "planned_change", "outputs", "refresh_start", "resource_drift"])
def test_what_the_plan_told_or_what_holds_values_is_left_out(kind: str) -> None:
    assert describe_event(event(kind, "something")) == ""


def test_diagnostic_says_its_severity_and_address() -> None:
    diagnostic = {"severity": "error", "summary": "local-exec provisioner error", "address": "x.y", "detail": "long"}
    assert describe_event(event("diagnostic", diagnostic=diagnostic)) == "error: x.y: local-exec provisioner error"


def test_warning_of_our_own_flag_is_left_out() -> None:
    diagnostic = {"severity": "warning", "summary": "Deprecated flag: -state"}
    assert describe_event(event("diagnostic", diagnostic=diagnostic)) == ""


@pytest.mark.parametrize("text", ["There are  problems", "3", '["a"]'])
def test_plain_text_is_passed_on(text: str) -> None:
    assert describe_event(text) == " ".join(text.split())
