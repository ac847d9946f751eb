"""Faults of a project file: what pydantic says, in our words, and every fault with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Final, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass
from fairlead.readers.project_schema import ProjectFields
from fairlead.readers.yaml_places import PathPart, Place

Path = tuple[PathPart, ...]

_TYPES: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a map",
    "model_type": "a map",
    "model_attributes_type": "a map",
}
_PLANNED: Final = {
    "hosts": "clusters on hosts are not built yet: use driver context",
}
_TOOLS_OWN: Final = (("helm", "values"), ("terraform", "variables"))
_MAX_HINTED: Final = 12
"""Known words that a hint lists; of more, only the closest is of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """*path* leads to the value; with *at_key* the fault is its key's."""

    rule: str
    path: Path
    message: str
    hint: str = ""
    at_key: bool = False


def locate(faults: Iterable[Fault], *, root: Place, file: str) -> list[Finding]:
    """The findings of *faults* in the order of their places; one per place and message."""
    found: dict[tuple[Location, str], Finding] = {}
    for fault in faults:
        place = root.find(fault.path)
        location = Location(file, *(place.key if fault.at_key else place.at))
        finding = Finding(rule=fault.rule, message=fault.message, hint=fault.hint, location=location)
        found.setdefault((location, fault.message), finding)
    return [found[key] for key in sorted(found)]


def suggest(word: str, known: Iterable[str], *, what: str) -> str:
    """A hint for *word*, which is not among *known*: the closest, or all where they are few."""
    return _suggest(word, tuple(known), what)


@lru_cache(maxsize=256)
def _suggest(word: str, known: tuple[str, ...], what: str) -> str:
    close = get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {close[0]}?"
    return f"known {what} are {', '.join(known)}" if 0 < len(known) <= _MAX_HINTED else ""


def null_faults(data: Any, path: Path = ()) -> Iterator[Fault]:
    """A fault for every key without a value, but for those inside `values` and `variables`, which belong to tools."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        if value is None:
            yield Fault(
                rule="no-value",
                path=(*path, key),
                message=f"{key if isinstance(key, str) else 'this item'} has no value",
                hint="write one (`{}` is an empty map, `[]` an empty list), or leave the key out",
                at_key=True,
            )
        elif (*path[-1:], key) not in _TOOLS_OWN:
            yield from null_faults(value, (*path, key))


def schema_faults(
    err: ValidationError, *, root: Place, prefix: Path = (), schema: type[BaseModel] = ProjectFields
) -> Iterator[Fault]:
    """Our words for what pydantic says of the value at *prefix*; *schema* is that of the whole file."""
    for details in err.errors(include_url=False, include_input=True):
        path = _known_part((*prefix, *details["loc"]), root)
        yield _schema_fault(details, path=path, root=root, schema=schema)


def _known_part(loc: Sequence[PathPart], root: Place) -> Path:
    """*loc* without the parts that pydantic adds for unions, and with the key that is missing or unknown."""
    path: list[PathPart] = []
    place = root
    for part in loc:
        child = place.children.get(part)
        if child is not None:
            path.append(part)
            place = child
    return tuple(path)


def _schema_fault(details: ErrorDetails, *, path: Path, root: Place, schema: type[BaseModel]) -> Fault:
    kind, value, loc = details["type"], details["input"], details["loc"]
    context: Mapping[str, Any] = details.get("ctx", {})
    name = str(loc[-1]) if loc else ""
    if kind == "fairlead":
        return Fault(
            rule=context["rule"], path=path, message=context["message"], hint=context["hint"], at_key=name == "[key]"
        )
    if kind == "missing":
        return Fault(rule="missing-key", path=path, message=f"missing key: {name}")
    if kind == "extra_forbidden":
        hint = _PLANNED.get(name) or suggest(name, _keys_at(path[:-1], schema), what="keys")
        return Fault(rule="unknown-key", path=path, message=f"unknown key: {name}", hint=hint, at_key=True)
    if kind in ("enum", "literal_error"):
        at_key = name == "[key]"
        return _unknown_value(value, str(context["expected"]), path=path, at_key=at_key)
    if kind in _TYPES:
        return _wrong_type(_TYPES[kind], value, path=path, text=root.find(path).text, at_key=name == "[key]")
    reason = " must not be empty" if kind == "too_short" else f": {details['msg'].lower()}"
    return Fault(rule="invalid-value", path=path, message=f"{_subject(path)}{reason}")


def _unknown_value(value: object, expected: str, *, path: Path, at_key: bool) -> Fault:
    known = [word.strip("'").replace("True", "true") for word in expected.replace(" or ", ", ").split(", ")]
    return Fault(
        rule="unknown-value",
        path=path,
        message=f"{_subject(path[:-1] if at_key else path)} cannot be {_shown(value)}",
        hint=suggest(str(value), known, what="values"),
        at_key=at_key,
    )


def _wrong_type(wanted: str, value: object, *, path: Path, text: str, at_key: bool) -> Fault:
    is_scalar = isinstance(value, bool | int | float)
    hint = f'write it in quotes: "{text}"' if wanted == "text" and is_scalar else ""
    if wanted == "a list" and isinstance(value, str):
        hint = f"write it as a list: [{text}]"
    return Fault(
        rule="wrong-type",
        path=path,
        message=f"{_subject(path)} must be {wanted}, not {_kind_of(value, text)}",
        hint=hint,
        at_key=at_key,
    )


def _subject(path: Path) -> str:
    """The last key of *path*, for a sentence about its value."""
    names = [part for part in path if isinstance(part, str)]
    if not names:
        return "the file"
    return f"an item of {names[-1]}" if isinstance(path[-1], int) else names[-1]


def _shown(value: object) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value) or "empty"
    return _kind_of(value, str(value).lower())


def _kind_of(value: object, text: str) -> str:
    if isinstance(value, bool):
        return f"the truth value {text}"
    if isinstance(value, int | float):
        return f"the number {text}"
    return {dict: "a map", list: "a list", str: "text", type(None): "empty"}.get(type(value), type(value).__name__)


def _keys_at(path: Path, schema: type[BaseModel]) -> tuple[str, ...]:
    """The keys that the schema knows for the map at *path*."""
    model: type[BaseModel] | None = schema
    in_container = False
    for part in path:
        if in_container:
            in_container = False
            continue
        field = next((f for f in model.model_fields.values() if f.alias == part), None) if model else None
        if field is None:
            return ()
        model, in_container = _model_in(field.annotation), _is_container(field.annotation)
    return tuple(field.alias or "" for field in model.model_fields.values()) if model else ()


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for arg in get_args(annotation) if (model := _model_in(arg))), None)


def _is_container(annotation: Any) -> bool:
    return get_origin(annotation) in (dict, tuple)
