"""One schema, compiled: what an object breaks of it. The compiler is loaded with this module."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from typing import Any

import jsonschema_rs

from fairlead.adapters.schemas.catalogue import Schema
from fairlead.adapters.schemas.custom_resources import without_patterns
from fairlead.adapters.schemas.wording import Fault, word
from fairlead.model.objects import Manifest


class CompiledSchema:
    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        try:
            self._validator = _compile(schema)
        except jsonschema_rs.ValidationError:
            self._validator = _compile(without_patterns(schema))

    def faults(self, manifest: Manifest) -> list[Fault]:
        if self._validator.is_valid(manifest):
            return []
        errors = self._validator.iter_errors(manifest)
        faults = [fault for error in errors for fault in word(error, fields=self._fields_at(error.schema_path))]
        return sorted(faults, key=_order)

    def _fields_at(self, schema_path: Sequence[Any]) -> Iterator[str]:
        """The fields of the schema whose constraint stands at *schema_path*."""
        schema: Any = self._schema
        for part in schema_path[:-1]:
            schema = schema[part] if isinstance(schema, list) else schema.get(part)
            while isinstance(schema, dict) and "$ref" in schema and isinstance(schema["$ref"], str):
                schema = self._schema["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        yield from schema.get("properties", ()) if isinstance(schema, dict) else ()


def _compile(schema: Schema) -> jsonschema_rs.Draft202012Validator:
    # As in the API server, an engine for patterns that never backtracks.
    return jsonschema_rs.Draft202012Validator(
        schema,
        pattern_options=jsonschema_rs.RegexOptions(),
        formats={"byte": _is_base64},
        validate_formats=True,
        offline=True,
    )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text.replace("\r", "").replace("\n", ""), validate=True)
    except ValueError:
        return False
    return True


def _order(fault: Fault) -> tuple[list[tuple[int, str]], str]:
    return [(part, "") if isinstance(part, int) else (-1, part) for part in fault.path], fault.message
