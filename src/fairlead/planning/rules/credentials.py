"""Credentials that stand in the repository in clear: named, never shown."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig_map, dig_text, maps_in
from fairlead.formats.sops_rules import find_clear, is_sops_file
from fairlead.model.finding import Finding, Location, Severity
from fairlead.planning.rules.credential_shapes import find_settings, find_shapes, holds_credential, is_credential
from fairlead.planning.rules.environment_objects import FieldPath
from fairlead.planning.value_path import leaves, value_at

RULE: Final = "plain-credential"
_HINT: Final = "take it out of the repository, and out of use: encrypt it (SOPS, sealed secrets) or refer to a store"
_ENCRYPT: Final = "write it with `sops edit`, or `sops set`, so that it is encrypted and the file's MAC is right"
_ENCRYPTED: Final = frozenset({"SealedSecret", "ExternalSecret", "ClusterExternalSecret", "CustomResourceDefinition"})
_SCHEMAS: Final = ("$schema", "openapi")
_SKIPPED: Final = frozenset({"annotations", "description", "openAPIV3Schema", "properties", "secretTemplate"})


def check_text(text: str, *, file: str) -> Iterator[Finding]:
    """What is a credential by its shape alone, wherever it stands: an error."""
    for position, what in find_shapes(text):
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        message = f"{what} stands here in clear"
        yield Finding(rule=RULE, message=message, hint=_HINT, location=Location(file, line, column))


def check_settings(text: str, *, file: str) -> Iterator[Finding]:
    """What is a credential by its name in a file of `NAME=value`, such as `.env` and `.tfvars`: a warning."""
    for name, _, position in find_settings(text):
        line = text.count("\n", 0, position) + 1
        column = position - text.rfind("\n", 0, position)
        yield replace(_finding(f"{name} is a credential in clear"), location=Location(file, line, column))


def check_document(data: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Finding]]:
    """What is a credential by its name: a warning, with its path."""
    if is_sops_file(data):
        yield from _beside_encrypted(data)
        return
    kind = dig_text(data, "kind")
    if "sops" in data or kind in _ENCRYPTED or any(name in data for name in _SCHEMAS):
        return
    if kind == "Secret" and dig_text(data, "apiVersion") == "v1":
        yield from _of_secret(data)
        return
    yield from _of_generators(data)
    for path in _named(data, ()):
        yield path, _finding(f"{_said(path)} is a credential in clear")


def credentials_in(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What is a credential by its name in an object that is no Secret, also in the lines of its texts."""
    for path in _named(manifest, ()):
        yield str(value_at(manifest, path))
    for _, leaf in leaves(manifest):
        if isinstance(leaf, str) and "\n" in leaf:
            yield from (value for _, value, _ in find_settings(leaf))


def _of_secret(secret: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Finding]]:
    """One finding for a Secret with any credential that is not filled in later; base64 hides nothing."""
    found = [
        (field, str(key))
        for field in ("data", "stringData")
        for key, value in dig_map(secret, field).items()
        if holds_credential(str(key), _decoded(value) if field == "data" else str(value or ""))
    ]
    if found:
        names = ", ".join(sorted(key for _, key in found))
        yield found[0], _finding(f"the Secret {dig_text(secret, 'metadata', 'name')} is in clear: {names}")


def _beside_encrypted(file: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Finding]]:
    for path in find_clear(file):
        message = f"{_said(path)} stands in clear in a file of sops, which refuses to decrypt it"
        yield path, Finding(rule=RULE, message=message, hint=_ENCRYPT)


def _decoded(value: object) -> str:
    try:
        return base64.b64decode(str(value or ""), validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        return ""  # its schema says so


def _of_generators(kustomization: Mapping[str, Any]) -> Iterator[tuple[FieldPath, Finding]]:
    for index, generator in enumerate(maps_in(kustomization.get("secretGenerator"))):
        for position, literal in enumerate(as_list(generator.get("literals"))):
            name, _, value = str(literal).partition("=")
            if is_credential(name, value.strip("'\"")):
                path = ("secretGenerator", index, "literals", position)
                yield path, _finding(f"the literal {name} of a Secret is in clear")


def _named(value: Any, path: FieldPath) -> Iterator[FieldPath]:
    if isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str):
                if is_credential(str(key), item) and not _is_reference(path):
                    yield (*path, str(key))
            elif key not in _SKIPPED:
                yield from _named(item, (*path, str(key)))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            name, given = dig_text(item, "name"), dig_text(item, "value")
            if given and is_credential(name, given):
                yield (*path, index, "value")
            else:
                yield from _named(item, (*path, index))


def _is_reference(path: FieldPath) -> bool:
    """`secretKeyRef: {key: …}` and its like name things."""
    return any(isinstance(part, str) and part.lower().endswith(("ref", "refs", "from")) for part in path)


def _said(path: FieldPath) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def _finding(message: str) -> Finding:
    return Finding(rule=RULE, message=message, hint=_HINT, severity=Severity.WARNING)
