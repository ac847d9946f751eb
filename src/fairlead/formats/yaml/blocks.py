"""Writes a block scalar (`|` or `>`) anew, line by line: what stays the same keeps its text and its folds."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from fairlead.formats.yaml.nodes import Node
from fairlead.formats.yaml.style import Style, chomping, column, line_end, line_start, next_line
from fairlead.formats.yaml.text import BLOCK_TEXT

_HEADER: Final = re.compile(r"([|>])([1-9+-]*)(.*)", re.DOTALL)


def block_scalar(text: str, node: Node, value: str, style: Style) -> str | None:
    """The text that stands for *node* when it says *value*; None where a block scalar cannot say it."""
    if not style.with_blocks or not BLOCK_TEXT.fullmatch(value):
        return None
    first_line = next_line(text, node.body)
    header = _HEADER.fullmatch(text[node.body : line_end(text, node.body)])
    if header is None:
        return None
    raw = re.split(r"\r\n|\n|\r", text[first_line : node.end]) if first_line <= node.end else []
    margin = _margin(text, node, raw, style)
    digit = "".join(letter for letter in header[2] if letter.isdigit())
    folded = _folded(raw, value, margin) if header[1] == ">" else None
    lines = folded if folded is not None else _literal(raw, node.text, value, margin)
    mark = ">" if folded is not None else "|"
    blank = max(len(value) - len(value.rstrip("\n")) - 1, 0)
    return style.newline.join((f"{mark}{digit}{chomping(value)}{header[3]}", *lines, *[""] * blank))


def _margin(text: str, node: Node, raw: list[str], style: Style) -> str:
    """What each line of the content is indented by."""
    found = next((line for line in raw if line.strip()), None)
    if found is not None:
        own = next(line for line in node.text.split("\n") if line.strip())
        return " " * (len(found) - len(found.lstrip(" ")) - len(own) + len(own.lstrip(" ")))
    start = line_start(text, node.start)
    line = text[start : node.start]
    return " " * (column(text, start + len(line) - len(line.lstrip(" -"))) + style.step)


def _literal(raw: list[str], before: str, value: str, margin: str) -> list[str]:
    old, new = before.rstrip("\n").split("\n"), value.rstrip("\n").split("\n")
    written = [f"{margin}{line}" if line else "" for line in new]
    if len(raw) < len(old) or [line.strip() for line in raw[: len(old)]] != [line.strip() for line in old]:
        return written
    for tag, first, _, start, end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            written[start:end] = raw[first : first + end - start]
    return written


def _folded(raw: list[str], value: str, margin: str) -> list[str] | None:
    """None where a line is indented more than the first: such lines are not folded, and their breaks count twice."""
    body = value.rstrip("\n")
    if any(line.startswith((" ", "\t")) for line in body.split("\n")):
        return None
    known: dict[str, list[str]] = {}
    paragraph: list[str] = []
    for line in [*raw, ""]:
        if line.strip():
            paragraph.append(line)
        elif paragraph:
            known[" ".join(each.strip() for each in paragraph)] = paragraph
            paragraph = []
    return _with_gaps(body, known, margin)


def _with_gaps(body: str, known: dict[str, list[str]], margin: str) -> list[str]:
    """One line break of *body* is written as two, any further one as one more."""
    lines: list[str] = []
    for part in re.split(r"(\n+)", body):
        if part.startswith("\n"):
            lines += [""] * len(part)
        elif part:
            lines += known.get(part, [f"{margin}{part}"])
    return lines
