"""A CustomResourceDefinition's `openAPIV3Schema` as the JSON Schema that an API server would enforce, strictly.

Those of Flux and Argo CD are packed by `hatch_build.py`, all releases since Flux 2.2 and Argo CD 2.14 laid over each
other: for repositories that do not hold them.
"""

from __future__ import annotations

import functools
import json
import lzma
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fairlead.adapters.schemas.catalogue import OBJECT_META, Schema, schema_folder
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest

_INT32: Final = {"minimum": -(2**31), "maximum": 2**31 - 1}
_KEPT: Final = (
    "enum",
    "maximum",
    "minimum",
    "maxLength",
    "minLength",
    "maxItems",
    "minItems",
    "maxProperties",
    "minProperties",
    "multipleOf",
    "pattern",
    "required",
    "uniqueItems",
)
_ANY_OBJECT_FIELDS: Final[Schema] = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomKind:
    """What one CRD says of its kind; *schemas* has the served versions, None where a version has no schema."""

    crd: str
    group: str
    kind: str
    schemas: Mapping[str, Schema | None] = field(default_factory=dict)


def find_custom_kinds(manifests: Iterable[Manifest]) -> dict[tuple[str, str], CustomKind]:
    """The kinds that the CRDs among *manifests* define, by (group, kind); malformed ones are left out."""
    found = (_custom_kind(manifest) for manifest in manifests if manifest.get("kind") == "CustomResourceDefinition")
    return {(kind.group, kind.kind): kind for kind in found if kind}


@functools.cache
def packed_kinds() -> Mapping[tuple[str, str], CustomKind]:
    """Flux's and Argo CD's kinds, by (group, kind); nothing in a checkout that was not set up."""
    file = schema_folder().joinpath("operators.xz")
    packed = json.loads(lzma.decompress(file.read_bytes())) if file.is_file() else {}
    found = (
        CustomKind(crd=one["crd"], group=group, kind=kind, schemas=one["versions"])
        for (group, kind), one in ((name.split("/"), one) for name, one in packed.items())
    )
    return {(kind.group, kind.kind): kind for kind in found}


def to_json_schema(schema: Schema) -> Schema:
    """The schema of a whole object: apiVersion, kind and metadata are the API server's, the rest is the CRD's."""
    converted = _convert(schema)
    metadata: Schema = {"metadata": {"$ref": f"#/$defs/{OBJECT_META}"}}
    properties = {**converted.get("properties", {}), **_ANY_OBJECT_FIELDS, **metadata}
    return {**converted, "properties": properties}


def _custom_kind(crd: Manifest) -> CustomKind | None:
    try:
        spec = crd["spec"]
        schemas = {
            version["name"]: (version.get("schema") or {}).get("openAPIV3Schema")
            for version in spec["versions"]
            if version.get("served", True)
        }
        return CustomKind(
            crd=str(crd["metadata"]["name"]), group=spec["group"], kind=spec["names"]["kind"], schemas=schemas
        )
    except (KeyError, TypeError, AttributeError):
        # The CRD's own schema reports what is wrong with it.
        return None


def _convert(schema: Schema) -> Schema:
    converted: Schema = {key: schema[key] for key in _KEPT if key in schema}
    _convert_type(schema, converted)
    if "properties" in schema:
        converted["properties"] = {name: _convert(value) for name, value in schema["properties"].items()}
    if isinstance(schema.get("items"), dict):
        converted["items"] = _convert(schema["items"])
    _close(schema, converted)
    _convert_bounds(schema, converted)
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema and not schema.get("x-kubernetes-int-or-string"):
            converted[key] = [_convert_condition(branch) for branch in schema[key]]
    if "not" in schema:
        converted["not"] = _convert_condition(schema["not"])
    return converted


def _convert_type(schema: Schema, converted: Schema) -> None:
    if schema.get("x-kubernetes-int-or-string"):
        types = ["integer", "string"]
    elif "type" in schema:
        types = [schema["type"]]
    else:
        return
    # The API server drops a null where the schema has a default.
    if schema.get("nullable") or "default" in schema:
        types.append("null")
        if "enum" in converted:
            converted["enum"] = [*converted["enum"], None]
    converted["type"] = types


def _close(schema: Schema, converted: Schema) -> None:
    """Refuse fields that the API server would drop."""
    if schema.get("type") != "object":
        return
    extra = schema.get("additionalProperties")
    if isinstance(extra, dict):
        converted["additionalProperties"] = _convert(extra)
    elif extra is not True and not schema.get("x-kubernetes-preserve-unknown-fields"):
        converted["additionalProperties"] = False
    if schema.get("x-kubernetes-embedded-resource"):
        meta: Schema = {"metadata": {"type": "object"}}
        converted["properties"] = {**meta, **converted.get("properties", {}), **_ANY_OBJECT_FIELDS}


def _convert_bounds(schema: Schema, converted: Schema) -> None:
    """OpenAPI 3.0 writes exclusive bounds as flags, and int32 as a format."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in converted:
            converted[exclusive] = converted.pop(bound)
    if schema.get("format") == "int32" and schema.get("type") == "integer":
        for bound, value in _INT32.items():
            converted.setdefault(bound, value)


def _convert_condition(schema: Schema) -> Schema:
    """A branch of allOf, anyOf, oneOf or not: it constrains values, it does not say which fields there are."""
    converted: Schema = {key: schema[key] for key in (*_KEPT, "type") if key in schema}
    if "properties" in schema:
        converted["properties"] = {name: _convert_condition(value) for name, value in schema["properties"].items()}
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(key), dict):
            converted[key] = _convert_condition(schema[key])
    for key in ("allOf", "anyOf", "oneOf"):
        if key in schema:
            converted[key] = [_convert_condition(branch) for branch in schema[key]]
    _convert_bounds(schema, converted)
    return converted


def without_patterns(schema: Any) -> Any:
    """*schema* with its regular expressions left out, for those that this machine's engine does not take."""
    if isinstance(schema, list):
        return [without_patterns(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    # A field may itself be called `pattern`; then a map stands there.
    kept = {key: value for key, value in schema.items() if key != "pattern" or isinstance(value, dict)}
    return {key: without_patterns(value) for key, value in kept.items()}
