"""Values on their way into helm's standard input, the one place where their secrets are revealed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.secret import SecretText, reveal_tree


def write_values(values: Mapping[str, Any]) -> bytes:
    """*values* as the YAML that `helm … -f -` reads; secrets in clear.

    Not as JSON: Go's YAML reader refuses some of JSON's escapes and folds raw line separators.
    """
    return dump_yaml(reveal_tree(values)).encode()


def secrets_in(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Every secret text in *values*, the longest first, for `mask`."""
    return tuple(sorted(set(filter(None, _secrets(values))), key=len, reverse=True))


def mask(text: str, secrets: tuple[str, ...]) -> str:
    """*text* with each of *secrets* replaced by `***`: helm's messages may quote a value."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def _secrets(value: Any) -> Iterator[str]:
    if isinstance(value, SecretText):
        yield value.reveal()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _secrets(item)
