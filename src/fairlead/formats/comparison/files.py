"""A comparison for programs, for a pull request and for a browser."""

from __future__ import annotations

from typing import Final

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.comparison.html import format_html
from fairlead.formats.comparison.markdown import format_markdown
from fairlead.formats.comparison.text import format_text
from fairlead.model.comparison import SCHEMA, DiffReport

FORMS: Final = ("text", "json", "markdown", "html")


def format_diff(report: DiffReport, form: str, *, exit_code: int) -> bytes:
    """*form* is one of `FORMS`."""
    match form:
        case "json":
            return format_json(report, exit_code=exit_code)
        case "markdown":
            return format_markdown(report).encode()
        case "html":
            return format_html(report).encode()
        case _:
            return format_text(report).encode()


def form_of(suffix: str) -> str:
    """By the ending of a file's name; JSON where that says nothing."""
    return {".md": "markdown", ".html": "html", ".htm": "html", ".txt": "text"}.get(suffix, "json")


def format_json(report: DiffReport, *, exit_code: int) -> bytes:
    """Every comparison says its own `counts`, and `expected`, how many differences each entry explains."""
    comparisons = [{**to_json(one), "counts": dict(one.count())} for one in report.comparisons]
    said = {**to_json(report), "comparisons": comparisons, "counts": dict(report.count())}
    return orjson.dumps({"schema": SCHEMA, "exit_code": exit_code, **said})
