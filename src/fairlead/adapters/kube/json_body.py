"""JSON to and from an API server."""

from __future__ import annotations

import gc
import re
from typing import Any, Final

import orjson

_BIG: Final = 256 * 1024
"""Bytes from which on the collector's rounds cost more than half of the parse (measured on lists of 12 MB)."""

_NOT_YAML: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
"""Characters that JSON may hold as they are, but YAML refuses or folds into spaces (YAML 1.1 and 1.2, section 5)."""


def parse_json(body: bytes) -> Any:
    """Raises orjson.JSONDecodeError."""
    if len(body) < _BIG or not gc.isenabled():
        return orjson.loads(body)
    gc.disable()
    try:
        return orjson.loads(body)
    finally:
        gc.enable()


def dump_json(value: object) -> bytes:
    return orjson.dumps(value)


def dump_yaml_safe_json(value: object) -> bytes:
    """JSON that a YAML reader reads as the same value: the API server reads apply patches as YAML."""
    body = orjson.dumps(value)
    if body.isascii() and b"\x7f" not in body:
        return body
    return _NOT_YAML.sub(lambda found: f"\\u{ord(found[0]):04x}", body.decode()).encode()
