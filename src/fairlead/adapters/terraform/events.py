"""What an apply says while it runs, one line of text per event."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.adapters.terraform.diagnostics import one_line, parse_line

_TOLD = frozenset({"change_summary", "log"})
_TOLD_BEGINNINGS = ("apply_", "provision_", "ephemeral_op_")
_DEPRECATED_STATE = "Deprecated flag: -state"
"""Terraform (not OpenTofu) warns of it from 1.10 on; a state outside of the user's folder has no other way without an
edit of the user's files."""


def describe_event(line: str) -> str:
    """The line to show; empty for events that a plan has shown already, or that would show values (outputs)."""
    event = parse_line(line)
    if event is None:
        return one_line(line)
    kind = str(event.get("type", ""))
    if kind == "diagnostic":
        return _describe_diagnostic(event.get("diagnostic") or {})
    if kind in _TOLD or kind.startswith(_TOLD_BEGINNINGS):
        return one_line(str(event.get("@message", "")))
    return ""


def _describe_diagnostic(diagnostic: Mapping[str, Any]) -> str:
    summary = one_line(str(diagnostic.get("summary", "")))
    if summary == _DEPRECATED_STATE:
        return ""
    address = diagnostic.get("address")
    return f"{diagnostic.get('severity', 'error')}: {f'{address}: ' if address else ''}{summary}"
