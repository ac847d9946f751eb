"""Shell patterns over paths with slashes, as Go's programs read them."""

from __future__ import annotations

import re
from typing import Final

_SPECIAL: Final = re.compile(r"\*\*/?|\*|\?|\[!?[^\]]+\]|\{[^{}]*\}|[^*?\[{]+|.", re.DOTALL)


def matches(path: str, pattern: str, *, crosses: bool = False) -> bool:
    """Whether *pattern* covers all of *path*. `*` stops at a slash, unless it *crosses*; `**` and `{a,b}` as usual."""
    return re.fullmatch(_regex(pattern, crosses=crosses), path, re.DOTALL) is not None


def _regex(pattern: str, *, crosses: bool) -> str:
    one = "." if crosses else "[^/]"
    return "".join(_piece(match[0], one, crosses=crosses) for match in _SPECIAL.finditer(pattern))


def _piece(text: str, one: str, *, crosses: bool) -> str:
    if text == "**/":
        return ".*/" if crosses else "(?:.*/)?"
    if text.startswith("**"):
        return ".*"
    if text == "*":
        return f"{one}*"
    if text == "?":
        return one
    if text.startswith("{") and text.endswith("}"):
        return f"(?:{'|'.join(_regex(each.strip(), crosses=crosses) for each in text[1:-1].split(','))})"
    if text.startswith("[") and len(text) > 2:
        return f"[{'^' if text[1] == '!' else ''}{re.escape(text[1:-1].lstrip('!')).replace(chr(92) + '-', '-')}]"
    return re.escape(text)
