"""The kind of model that a project file is read into: nothing unknown, nothing that changes, keys in camel case."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from typing import Any, Final

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


_PLUGINS: Final = "PYDANTIC_DISABLE_PLUGINS"


@contextlib.contextmanager
def without_plugins() -> Iterator[None]:
    """For the first use of a model: pydantic then reads the metadata of every distribution that is installed, 30 ms
    with ours alone, for plugins that have no say in what a project file means. Children must not see the variable."""
    kept = os.environ.get(_PLUGINS)
    os.environ[_PLUGINS] = "__all__"
    try:
        yield
    finally:
        if kept is None:
            del os.environ[_PLUGINS]
        else:
            os.environ[_PLUGINS] = kept


class StrictFields(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        defer_build=True,  # one validator when the first file is read, not one for each of them at import
        alias_generator=_camel,
        field_title_generator=_title,
        model_title_generator=_model_title,
    )
