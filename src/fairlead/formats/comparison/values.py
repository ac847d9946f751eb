"""One field that differs, as text: values in one line where they fit, texts of several lines line by line."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from fairlead.formats.codec import to_json
from fairlead.formats.plain_text import one_line
from fairlead.model.change import ABSENT
from fairlead.model.comparison import FieldDifference

_LONGEST: Final = 120
_MOST_LINES: Final = 2000
"""Longer texts are not compared line by line: the time grows with the square."""

Marked = tuple[str, str]
"""`+`, `-` or a space, and a line."""


def value_line(value: object) -> str:
    """One line; what is secret is `***`."""
    shown = to_json(value)
    text = one_line(shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False))
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def value_lines(field: FieldDifference) -> tuple[str, str]:
    """Both values, each in one line and told apart: a text that looks like a number is quoted."""
    before, after = value_line(field.before), value_line(field.after)
    if before != after:
        return before, after
    if isinstance(field.before, str) is not isinstance(field.after, str):
        quoted = [json.dumps(to_json(value), ensure_ascii=False) for value in (field.before, field.after)]
        return quoted[0], quoted[1]
    if isinstance(field.before, str) and isinstance(field.after, str) and field.before != field.after:
        return _where_they_part(field.before, field.after)
    return before, f"{after} (another value)"


def _where_they_part(before: str, after: str) -> tuple[str, str]:
    """Long texts with the same beginning."""
    start = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    start = max(0, start - _LONGEST // 4)
    return f"…{value_line(before[start:])}", f"…{value_line(after[start:])}"


def has_lines(field: FieldDifference) -> bool:
    """Whether the field is a text of several lines on both sides."""
    return all(isinstance(value, str) and "\n" in value.rstrip("\n") for value in (field.before, field.after))


def changed_lines(field: FieldDifference) -> Iterator[Marked]:
    """The lines that differ, each stretch with a line before and after it."""
    before, after = str(field.before).splitlines(), str(field.after).splitlines()
    if max(len(before), len(after)) > _MOST_LINES:
        yield "-", f"{len(before)} lines"
        yield "+", f"{len(after)} lines"
        return
    if before == after:
        yield " ", "only the ends of lines differ"
    # The first two lines name files.
    for text in islice(difflib.unified_diff(before, after, n=1, lineterm=""), 2, None):
        yield (" ", "…") if text.startswith("@@") else (text[:1], text[1:])


def lone_value(field: FieldDifference) -> str:
    """The value of a field that only one side has; empty where its path says it: a member of a set."""
    value = field.after if field.before is ABSENT else field.before
    if field.path.endswith("]") and "[=" in field.path:
        return ""
    if isinstance(value, str) and "\n" in value.rstrip("\n"):
        return f"{len(value.splitlines())} lines"
    return value_line(value)
