"""A kept object whose secret values are HMACs, made whole again from an object that still holds them.

The record never holds a secret. Where the live object (or one seen before) has a value whose HMAC is the recorded one,
that value is what was meant; where it has another, nobody can tell what it was but the project's encrypted files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fairlead.formats.digests import is_secret, keyed_digest, mask_secret_values
from fairlead.formats.json_data import as_map
from fairlead.formats.secret_masking import is_masked
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest

_MARK: Final = re.compile(r"hmac-sha256:[0-9a-f]{64}")
_SECRET_FIELDS: Final = ("data", "stringData")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmasked:
    """*manifest* in clear, and the secret *texts* that were found for it outside of Secrets."""

    manifest: Manifest = field(repr=False)
    texts: frozenset[str] = field(default=frozenset(), repr=False)


class _Lost(Exception):
    """A masked value that the witness does not have."""


def unmask(recorded: Manifest, witness: Manifest | None, *, key: bytes) -> Unmasked | None:
    """*recorded* with its values from *witness*, an object of the same name; None where one of them is another."""
    if not is_masked(recorded):
        return Unmasked(manifest=recorded)
    if witness is None:
        return None
    texts: set[str] = set()
    try:
        whole = _with_secret_values(recorded, witness, key=key) if is_secret(recorded) else recorded
        return Unmasked(manifest=_unmask(whole, witness, texts, key=key), texts=frozenset(texts))
    except _Lost:
        return None


def _with_secret_values(recorded: Manifest, witness: Manifest, *, key: bytes) -> Manifest:
    """A Secret with each of its values taken from *witness*; it leaves with `data` only, as the server stores it."""
    masked = as_map(mask_secret_values(witness, key).get("data"))
    clear = as_map(witness.get("data"))
    wanted = {name: value for field in _SECRET_FIELDS for name, value in as_map(recorded.get(field)).items()}
    if any(masked.get(name) != value for name, value in wanted.items()):
        raise _Lost
    rest = {name: value for name, value in recorded.items() if name not in _SECRET_FIELDS}
    return {**rest, "data": {name: clear[name] for name in wanted}} if wanted else rest


def _unmask(tree: Any, witness: Any, texts: set[str], *, key: bytes) -> Any:
    if isinstance(tree, str):
        return _text(tree, witness, texts, key=key) if _MARK.search(tree) else tree
    if isinstance(tree, Mapping):
        found = as_map(witness)
        if any(_MARK.search(name) for name in tree):
            raise _Lost
        return {name: _unmask(value, found.get(name), texts, key=key) for name, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        items = witness if isinstance(witness, (list, tuple)) else ()
        return [_unmask(value, items[at] if at < len(items) else None, texts, key=key) for at, value in enumerate(tree)]
    return tree


def _text(masked: str, witness: Any, texts: set[str], *, key: bytes) -> str:
    """The text of *witness*, if putting the HMACs back into it gives *masked*."""
    marks = _MARK.findall(masked)
    pattern = "(.+)".join(re.escape(part) for part in _MARK.split(masked))
    found = re.fullmatch(pattern, witness, re.DOTALL) if isinstance(witness, str) else None
    if found is None:
        raise _Lost
    values = found.groups()
    if any(keyed_digest(value, key=key) != mark for value, mark in zip(values, marks, strict=True)):
        raise _Lost
    texts.update(values)
    return found.string
