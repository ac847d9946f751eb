"""Terraform's JSON lines, its diagnostics, and which of our errors each of them is.

Locked, stale, invalid and failed all end with exit code 1: only the diagnostics tell them apart
(measured with OpenTofu 1.12.6 and Terraform 1.11.4).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePath
from typing import Any

from fairlead.model.errors import FairleadError, InputError, Refused, StepFailed, Unavailable
from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import StateLock, TerraformRoot

_LOCKED = "Error acquiring the state lock"
_STALE = ("Saved plan is stale", "Saved plan does not match the given state")
_NOT_SAVED = ("Failed to persist state", "Failed to save state")
_FOLLOW_UP = ("execution halted",)
_PREAMBLE = re.compile(r"encountered problems during initiali[sz]ation")
_NO_ANSWER = re.compile(
    r"connection refused|connection reset|no such host|i/o timeout|network is unreachable|no route to host"
    r"|deadline exceeded|handshake timeout|server misbehaving"
    r"|(?:unexpected|returned|status)[^\n]{0,40}\b(?:429|502|503|504)\b|\bEOF\b",
    re.IGNORECASE,
)
_FULL = re.compile(r"no space left on device|disk quota exceeded|file too large", re.IGNORECASE)
_DENIED = re.compile(r"is forbidden: ValidatingAdmissionPolicy '[^']*' with binding '[^']*' denied request")
"""Also what a run says whose environment's lock went to another run, where the lock is fenced."""
_LONGEST = 400
"""Characters of a detail that one sentence may have."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """*location* is relative to the folder that holds the root's folder: `terraform/main.tf:3:5`."""

    is_error: bool
    summary: str
    detail: str = ""
    address: str = ""
    location: Location | None = None

    @property
    def sentence(self) -> str:
        """Address, summary and the first paragraph of the detail, in one line."""
        said = one_line(self.detail.strip().partition("\n\n")[0])
        said = said if len(said) <= _LONGEST else f"{said[:_LONGEST]}…"
        summary = one_line(self.summary).rstrip(".")
        text = f"{summary}: {said}" if said else summary
        return f"{self.address}: {text}" if self.address else text


def one_line(text: str) -> str:
    return " ".join(text.split())


def parse_line(line: str) -> Mapping[str, Any] | None:
    """One event; None for plain text, which comes before the JSON lines when the CLI configuration has a fault."""
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return event if isinstance(event, dict) else None


def parse_diagnostic(data: Mapping[str, Any], *, root: TerraformRoot) -> Diagnostic:
    return Diagnostic(
        is_error=data.get("severity") == "error",
        summary=data.get("summary") or "",
        detail=data.get("detail") or "",
        address=data.get("address") or "",
        location=_location(data.get("range"), root),
    )


def find_diagnostics(lines: Iterable[str], *, root: TerraformRoot) -> tuple[Diagnostic, ...]:
    """The diagnostics of a `-json` output, each once."""
    events = (parse_line(line) for line in lines)
    found = (
        parse_diagnostic(event["diagnostic"], root=root)
        for event in events
        if event and isinstance(event.get("diagnostic"), dict)
    )
    return tuple(dict.fromkeys(found))


def failure(
    diagnostics: Sequence[Diagnostic], *, root: TerraformRoot, verb: str, said: str = "", changed: bool = False
) -> FairleadError:
    """The error that *diagnostics* amount to; *said* is what to quote where there is none.

    *changed* is whether resources may have been touched: then the place of a fault is no fault of the input.
    """
    errors = _worth_telling([d for d in diagnostics if d.is_error])
    if not errors:
        return StepFailed(
            f"{root.component}: {root.program} {verb} failed: {one_line(said)[-_LONGEST:] or 'it gave no reason'}",
            hint=f"run it by hand in {root.folder} to see more",
        )
    for error in errors:
        if error.summary == _LOCKED:
            return _locked(error, root=root)
        if error.summary in _STALE:
            return Refused(
                f"{root.component}: the saved plan is stale: the state was changed after it was made",
                hint="plan again",
            )
        if _DENIED.search(error.sentence):
            return Refused(
                f"{root.component}: {error.sentence}", hint="see the policy that the message names", changed=changed
            )
    if any(_FULL.search(f"{e.summary}\n{e.detail}") for e in errors):
        return StepFailed(
            f"{root.component}: {root.program} {verb} found no space left on the device",
            hint="free some space where Fairlead keeps its state (XDG_STATE_HOME)",
        )
    invalid = [e for e in errors if e.location and not e.address]
    if invalid and not changed:
        return _invalid(invalid, root=root)
    return _failed(errors, root=root, verb=verb)


