"""What the files that name fields of objects share: the ignore file and the expected differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ValidationError

from fairlead.readers.project_faults import Fault, null_faults, schema_faults, suggest
from fairlead.readers.project_fields import refuse
from fairlead.readers.yaml_places import Place

WHOLE: Final = "*"
"""Stands in `fields` for the whole object, its being there included."""

S = TypeVar("S", bound=BaseModel)


def _path(text: str) -> str:
    if text != WHOLE and not text.startswith("."):
        refuse(
            "invalid-field",
            f"not a field: {text}",
            f"write it as drift and diff show it, like .spec.replicas; {WHOLE} is the whole object",
        )
    return text


def _some(paths: tuple[str, ...]) -> tuple[str, ...]:
    # A minimal length would be told as well where every item is wrong.
    if not paths:
        refuse("no-field", "fields must not be empty", f"name them, or write {WHOLE} for the whole object")
    return paths


FieldPaths = Annotated[tuple[Annotated[str, AfterValidator(_path)], ...], AfterValidator(_some)]


def paths_of(fields: tuple[str, ...]) -> tuple[str, ...]:
    """Empty where the whole object is meant."""
    return () if WHOLE in fields else fields


def read_fields(data: Mapping[str, object], root: Place, schema: type[S]) -> tuple[S | None, list[Fault]]:
    faults = list(null_faults(data))
    empty = {fault.path for fault in faults}
    try:
        return schema.model_validate(data), faults
    except ValidationError as err:
        said = schema_faults(err, root=root, schema=schema)
        return None, [*faults, *(fault for fault in said if fault.path not in empty)]


def unknown_components(data: Mapping[str, object], key: str, components: Sequence[str]) -> Iterator[Fault]:
    """Of the entries under *key*."""
    listed = data.get(key)
    for index, each in enumerate(listed if isinstance(listed, list) else ()):
        name = each.get("component") if isinstance(each, dict) else None
        if isinstance(name, str) and not any(fnmatchcase(known, name) for known in components):
            yield Fault(
                rule="unknown-component",
                path=(key, index, "component"),
                message=f"no component matches: {name}",
                hint=suggest(name, components, what="components"),
            )
