"""Keeps values that came in as secrets out of what Terraform says: a root need not declare them sensitive."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fairlead.model.secret import SecretText

_SHORTEST = 4
"""Shorter values would mask half of any text."""
MASKED = SecretText("")
"""Stands for a sensitive value where the value itself is not needed."""


@dataclass(frozen=True, slots=True, repr=False)
class Mask:
    """The secrets of one root; made by `mask_of`."""

    _secrets: tuple[str, ...] = ()

    def text(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text

    def value(self, value: Any) -> Any:
        """*value* with every text that holds a secret as SecretText."""
        if isinstance(value, str):
            return SecretText(value) if any(secret in value for secret in self._secrets) else value
        if isinstance(value, list):
            return [self.value(item) for item in value]
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        return value


def mask_of(variables: Mapping[str, Any]) -> Mask:
    """Longest first, so that one secret within another leaves nothing behind."""
    whole = {text for text in _secrets_in(variables) if len(text) >= _SHORTEST}
    lines = {line.strip() for text in whole for line in text.splitlines()}
    return Mask(tuple(sorted((t for t in whole | lines if len(t) >= _SHORTEST), key=lambda text: (-len(text), text))))


def as_secret(value: Any) -> SecretText:
    """A sensitive value; one that is no text as its JSON."""
    return SecretText(value if isinstance(value, str) else json.dumps(value, separators=(",", ":")))


def _secrets_in(value: Any) -> Iterator[str]:
    if isinstance(value, SecretText):
        yield value.reveal()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _secrets_in(item)
