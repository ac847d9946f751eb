"""Text from outside (helm, an API server, a test) as it may be printed."""

from __future__ import annotations

_CONTROL = dict.fromkeys((*range(32), *range(127, 160)), "�")
_ALLOWED = {ord("\n"): "\n", ord("\t"): "\t"}
_PLAIN = {**_CONTROL, **_ALLOWED}
_LINE = {**_CONTROL, ord("\n"): "⏎", ord("\t"): " "}


def plain(text: str) -> str:
    """*text* without the control characters that a terminal would obey; newlines and tabs stay."""
    return text.translate(_PLAIN)


def one_line(text: str) -> str:
    """*text* on one line, without control characters."""
    return text.rstrip("\n").translate(_LINE)
