"""Digests of JSON values, and what must happen to a Secret before one is taken.

A digest is a function of the value alone: the order of keys takes no part. Values of Secrets never enter a plain
digest, because a short secret can be guessed from its hash: they are replaced by an HMAC keyed per environment.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

import orjson

from fairlead.formats.json_data import as_map
from fairlead.model.objects import Manifest

LAST_APPLIED: Final = "kubectl.kubernetes.io/last-applied-configuration"
"""The annotation in which `kubectl apply` repeats the whole object, the values of a Secret in clear included."""


def canonical_json(value: Any) -> bytes:
    """*value* as JSON with sorted keys and no space; raises TypeError for what JSON cannot hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # orjson refuses integers beyond 64 bits and lone surrogates, which YAML values may hold.
        return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


def digest(value: Any) -> str:
    """`sha256:` and 64 hex digits over the canonical JSON of *value*."""
    return f"sha256:{hashlib.sha256(canonical_json(value)).hexdigest()}"


def digest_bytes(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def keyed_digest(value: Any, *, key: bytes) -> str:
    """`hmac-sha256:` and 64 hex digits; raises ValueError for an empty *key*."""
    return f"hmac-sha256:{_hmac(key, canonical_json(value))}"


def is_secret(manifest: Mapping[str, Any]) -> bool:
    return manifest.get("kind") == "Secret" and manifest.get("apiVersion") == "v1"


def fold_string_data(manifest: Manifest) -> Manifest:
    """A Secret with its `stringData` moved to `data`, as the server stores it; every other object as it is.

    The server records `stringData` as ours but returns the value under `data`, so that a foreign change of it would
    stay unseen (knowledge/engines.md D). Values that are no text stay where they are: the server refuses them.
    """
    if not is_secret(manifest) or "stringData" not in manifest:
        return manifest
    texts = as_map(manifest["stringData"])
    folded = {name: _base64(text or "") for name, text in texts.items() if text is None or isinstance(text, str)}
    rest = {name: value for name, value in texts.items() if name not in folded}
    result = {name: value for name, value in manifest.items() if name not in ("data", "stringData")}
    if data := {**as_map(manifest.get("data")), **folded}:
        result["data"] = data
    return {**result, "stringData": rest} if rest else result


def mask_secret_values(manifest: Manifest, key: bytes) -> Manifest:
    """A Secret with each value replaced by `hmac:<hex>`; every other object as it is.

    A value counts the same in `data` (base64) and in `stringData`. The HMAC covers the name of the entry too, so that
    equal passwords under two names do not show as equal. Raises ValueError for an empty *key*.
    """
    if not is_secret(manifest):
        return manifest
    masked = dict(manifest)
    for field in ("data", "stringData"):
        if isinstance(manifest.get(field), Mapping):
            masked[field] = {
                name: _mask(name, value, key=key, encoded=field == "data") for name, value in manifest[field].items()
            }
    return _mask_last_applied(masked, key)


def _mask_last_applied(manifest: Manifest, key: bytes) -> Manifest:
    metadata = as_map(manifest.get("metadata"))
    annotations = as_map(metadata.get("annotations"))
    if LAST_APPLIED not in annotations:
        return manifest
    masked = _mask(LAST_APPLIED, annotations[LAST_APPLIED], key=key, encoded=False)
    return {**manifest, "metadata": {**metadata, "annotations": {**annotations, LAST_APPLIED: masked}}}


def _mask(name: str, value: Any, *, key: bytes, encoded: bool) -> str:
    return f"hmac:{_hmac(key, name.encode() + bytes(1) + _secret_bytes(value, encoded=encoded))}"


def _secret_bytes(value: Any, *, encoded: bool) -> bytes:
    text = value if isinstance(value, str) else "" if value is None else canonical_json(value).decode()
    if not encoded:
        return text.encode(errors="surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return text.encode(errors="surrogatepass")


def _base64(text: str) -> str:
    return base64.b64encode(text.encode(errors="surrogatepass")).decode()


def _hmac(key: bytes, content: bytes) -> str:
    if not key:
        raise ValueError("an HMAC needs a key")
    return hmac.new(key, content, hashlib.sha256).hexdigest()
