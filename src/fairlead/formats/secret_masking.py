"""Secret values wherever a chart puts them: in a ConfigMap, an argument, an annotation, not only in a Secret.

Whoever rendered with secret values knows their texts. Before anything rendered is kept or shown, every string that
holds one of them (or its base64 form) has it replaced by an HMAC.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from fairlead.formats.digests import is_secret, keyed_digest, mask_secret_values
from fairlead.formats.json_data import as_map
from fairlead.model.objects import Manifest
from fairlead.model.secret import SecretText

SHORTEST = 4
"""Shorter texts are left: `1` or `on` would be replaced everywhere and hide nothing."""

SHORTEST_PRINTED = 6
"""The same for values of Secrets in what programs print: nobody said that each of them is secret, and a user name such
as `root` is no secret."""

MARK = "hmac-sha256:"


def find_secret_texts(values: Any) -> frozenset[str]:
    """The text of every SecretText in *values*, and its base64 form."""
    texts = {text for text in _texts(values) if len(text) >= SHORTEST}
    return frozenset(texts | {base64.b64encode(text.encode(errors="surrogatepass")).decode() for text in texts})


def _texts(values: Any) -> Iterator[str]:
    if isinstance(values, SecretText):
        yield values.reveal()
    elif isinstance(values, Mapping):
        for value in values.values():
            yield from _texts(value)
    elif isinstance(values, (list, tuple)):
        for value in values:
            yield from _texts(value)


def hide_texts(tree: Any, secrets: Collection[str], *, key: bytes) -> Any:
    """A copy of *tree* in which no string holds one of *secrets*; *tree* itself where nothing is secret."""
    if not secrets:
        return tree
    longest_first = sorted(secrets, key=len, reverse=True)
    return _hide(tree, {secret: keyed_digest(secret, key=key) for secret in longest_first})


def _hide(tree: Any, hidden: Mapping[str, str]) -> Any:
    if isinstance(tree, str):
        for secret, digest in hidden.items():
            tree = tree.replace(secret, digest)
        return tree
    if isinstance(tree, Mapping):
        return {_hide(name, hidden): _hide(value, hidden) for name, value in tree.items()}
    return [_hide(value, hidden) for value in tree] if isinstance(tree, (list, tuple)) else tree


def texts_of_secrets(manifests: Iterable[Manifest]) -> frozenset[str]:
    """The values of the Secrets among *manifests*, as a program would print them."""
    secrets = [manifest for manifest in manifests if is_secret(manifest)]
    plain = [value for secret in secrets for value in as_map(secret.get("stringData")).values()]
    coded = [_decoded(value) for secret in secrets for value in as_map(secret.get("data")).values()]
    found = (value.strip() for value in (*plain, *coded) if isinstance(value, str))
    return frozenset(value for value in found if len(value) >= SHORTEST_PRINTED)


def star_texts(text: str, secrets: Collection[str]) -> str:
    """*text*, which somebody else wrote, with `***` in place of each of *secrets*."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _decoded(value: object) -> str:
    try:
        return base64.b64decode(str(value), validate=True).decode()
    except ValueError:
        return ""


def mask_manifest(manifest: Manifest, secrets: Collection[str], *, key: bytes) -> Manifest:
    """*manifest* as it may be kept: values of a Secret as HMACs, and no secret text anywhere else."""
    masked: Manifest = hide_texts(mask_secret_values(manifest, key), secrets, key=key)
    return masked


def is_masked(manifest: Manifest) -> bool:
    """Whether a kept *manifest* lacks values that only rendering can give back."""
    return is_secret(manifest) or _has_mark(manifest)


def _has_mark(tree: Any) -> bool:
    if isinstance(tree, str):
        return MARK in tree
    if isinstance(tree, Mapping):
        return any(_has_mark(name) or _has_mark(value) for name, value in tree.items())
    return isinstance(tree, (list, tuple)) and any(_has_mark(value) for value in tree)
