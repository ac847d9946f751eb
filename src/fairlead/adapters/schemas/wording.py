"""A violated constraint as one sentence with its JSON path. Values are never shown: they may be secret."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from fairlead.formats.spelling import is_misspelt
from fairlead.model.frozen import dataclass

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

PathPart = str | int
_BARE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_TYPES: Final = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "object": "a map",
    "array": "a list",
    "null": "null",
}
_LIMITS: Final = {
    "maximum": "must be at most {}",
    "minimum": "must be at least {}",
    "exclusiveMaximum": "must be less than {}",
    "exclusiveMinimum": "must be more than {}",
    "maxLength": "must be at most {} characters long",
    "minLength": "must be at least {} characters long",
    "maxItems": "must have at most {} items",
    "minItems": "must have at least {} items",
    "maxProperties": "must have at most {} fields",
    "minProperties": "must have at least {} fields",
    "multipleOf": "must be a multiple of {}",
    "pattern": "must match {}",
}
_OTHER: Final = {
    "anyOf": "fits none of the forms that are allowed here",
    "oneOf": "must fit exactly one of the forms that are allowed here",
    "not": "has a form that is not allowed here",
    "format": "must be base64",
    "uniqueItems": "must not hold the same item twice",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """*is_foreign* where a field is unknown and not merely misspelt."""

    path: tuple[PathPart, ...]
    message: str
    hint: str = ""
    rule: str = "schema"
    is_foreign: bool = False


def word(error: ValidationError, *, fields: Iterable[str] = ()) -> Iterator[Fault]:
    """The faults in one *error*, one for each unknown field; *fields* are those that its map may have."""
    path = tuple(error.instance_path)
    name = error.kind.name
    if name == "additionalProperties":
        for unknown in error.kind.value:
            yield _unknown_field((*path, unknown), fields=fields)
    elif name == "required":
        yield Fault(path=path, message=f"{format_path((*path, error.kind.value))} is missing")
    else:
        yield Fault(path=path, message=f"{format_path(path)} {_demand(name, error)}")


def format_path(path: Sequence[PathPart]) -> str:
    """`spec.containers[0].image`; a key that is no plain word in quotes."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _BARE.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part, ensure_ascii=False)}]"
    return text or "the object"


def _unknown_field(path: tuple[PathPart, ...], *, fields: Iterable[str]) -> Fault:
    unknown = str(path[-1])
    known = {field.lower(): field for field in fields}
    near = difflib.get_close_matches(unknown.lower(), known, n=1, cutoff=0.6)
    hint = f"did you mean {known[near[0]]}?" if near else "remove it: the API server does not know it"
    return Fault(
        path=path,
        message=f"{format_path(path)} is not a field of this kind",
        hint=hint,
        is_foreign=not (near and is_misspelt(unknown, known[near[0]])),
    )


def _demand(name: str, error: ValidationError) -> str:
    value = error.kind.value
    if name == "type":
        return f"must be {_join(_TYPES[kind] for kind in value if kind != 'null')}, not {_type_of(error.instance)}"
    if name in ("enum", "const"):
        return f"must be {_join(json.dumps(option, ensure_ascii=False) for option in value if option is not None)}"
    if name in _LIMITS:
        return _LIMITS[name].format(value)
    return _OTHER.get(name, f"breaks the rule {name!r} of its schema")


def _join(words: Iterable[str]) -> str:
    *rest, last = list(dict.fromkeys(words)) or ["null"]
    return f"{', '.join(rest)} or {last}" if rest else last


def _type_of(value: Any) -> str:
    names = {bool: "true or false", int: "an integer", float: "a number", str: "text", list: "a list", dict: "a map"}
    return "null" if value is None else names.get(type(value), type(value).__name__)
