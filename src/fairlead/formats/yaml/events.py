"""PyYAML's C parser as a source of events, and its syntax errors as ours."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import yaml
from yaml._yaml import CParser

from fairlead.formats.scalars import MERGE_TAG
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_CONFLICT: Final = re.compile(r"(?m)^<<<<<<< ")


def open_events(text: str, *, file: str) -> Callable[[], Any]:
    """A function that gives the next parser event of *text*. Raises InputError; the function raises yaml.YAMLError."""
    try:
        text.encode()
        return CParser(text).get_event
    except UnicodeEncodeError as err:
        line, column = _place_of(err.start, text)
        raise InputError(
            "the text is not valid Unicode",
            hint="save the file as UTF-8",
            location=Location(file, line, column),
            rule="not-yaml",
        ) from err
    except yaml.YAMLError as err:
        raise syntax_error(err, text=text, file=file) from err


def is_merge(event: Any) -> bool:
    """Whether a key event is `<<`; quoted it is an ordinary key."""
    return (
        event.__class__ is yaml.ScalarEvent
        and event.value == "<<"
        and (event.tag == MERGE_TAG or (event.tag is None and event.implicit[0]))
    )


def syntax_error(err: yaml.YAMLError, *, text: str, file: str) -> InputError:
    if conflict := _CONFLICT.search(text):
        return InputError(
            "a merge conflict is left here",
            hint="resolve it, and commit again",
            location=Location(file, *_place_of(conflict.start(), text)),
            rule="not-yaml",
        )
    if isinstance(err, yaml.MarkedYAMLError):
        mark = err.problem_mark or err.context_mark
        problem = ", ".join(part for part in (err.problem, err.context) if part)
        place = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        return InputError(f"not valid YAML: {problem}", hint=_hint(problem), location=place, rule="not-yaml")
    # libyaml counts bytes where the reader itself, not the scanner, stumbles.
    position = len(text.encode()[: getattr(err, "position", 0)].decode(errors="ignore"))
    line, column = _place_of(position, text)
    return InputError(
        "not valid YAML: a control character",
        hint="remove it, or write it as an escape in double quotes",
        location=Location(file, line, column),
        rule="not-yaml",
    )


def _place_of(position: int, text: str) -> tuple[int, int]:
    before = text[:position]
    return before.count("\n") + 1, len(before) - before.rfind("\n")


def _hint(problem: str) -> str:
    if "\\t" in problem or "tab character" in problem:
        return "indent with spaces: YAML does not allow tabs there"
    if "mapping values are not allowed" in problem:
        return "check the indentation, or quote the text that contains a colon"
    return "check the indentation and the quotes at and above this line"


def is_yaml(text: str) -> bool:
    """Whether *text* has YAML's syntax, whatever its tags and values mean."""
    try:
        next_event = CParser(text).get_event
        while next_event().__class__ is not yaml.StreamEndEvent:
            pass
    except (yaml.YAMLError, UnicodeEncodeError):
        return False
    return True
