"""What is written back into files, for people and for programs: the lines of each file, and what cannot be written."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.styled import Line, Span, Tone, line, span
from fairlead.model.write_back import WRITE_BACK_SCHEMA, Left, Taken, WriteBack, WrittenBack

_TONES = {"-": Tone.BAD, "+": Tone.GOOD, "@": Tone.DIM}


def diff_of(before: str | None, after: str, *, file: str) -> tuple[str, ...]:
    """The lines that differ, as a unified diff without lines around them: those may hold what nobody asked to see."""
    old, new = (_lines(before) if before is not None else []), _lines(after)
    names = (f"a/{file}" if before is not None else "/dev/null", f"b/{file}")
    return tuple(difflib.unified_diff(old, new, *names, n=0, lineterm=""))


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").removesuffix("\n").split("\n") if text else []


def plan_lines(plan: WriteBack) -> Iterator[Line]:
    """The diff of each file."""
    for file, after in plan.after.items():
        for number, text in enumerate(diff_of(plan.before.get(file), after, file=file)):
            yield line(
                Span("", Tone.PLAIN), span(text, Tone.STRONG if number < 2 else _TONES.get(text[:1], Tone.PLAIN))
            )


def write_back_lines(done: WrittenBack) -> Iterator[Line]:
    """What was or would be written, what not, and what to do next."""
    plan = done.plan
    if not done.found.drifts:
        yield line(span("✓", Tone.GOOD), f" {done.found.environment}: as the last run left it, nothing to adopt")
        return
    yield from plan_lines(plan)
    for taken in plan.taken:
        if not taken.file:
            yield line(span("note: ", Tone.DIM), f"{_subject(taken)}: the files give it already")
    for left in plan.left:
        yield line(span("left: ", Tone.CHANGED), _left(left))
    yield line(span(_sum(done), Tone.STRONG))


def _subject(taken: Taken) -> str:
    return f"{taken.found.drift.component}: {taken.found.target} {taken.found.field.path}"


def _left(left: Left) -> str:
    subject = f"{left.drift.component}: {left.drift.subject}"
    return f"{subject} {left.path}: {left.reason}" if left.path else f"{subject}: {left.reason}"


def _sum(done: WrittenBack) -> str:
    plan = done.plan
    written = sum(bool(taken.file) for taken in plan.taken)
    fields, files = _count(written, "field"), _count(len(plan.after), "file")
    rest = f" {len(plan.left)} left." if plan.left else ""
    if not written:
        already = "The files give all of it already." if plan.taken and not plan.left else "Nothing to write."
        return f"{already}{rest}"
    if not done.is_written:
        return f"Would write {fields} into {files}.{rest}"
    name = done.found.environment
    after = f"fairlead deploy -e {name}, then fairlead drift -e {name} --revert"
    return f"Wrote {fields} into {files}.{rest} Nothing is committed. To own what was found: {after}"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def format_write_back_json(done: WrittenBack) -> bytes:
    plan = done.plan
    said: dict[str, Any] = {
        "schema": WRITE_BACK_SCHEMA,
        "exit_code": int(done.exit_code),
        "environment": done.found.environment,
        "is_written": done.is_written,
        "files": [
            {"file": file, "is_new": file not in plan.before, "diff": diff_of(plan.before.get(file), after, file=file)}
            for file, after in plan.after.items()
        ],
        "taken": [
            {
                "component": taken.found.drift.component,
                "subject": str(taken.found.target),
                "field": to_json(taken.found.field),
                "file": taken.file,
                "how": taken.how,
            }
            for taken in plan.taken
        ],
        "left": [
            {
                "component": left.drift.component,
                "subject": left.drift.subject,
                "path": left.path,
                "reason": left.reason,
            }
            for left in plan.left
        ],
    }
    return orjson.dumps(said)
