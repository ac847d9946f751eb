"""A comparison for programs."""

from __future__ import annotations

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.comparison_text import format_comparison
from fairlead.model.comparison import SCHEMA, Comparison


def format_comparison_report(found: Comparison, form: str, *, exit_code: int) -> bytes:
    """*form* is `text` or `json`."""
    if form == "json":
        return format_comparison_json(found, exit_code=exit_code)
    return format_comparison(found).encode()


def format_comparison_json(found: Comparison, *, exit_code: int) -> bytes:
    return orjson.dumps({"schema": SCHEMA, "exit_code": exit_code, "counts": dict(found.count()), **to_json(found)})
