"""Kubernetes' own schemas as `hatch_build.py` packs them: which minors and kinds there are, and one kind's schema."""

from __future__ import annotations

import functools
import json
import lzma
from collections.abc import Iterator
from dataclasses import field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

Schema = dict[str, Any]
OBJECT_META: Final = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
_SUFFIX: Final = ".json.xz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The schemas of one Kubernetes minor; *kinds* maps `group/version/Kind` (group empty for core) to a definition."""

    minor: str
    kinds: dict[str, str]
    definitions: dict[str, Schema]
    _known: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def schema(self, kind: str) -> Schema | None:
        name = self.kinds.get(kind)
        return None if name is None else self.with_definitions({"$ref": f"#/$defs/{name}"})

    def with_definitions(self, schema: Schema) -> Schema:
        """*schema* together with every definition that it refers to, transitively."""
        needed: dict[str, Schema] = {}
        waiting = list(_references(schema))
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed[name] = self.definitions[name]
                waiting += self._referred_by(name)
        return {**schema, "$defs": needed}

    def _referred_by(self, name: str) -> tuple[str, ...]:
        if name not in self._known:
            self._known[name] = tuple(_references(self.definitions[name]))
        return self._known[name]

    def has_group(self, group: str) -> bool:
        return any(kind.partition("/")[0] == group for kind in self.kinds)

    def versions_of(self, *, group: str, kind: str) -> tuple[str, ...]:
        names = (name.split("/") for name in self.kinds)
        return tuple(sorted(name[1] for name in names if (name[0], name[2]) == (group, kind)))


@functools.cache
def load_catalogue(minor: str) -> Catalogue:
    """The schemas of *minor*, e.g. `1.34`. Raises InputError naming the known ones."""
    require_known(minor)
    packed = json.loads(lzma.decompress(schema_folder().joinpath(f"{minor}{_SUFFIX}").read_bytes()))
    return Catalogue(minor=minor, kinds=packed["kinds"], definitions=packed["$defs"])


def require_known(minor: str) -> None:
    """Raises InputError where there are no schemas of *minor*."""
    known = known_minors()
    if not known:
        raise InputError(
            "this checkout has no Kubernetes schemas yet", hint="make them with `python hatch_build.py` (or `make`)"
        )
    if minor not in known:
        raise InputError(f"there are no schemas for Kubernetes {minor}", hint=f"known versions are {', '.join(known)}")


def known_minors() -> tuple[str, ...]:
    folder = schema_folder()
    names = (entry.name for entry in folder.iterdir()) if folder.is_dir() else ()
    found = [name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX)]
    return tuple(sorted(found, key=lambda minor: [int(part) for part in minor.split(".")]))


def schema_folder() -> Traversable:
    """Where `hatch_build.py` packs them."""
    return files("fairlead").joinpath("schemas")


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        reference = schema.get("$ref")
        if isinstance(reference, str):
            yield reference.removeprefix("#/$defs/")
        for value in schema.values():
            yield from _references(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _references(value)
