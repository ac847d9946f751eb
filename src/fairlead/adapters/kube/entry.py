"""One entry of a kubeconfig, read key by key; every fault names the file and the key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fairlead.model.errors import InputError
from fairlead.model.finding import Location


@dataclass(frozen=True, slots=True)
class Entry:
    """*values* found in *file* under *key*, e.g. `users[admin].user`. A null value counts as absent, as in kubectl."""

    file: Path
    key: str
    values: Mapping[str, Any]

    def fault(self, name: str, problem: str, *, hint: str = "") -> InputError:
        place = f"{self.key}.{name}" if name and self.key else self.key or name
        return InputError(f"{place}: {problem}", hint=hint, location=Location(str(self.file)))

    def text(self, name: str) -> str:
        value = self.values.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.fault(name, f"expected text, found {_kind(value)}", hint="put the value in quotes")
        return value

    def flag(self, name: str) -> bool:
        value = self.values.get(name)
        if value is None:
            return False
        if not isinstance(value, bool):
            raise self.fault(name, f"expected true or false, found {_kind(value)}")
        return value

    def items(self, name: str) -> list[Any]:
        value = self.values.get(name)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fault(name, f"expected a list, found {_kind(value)}")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        found = self.items(name)
        if not all(isinstance(item, str) for item in found):
            raise self.fault(name, "expected a list of texts", hint="put each value in quotes")
        return tuple(found)

    def section(self, name: str) -> Entry | None:
        value = self.values.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise self.fault(name, f"expected a mapping, found {_kind(value)}")
        return Entry(self.file, f"{self.key}.{name}" if self.key else name, value)

    def path(self, name: str) -> Path | None:
        """A path; a relative one is relative to the file it is written in, not to the working directory."""
        text = self.text(name)
        return self.file.parent / text if text else None

    def content(self, name: str) -> bytes:
        """The bytes of `<name>-data` if that is stated, else of the file that `<name>` names; empty when neither is."""
        if self.text(f"{name}-data"):
            return self._decoded(f"{name}-data")
        path = self.path(name)
        return self.read(name, path) if path else b""

    def read(self, name: str, path: Path) -> bytes:
        try:
            return path.read_bytes()
        except OSError as err:
            raise self.fault(name, f"cannot read {path}: {err.strerror}") from err

    def _decoded(self, name: str) -> bytes:
        try:
            return base64.b64decode("".join(self.text(name).split()), validate=True)
        except (binascii.Error, ValueError) as err:
            raise self.fault(name, "not base64") from err


def _kind(value: object) -> str:
    match value:
        case bool():
            return "true or false"
        case int() | float():
            return "a number"
        case str():
            return "text"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case _:
            return type(value).__name__