def _worth_telling(errors: list[Diagnostic]) -> list[Diagnostic]:
    """Without `execution halted` and the paragraph that heads a list of faults, unless nothing else is said."""
    kept = [e for e in errors if e.summary not in _FOLLOW_UP and not _PREAMBLE.search(one_line(e.summary))]
    return kept or errors


def _invalid(errors: Sequence[Diagnostic], *, root: TerraformRoot) -> InputError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return InputError(
        f"{first.sentence}{more}",
        hint="give it a value by `variables` of the component"
        if first.summary == "No value for required variable"
        else f"correct the configuration of {root.component}; `{root.program} validate` shows the same",
        location=first.location,
        findings=[
            Finding(rule="terraform", message=e.sentence, location=e.location, component=root.component) for e in errors
        ],
    )


def _failed(errors: Sequence[Diagnostic], *, root: TerraformRoot, verb: str) -> FairleadError:
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    place = f" ({first.location})" if first.location else ""
    message = f"{root.component}: {first.sentence}{place}{more}"
    if any(e.summary in _NOT_SAVED for e in errors):
        return StepFailed(
            f"{root.component}: the state could not be saved; what was done is in {root.folder}/errored.tfstate",
            hint=f"run `{root.program} state push errored.tfstate` there before anything else",
        )
    if verb != "apply" and any(_NO_ANSWER.search(f"{e.summary}\n{e.detail}") for e in errors):
        return Unavailable(message, hint="see that the registry or the state's backend can be reached, then run again")
    return StepFailed(message, hint=_HINTS.get(verb, f"run `{root.program} {verb}` in {root.folder} to see more"))


_HINTS = {
    "init": "see the root's `required_providers`, its backend and its module sources",
    "apply": "what was done is in the state: correct the cause, the next plan continues from there",
}


def _locked(error: Diagnostic, *, root: TerraformRoot) -> FairleadError:
    lock = parse_lock_text(error.detail)
    if lock is None:
        # The same summary covers a backend that does not answer: nobody holds anything then, as far as we know.
        reason = one_line(error.detail.partition("\n\n")[0])
        return Unavailable(
            f"{root.component}: the state's lock could not be taken: {reason}",
            hint="see that the state's backend can be reached, and that we may write there",
        )
    return locked_by(lock, root=root)


def locked_by(lock: StateLock, *, root: TerraformRoot) -> Refused:
    return Refused(
        f"{root.component}: the state is locked by {lock.who} since {lock.created} for {lock.operation}"
        f" (lock {lock.id})",
        hint="wait until that has ended; `fairlead locks` says whether its holder lives, and "
        f"`fairlead unlock {lock.id}` releases the lock of a dead one",
    )


def parse_lock_text(detail: str) -> StateLock | None:
    """The `Lock Info:` paragraph of a diagnostic; None when there is none."""
    found = {key: value.strip() for key, value in re.findall(r"(?m)^\s*(ID|Operation|Who|Created):[ \t]*(.*)$", detail)}
    if not found.get("ID"):
        return None
    return StateLock(
        id=found["ID"],
        who=found.get("Who", ""),
        operation=found.get("Operation", ""),
        created=found.get("Created", ""),
    )


def parse_lock_json(text: str) -> StateLock | None:
    """Lock information as Terraform writes it into files and annotations; None when it is not that."""
    data = parse_line(text) or {}
    if not data.get("ID"):
        return None
    return StateLock(
        id=str(data["ID"]),
        who=str(data.get("Who", "")),
        operation=str(data.get("Operation", "")),
        created=str(data.get("Created", "")),
    )


def _location(place: Any, root: TerraformRoot) -> Location | None:
    if not isinstance(place, dict) or not place.get("filename"):
        return None
    start = place.get("start") or {}
    file = posixpath.normpath(posixpath.join(PurePath(root.folder).name, place["filename"]))
    return Location(file, start.get("line", 0), start.get("column", 0))
