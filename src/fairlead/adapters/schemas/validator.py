"""Manifests against the schemas of Kubernetes, of the CRDs among them, of Flux and Argo CD; nothing is fetched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from fairlead.adapters.schemas.catalogue import Catalogue, Schema, load_catalogue, require_known
from fairlead.adapters.schemas.custom_resources import (
    CustomKind,
    find_custom_kinds,
    packed_kinds,
    to_json_schema,
)
from fairlead.adapters.schemas.wording import Fault, PathPart
from fairlead.formats.spelling import is_misspelt
from fairlead.model.api_versions import lifecycle_of
from fairlead.model.finding import Finding
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.rules import RULES

if TYPE_CHECKING:
    from fairlead.adapters.schemas.compiled import CompiledSchema

_PACKED_GROUPS: Final = (".toolkit.fluxcd.io", "argoproj.io")
_VERSION: Final = re.compile(r"v(\d+)(?:(alpha|beta)(\d+))?")
Placed = tuple[int, Finding, tuple[PathPart, ...]]


class SchemaValidator:
    """Implements the port SchemaCheck. Compiled schemas are kept: those of built-in kinds for the life of the object,
    those of custom resources as long as their definition stays the same."""

    def __init__(self) -> None:
        self._built_in: dict[tuple[str, str], CompiledSchema | None] = {}
        self._custom: dict[tuple[str, str, str], tuple[Schema, CompiledSchema]] = {}

    def validate(self, manifests: Sequence[Manifest], *, kubernetes: str) -> tuple[tuple[Placed, ...], tuple[int, ...]]:
        """Faults as (index of the manifest, finding, JSON path), and the indexes of those that no schema covers.

        *kubernetes* is a version such as `1.34` or `v1.34.2`. Raises InputError for one that there are no schemas for.
        """
        minor = _minor(kubernetes)
        if not manifests:
            require_known(minor)
            return (), ()
        catalogue = load_catalogue(minor)
        custom = find_custom_kinds(manifests)
        placed: list[Placed] = []
        unchecked: list[int] = []
        for index, manifest in enumerate(manifests):
            faults = self._check(manifest, catalogue=catalogue, custom=custom)
            if faults is None:
                unchecked.append(index)
            else:
                placed += [(index, _finding(fault, manifest), fault.path) for fault in faults]
        return tuple(placed), tuple(unchecked)

    def _check(
        self, manifest: Manifest, *, catalogue: Catalogue, custom: dict[tuple[str, str], CustomKind]
    ) -> list[Fault] | None:
        """The faults of one object; None when no schema covers its kind."""
        missing = [name for name in ("apiVersion", "kind") if not _has_text(manifest, name)]
        if missing:
            return [Fault(path=(), message=f"{name} is missing") for name in missing]
        group, _, version = manifest["apiVersion"].rpartition("/")
        kind = manifest["kind"]
        ending = _ending(manifest, minor=catalogue.minor)
        if compiled := self._built_in_kind(f"{group}/{version}/{kind}", catalogue):
            return [*ending, *compiled.faults(manifest)]
        if ending:
            return ending
        if found := custom.get((group, kind)):
            return self._check_custom(manifest, version=version, custom=found, catalogue=catalogue)
        if group.endswith(_PACKED_GROUPS):
            return self._check_packed(manifest, group=group, version=version, catalogue=catalogue)
        if catalogue.has_group(group):
            return [_not_served(manifest, catalogue=catalogue, group=group)]
        return None

    def _check_packed(
        self, manifest: Manifest, *, group: str, version: str, catalogue: Catalogue
    ) -> list[Fault] | None:
        """A newer release than those packed may know more kinds, versions and fields: only what is misspelt is told."""
        kinds, kind = packed_kinds(), manifest["kind"]
        found = kinds.get((group, kind))
        if found is None:
            meant = next((name for of, name in kinds if of == group and is_misspelt(kind, name)), "")
            return [_misspelt_kind(kind, group, meant)] if meant else None
        if version not in found.schemas:
            return [_never_served(found, version)] if _is_older(version, than=found.schemas) else None
        faults = self._check_custom(manifest, version=version, custom=found, catalogue=catalogue)
        return [fault for fault in faults or () if not fault.is_foreign]

    def _check_custom(
        self, manifest: Manifest, *, version: str, custom: CustomKind, catalogue: Catalogue
    ) -> list[Fault] | None:
        if version not in custom.schemas:
            message = f"{custom.crd} does not serve the version {version}"
            hint = f"it serves {', '.join(custom.schemas)}"
            return [Fault(path=("apiVersion",), message=message, hint=hint, rule="unknown-kind")]
        schema = custom.schemas[version]
        if not schema:
            return None
        key = (catalogue.minor, custom.crd, version)
        known = self._custom.get(key)
        if known is None or known[0] != schema:
            known = self._custom[key] = schema, _compile(catalogue.with_definitions(to_json_schema(schema)))
        return known[1].faults(manifest)

    def _built_in_kind(self, name: str, catalogue: Catalogue) -> CompiledSchema | None:
        key = (catalogue.minor, name)
        if key not in self._built_in:
            schema = catalogue.schema(name)
            self._built_in[key] = None if schema is None else _compile(schema)
        return self._built_in[key]


def _compile(schema: Schema) -> CompiledSchema:
    # The compiler takes 0.03 s to load, and a deployment without changes checks no object.
    from fairlead.adapters.schemas.compiled import CompiledSchema  # noqa: PLC0415

    return CompiledSchema(schema)


def _has_text(manifest: Manifest, name: str) -> bool:
    return isinstance(manifest.get(name), str) and bool(manifest[name])


def _minor(kubernetes: str) -> str:
    return ".".join(kubernetes.lstrip("v").split(".")[:2])


def _ending(manifest: Manifest, *, minor: str) -> list[Fault]:
    """Whether the object's API version is gone at *minor*, or will go."""
    kind, written = manifest["kind"], manifest["apiVersion"]
    found = lifecycle_of(written, kind)
    if found is None or not found.is_deprecated_at(minor):
        return []
    if found.is_removed_at(minor):
        message = f"Kubernetes {minor} has no {kind} in {written}: it was removed in {found.removed}"
        return [Fault(path=("apiVersion",), message=message, hint=found.remedy, rule="api-removed")]
    message = f"{kind} in {written} is deprecated since {found.deprecated} and removed in {found.removed}"
    return [Fault(path=("apiVersion",), message=message, hint=found.remedy, rule="api-deprecated")]


