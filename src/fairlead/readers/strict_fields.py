"""The kind of model that a project file is read into: nothing unknown, nothing that changes, keys in camel case."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.fields import ComputedFieldInfo, FieldInfo


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _title(name: str, info: FieldInfo | ComputedFieldInfo) -> str:
    return (info.alias or name).replace("_", " ")


def _model_title(model: type[BaseModel]) -> str:
    return model.__name__.removesuffix("Fields").lower()


def exactly_one(keys: tuple[str, ...]) -> dict[str, Any]:
    return {"oneOf": [{"required": [key]} for key in keys]}


class StrictFields(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,  # one validator when the first file is read, not one for each of them at import
        alias_generator=_camel,
        field_title_generator=_title,
        model_title_generator=_model_title,
    )
