"""What the API server says to a write, as an `ApplyResult`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import orjson

from fairlead.adapters.kube.transport import Answer
from fairlead.model.objects import ApplyResult, FieldConflict, Manifest, ObjectRef

_MANAGER: Final = re.compile(r'conflict with ("(?:[^"\\]|\\.)*")')
_VALUE: Final = "Invalid value: "
_LONGEST_VALUE: Final = 60
LOST: Final = "an earlier try of this request got no answer and may have been carried out"


def result_of(ref: ObjectRef, answer: Answer) -> ApplyResult:
    body = answer.json()
    if answer.is_good:
        return ApplyResult(ref=ref, live=body, status=answer.status)
    status = body if isinstance(body, dict) else {}
    message = describe(status) or f"HTTP {answer.status}"
    if answer.is_repeated and answer.status == 409:
        message = f"{message} ({LOST})"
    return ApplyResult(
        ref=ref,
        status=answer.status,
        reason=status.get("reason") or "",
        message=message,
        conflicts=tuple(_conflicts(status)),
    )


def deletion_of(ref: ObjectRef, answer: Answer) -> ApplyResult:
    """The object as it is while it is deleted; an empty manifest when it is gone, now or already (404)."""
    if answer.status == 404:
        return ApplyResult(ref=ref, live={}, status=404, reason="NotFound")
    result = result_of(ref, answer)
    if result.live is not None and result.live.get("kind") == "Status":
        return ApplyResult(ref=ref, live={}, status=answer.status)
    return result


def not_served(ref: ObjectRef) -> ApplyResult:
    return ApplyResult(
        ref=ref,
        status=404,
        reason="KindNotServed",
        message=f"the API server does not serve {ref.kind} in {ref.api_version}",
    )


def describe(status: Manifest) -> str:
    """The server's message; of a refusal that names fields each with its own sentence."""
    message: str = status.get("message") or ""
    causes = [cause for cause in _causes(status) if cause.get("field") and cause.get("message")]
    unsaid = [f"{cause['field']}: {cause['message']}" for cause in causes if cause["message"] not in message]
    return _without_values("; ".join([message, *unsaid] if message else unsaid))


def _without_values(message: str) -> str:
    """*message* without the long values in it: an immutable pod template is repeated as a whole."""
    shown = ""
    while (start := message.find(_VALUE)) >= 0:
        start += len(_VALUE)
        end = _end_of_value(message, start)
        value = message[start:end]
        shown += message[:start] + (value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…")
        message = message[end:]
    return shown + message


def _end_of_value(message: str, start: int) -> int:
    """Where the map or list that begins at *start* ends; for any other value, *start* itself."""
    depth, is_text, at = 0, False, start
    while at < len(message):
        char = message[at]
        if is_text:
            at += char == "\\"
            is_text = char != '"'
        elif char == '"':
            is_text = True
        else:
            depth += (char in "{[") - (char in "}]")
        if depth <= 0 and not is_text:
            return at + 1 if char in "}]" else start
        at += 1
    return len(message)


def _conflicts(status: Manifest) -> Iterator[FieldConflict]:
    for cause in _causes(status):
        if cause.get("reason") != "FieldManagerConflict":
            continue
        found = _MANAGER.search(cause.get("message") or "")
        manager = _unquoted(found[1]) if found else ""
        yield FieldConflict(path=cause.get("field") or "", manager=manager)


def _unquoted(text: str) -> str:
    # Go quotes more than JSON does (\x07); such a name is shown as it came.
    try:
        return str(orjson.loads(text))
    except orjson.JSONDecodeError:
        return text[1:-1]


def _causes(status: Manifest) -> list[dict[str, Any]]:
    details = status.get("details") or {}
    return [cause for cause in details.get("causes") or [] if isinstance(cause, dict)]
