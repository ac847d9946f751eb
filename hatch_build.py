"""Pack schemas into the package: Kubernetes' own, a small file per minor version, and those of Flux and Argo CD.

Runs as hatchling's build hook, and by hand for a checkout: `python hatch_build.py`. The sources are pinned and needed
for building only: the distribution `kubernetes-validate`, and the Go modules in MODULES, which need `go`.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import lzma
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

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

The file operators.xz is made from the CustomResourceDefinitions of Flux (Copyright The Flux authors) and of Argo CD
(Copyright The Argo authors), both licensed under the Apache License, Version 2.0, as these Go modules carry them:
{modules}. Changed here: descriptions left out, the versions laid over each other, compressed.

Their licence:

{apache}
"""


class Module(NamedTuple):
    """A Go module at a version; *sum* as in go.sum; *files* are those with the CRDs, the versions in order."""

    path: str
    version: str
    sum: str
    files: str


# Flux's operator carries what each release of Flux installs, since 2.2; only that is taken from it.
MODULES = (
    Module(
        "github.com/controlplaneio-fluxcd/flux-operator",
        "v0.59.0",
        "h1:jByuiWYtjSJxucGHuz68tV0DeVFz5CYrKQYfxAwE7lE=",
        r"config/data/flux/v(2)\.(\d+)\.(\d+)/[a-z-]+\.yaml",
    ),
    Module(
        "github.com/argoproj/argo-cd/v2",
        "v2.14.21",
        "h1:Ux50vfMUITW+Y+6GAYgQlZbr6WHE5ogiLg9OxxvP9EA=",
        r"manifests/crds/[a-z]+-crd\.yaml",
    ),
    Module(
        "github.com/argoproj/argo-cd/v3",
        "v3.6.1",
        "h1:OmhqeKiR3C//awbFrhQqFdtRI+Qiv17j8vqm3UkMj/g=",
        r"manifests/crds/[a-z]+-crd\.yaml",
    ),
)
_DROPPED_OF_CRDS = ("description", "title", "example", "externalDocs", "x-kubernetes-validations", "default")


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
    archives = [_fetch(module) for module in MODULES]
    return [*packed, _pack_operators(archives, target / "operators.xz"), _notice(target, archives)]


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


def _fetch(module: Module) -> Path:
    """The module's archive in Go's cache, fetched if it is not there; anything but what is pinned ends the build."""
    with tempfile.TemporaryDirectory() as empty:
        words = ["go", "mod", "download", "-json", f"{module.path}@{module.version}"]
        try:
            done = subprocess.run(words, cwd=empty, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            raise SystemExit("go is needed to build the package: it fetches the definitions of Flux's kinds") from None
    # A module that wants a newer Go is fetched all the same, and only then complained of.
    found = json.loads(done.stdout or "{}")
    if found.get("Sum") != module.sum:
        why = "it is not what is pinned" if "Sum" in found else found.get("Error") or done.stderr
        raise SystemExit(f"{module.path} {module.version}: {why}")
    return Path(found["Zip"])


def _pack_operators(archives: list[Path], path: Path) -> Path:
    """One definition per kind: each version with every field that it has in any release."""
    kinds: dict[str, dict[str, Any]] = {}
    for module, archive in zip(MODULES, archives, strict=True):
        for crd in _definitions(module, archive):
            spec = crd["spec"]
            kind = kinds.setdefault(f"{spec['group']}/{spec['names']['kind']}", {"crd": crd["metadata"]["name"]})
            versions = kind.setdefault("versions", {})
            for version in spec["versions"]:
                schema = _shrink_crd(version["schema"]["openAPIV3Schema"])
                schema["properties"]["status"] = {"x-kubernetes-preserve-unknown-fields": True}
                versions[version["name"]] = _lay_over(versions.get(version["name"]), schema)
    text = json.dumps(kinds, separators=(",", ":"), sort_keys=True)
    _replace(path, lzma.compress(text.encode(), preset=9))
    return path


def _definitions(module: Module, archive: Path) -> Iterator[dict[str, Any]]:
    """The CRDs in *archive*, those of older releases first."""
    top = f"{module.path}@{module.version}/"
    with zipfile.ZipFile(archive) as files:
        matches = [match for name in files.namelist() if (match := re.fullmatch(re.escape(top) + module.files, name))]
        for match in sorted(matches, key=lambda found: (tuple(map(int, found.groups())), found[0])):
            text = files.read(match[0])
            if b"CustomResourceDefinition" in text:
                documents = yaml.load_all(text, Loader=yaml.CSafeLoader)
                yield from (one for one in documents if one and one["kind"] == "CustomResourceDefinition")


def _shrink_crd(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    small = {key: value for key, value in schema.items() if key not in _DROPPED_OF_CRDS}
    if "default" in schema:
        small["nullable"] = True  # the API server drops a null where there is a default
    if "properties" in small:
        small["properties"] = {name: _shrink_crd(value) for name, value in small["properties"].items()}
    for key in ("items", "additionalProperties", "not"):
        if key in small:
            small[key] = _shrink_crd(small[key])
    for key in ("allOf", "anyOf", "oneOf"):
        if key in small:
            small[key] = [_shrink_crd(branch) for branch in small[key]]
    return small


def _lay_over(old: Any, new: Any) -> Any:
    """What *old* or *new* takes: a field of either, required by both; a constraint that differs is dropped."""
    if old is None or old == new:
        return new
    merged = {key: new[key] for key in new if key in old and new[key] == old[key]}
    both = [one.get("properties") for one in (old, new)]
    if any(both):
        names = {name: None for properties in both for name in properties or ()}
        merged["properties"] = {name: _lay_over(*_of_both(both, name)) for name in names}
    if "required" in old and "required" in new:
        merged["required"] = sorted({*old["required"]} & {*new["required"]})
    if "enum" in old and "enum" in new:
        merged["enum"] = [*old["enum"], *(value for value in new["enum"] if value not in old["enum"])]
    for key in ("items", "additionalProperties"):
        if isinstance(old.get(key), dict) and isinstance(new.get(key), dict):
            merged[key] = _lay_over(old[key], new[key])
    for key in ("nullable", "x-kubernetes-preserve-unknown-fields"):
        if old.get(key) or new.get(key):
            merged[key] = True
    if ("additionalProperties" in old) != ("additionalProperties" in new):
        merged = {key: merged[key] for key in ("type", "nullable") if key in merged}
        merged["x-kubernetes-preserve-unknown-fields"] = True
    return merged


def _of_both(both: list[Any], name: str) -> tuple[Any, Any]:
    old, new = ((properties or {}).get(name) for properties in both)
    return (old, new) if new is not None else (None, old)


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


def _notice(target: Path, archives: list[Path]) -> Path:
    distribution = importlib.metadata.distribution(SOURCE)
    licence = next(file for file in distribution.files or () if file.name == "LICENSE")
    path = target / "NOTICE.txt"
    argo = MODULES[-1]
    with zipfile.ZipFile(archives[-1]) as files:
        apache = files.read(f"{argo.path}@{argo.version}/LICENSE").decode()
    text = _NOTICE.format(
        source=SOURCE,
        version=distribution.version,
        licence=licence.read_text().strip(),
        modules=", ".join(f"{module.path} {module.version}" for module in MODULES),
        apache=apache.strip(),
    )
    _replace(path, text.encode())
    return path


if __name__ == "__main__":
    for written in pack(TARGET):
        sys.stdout.write(f"{written.relative_to(Path.cwd()) if written.is_relative_to(Path.cwd()) else written}\n")