def _not_served(manifest: Manifest, *, catalogue: Catalogue, group: str) -> Fault:
    versions = catalogue.versions_of(group=group, kind=manifest["kind"])
    names = [f"{group}/{version}" if group else version for version in versions]
    return Fault(
        path=("apiVersion",) if names else ("kind",),
        message=f"Kubernetes {catalogue.minor} has no kind {manifest['kind']} in {manifest['apiVersion']}",
        hint=f"it is served as {', '.join(names)}" if names else "check apiVersion and kind",
        rule="unknown-kind",
    )


def _misspelt_kind(kind: str, group: str, meant: str) -> Fault:
    message = f"{group} has no kind {kind}"
    return Fault(path=("kind",), message=message, hint=f"did you mean {meant}?", rule="unknown-kind")


def _is_older(version: str, *, than: Iterable[str]) -> bool:
    """Whether a release that has *version* would be older than one that has those: it would be known."""
    return bool(_VERSION.fullmatch(version)) and _age(version) < max(map(_age, than))


def _age(version: str) -> tuple[int, str, int]:
    """Sorts v1, v2beta1, v2beta2, v2."""
    match = _VERSION.fullmatch(version)
    return (int(match[1]), match[2] or "stable", int(match[3] or 0)) if match else (0, "", 0)


def _never_served(custom: CustomKind, version: str) -> Fault:
    message = f"no release of Flux since 2.2 or Argo CD since 2.14 serves {custom.kind} in {version}"
    return Fault(path=("apiVersion",), message=message, hint=f"it is served as {_list(custom)}", rule="unknown-kind")


def _list(custom: CustomKind) -> str:
    return ", ".join(f"{custom.group}/{version}" for version in sorted(custom.schemas, key=_age, reverse=True))


def _finding(fault: Fault, manifest: Manifest) -> Finding:
    severity = RULES[fault.rule].severity
    return Finding(rule=fault.rule, message=fault.message, hint=fault.hint, severity=severity, ref=_ref(manifest))


def _ref(manifest: Manifest) -> ObjectRef | None:
    try:
        return ref_of(manifest)
    except (KeyError, TypeError, AttributeError):
        return None
