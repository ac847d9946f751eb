"""Our packed schemas as files that kubeconform reads: `kind-group-version.json`, each whole in itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from fairlead.adapters.schemas.catalogue import Schema, load_catalogue
from fairlead.adapters.schemas.custom_resources import find_custom_kinds, to_json_schema
from fairlead.model.objects import Manifest

TEMPLATE = "{{ .ResourceKind }}{{ .KindSuffix }}.json"


def write_schemas(folder: Path, manifests: Iterable[Manifest], *, minor: str) -> str:
    """The schema of each kind among *manifests*, those of their CRDs too; the location as kubeconform takes it."""
    listed = [*manifests]
    catalogue = load_catalogue(minor)
    custom = find_custom_kinds(listed)
    for manifest in listed:
        group, _, version = manifest["apiVersion"].rpartition("/")
        kind = manifest["kind"]
        suffix = f"-{group.partition('.')[0]}-{version}" if group else f"-{version}"
        schema = catalogue.schema(f"{group}/{version}/{kind}")
        if schema is None and (found := custom.get((group, kind))):
            stated = found.schemas.get(version)
            schema = catalogue.with_definitions(to_json_schema(stated)) if stated else None
        if schema is not None:
            _write(folder / f"{kind.lower()}{suffix}.json", schema)
    return f"{folder}/{TEMPLATE}"


def _write(file: Path, schema: Schema) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}))
