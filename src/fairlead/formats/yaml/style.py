"""JSON values as text in the style of the YAML around them: its quotes, its indentation, its line ends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.scalars import resolve_plain
from fairlead.formats.yaml.nodes import Node, NodeKind
from fairlead.formats.yaml.text import BLOCK_TEXT, dump_yaml, float_text, is_plain, quoted
from fairlead.model.frozen import dataclass

_WORDS: Final = {None: "null", True: "true", False: "false"}
# Text that starts like a number, and that every reader takes for text all the same: versions, amounts, tags.
_NUMBERED: Final = re.compile(r"\.?[0-9][A-Za-z0-9._+/@-]*(?::[A-Za-z0-9._+/@-]+)*")
_TELLING: Final = re.compile(r"[ac-df-mnp-wyzAC-DF-MNP-WYZ]|\..*\.")
_ARGUMENT: Final = re.compile(r"--?[A-Za-z][A-Za-z0-9._/=@+:-]*[A-Za-z0-9._/=@+-]")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]")
_SEXAGESIMAL: Final = re.compile(r"[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?")
_CHOMP: Final = ("-", "", "+")
_LINE_END: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """*step* is how far a map stands in its parent, *offset* a list in the map that it belongs to; *quote* is what the
    text mostly quotes with, *newline* how its lines end. JSON allows neither comments nor plain text.
    *with_blocks*: text of several lines may become a block scalar."""

    step: int = 2
    offset: int = 0
    quote: str = '"'
    newline: str = "\n"
    is_json: bool = False
    with_blocks: bool = True


def find_style(text: str, root: Node | None) -> Style:
    """The style that most of *text* is written in."""
    nodes = list(root.inside()) if root else []
    single = sum(node.style == "'" for node in nodes)
    double = sum(node.style == '"' for node in nodes)
    steps = [*_steps(text, nodes)]
    return Style(
        step=steps[0] if steps else 2,
        offset=next(_offsets(text, nodes), 0),
        quote="'" if single > double else '"',
        newline="\r\n" if "\r\n" in text else "\n",
        is_json=_is_json(root),
    )


def column(text: str, at: int) -> int:
    return at - line_start(text, at)


def line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def line_end(text: str, at: int) -> int:
    """Where the line of *at* ends, before its line break."""
    found = _LINE_END.search(text, at)
    return found.start() if found else len(text)


def next_line(text: str, at: int) -> int:
    """Where the line after that of *at* begins; the end of *text* on its last line."""
    found = _LINE_END.search(text, at)
    return found.end() if found else len(text)


def _steps(text: str, nodes: list[Node]) -> Iterator[int]:
    for node in nodes:
        for entry in node.entries:
            inner = entry.value
            if node.kind is NodeKind.MAPPING and not node.is_flow and not inner.is_flow and inner.entries:
                step = column(text, inner.entries[0].key.start) - column(text, entry.key.start)
                if step > 0:
                    yield step


def _offsets(text: str, nodes: list[Node]) -> Iterator[int]:
    for node in nodes:
        for entry in node.entries:
            if entry.value.kind is NodeKind.SEQUENCE and not entry.value.is_flow and not node.is_flow:
                yield column(text, dash_of(text, entry.value.items[0])) - column(text, entry.key.start)


def dash_of(text: str, item: Node) -> int:
    """Where the dash of a block sequence's *item* stands."""
    at = item.start
    while True:
        before = text[line_start(text, at) : at]
        if before.rstrip(" \t").endswith("-"):
            return line_start(text, at) + len(before.rstrip(" \t")) - 1
        bare = before.lstrip(" \t")
        if bare.startswith("-"):  # a comment stands between the dash and its item
            return line_start(text, at) + len(before) - len(bare)
        at = line_start(text, at) - 1
        if at < 0:
            return item.start


def _is_json(root: Node | None) -> bool:
    if root is None or not root.is_flow or not root.entries:
        return False
    return all(node.style == '"' for part in root.inside() for node in (entry.key for entry in part.entries))


def plain_or_quoted(value: str, style: Style) -> str:
    """*value* on one line."""
    if style.is_json:
        return json.dumps(value, ensure_ascii=False)
    if is_plain(value) or _ARGUMENT.fullmatch(value) or _is_safely_numbered(value):
        return value
    return in_quotes(value, style.quote)


def _is_safely_numbered(value: str) -> bool:
    if (
        not _NUMBERED.fullmatch(value)
        or not _TELLING.search(value)
        or _DATE.match(value)
        or _SEXAGESIMAL.fullmatch(value)
    ):
        return False
    return resolve_plain(value) == value


def in_quotes(value: str, quote: str) -> str:
    """In the quotes that are asked for, or in double ones where only those can hold it."""
    if quote == "'" and value.isprintable():
        return f"'{value.replace(chr(39), chr(39) * 2)}'"
    return quoted(value)


def scalar_text(value: Any, style: Style) -> str:
    """A scalar or an empty collection on one line."""
    if isinstance(value, str):
        return plain_or_quoted(value, style)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return float_text(value)
    return "{}" if isinstance(value, Mapping) else "[]"


def flow_text(value: Any, style: Style) -> str:
    """*value* in one line of flow style."""
    if isinstance(value, Mapping) and value:
        inner = ", ".join(f"{plain_or_quoted(key, style)}: {flow_text(item, style)}" for key, item in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list) and value:
        return f"[{', '.join(flow_text(item, style) for item in value)}]"
    return scalar_text(value, style)


def json_text(value: Any, *, indent: int, step: int, newline: str) -> str:
    """*value* as JSON over several lines, those behind the first indented by *indent* at least."""
    margin = newline + " " * indent
    return margin.join(json.dumps(value, ensure_ascii=False, indent=step).split("\n"))


def block_lines(value: Any, style: Style, *, indent: int) -> list[str]:
    """The lines of a map or list that is not empty, indented by *indent*."""
    if isinstance(value, Mapping):
        return [line for key, item in value.items() for line in entry_lines(key, item, style, indent=indent)]
    return [line for item in value for line in item_lines(item, style, indent=indent)]


def entry_lines(key: str, value: Any, style: Style, *, indent: int) -> list[str]:
    """`key: value` in block style."""
    head = f"{' ' * indent}{plain_or_quoted(key, style)}:"
    if isinstance(value, Mapping) and value:
        return [head, *block_lines(value, style, indent=indent + style.step)]
    if isinstance(value, list) and value:
        return [head, *block_lines(value, style, indent=indent + style.offset)]
    first, *rest = scalar_lines(value, style, indent=indent + style.step)
    return [f"{head} {first}", *rest]


def item_lines(value: Any, style: Style, *, indent: int) -> list[str]:
    """`- value` in block style."""
    margin = " " * indent
    if isinstance(value, (Mapping, list)) and value:
        first, *rest = block_lines(value, style, indent=indent + 2)
        return [f"{margin}- {first[indent + 2 :]}", *rest]
    first, *rest = scalar_lines(value, style, indent=indent + 2)
    return [f"{margin}- {first}", *rest]


def scalar_lines(value: Any, style: Style, *, indent: int) -> list[str]:
    """A scalar; text of several lines as a literal whose lines stand at *indent*."""
    if style.with_blocks and isinstance(value, str) and "\n" in value and BLOCK_TEXT.fullmatch(value):
        header, *lines = dump_yaml(value).removesuffix("\n").split("\n")
        return [header, *(" " * (indent - 2) + line if line else line for line in lines)]
    return [scalar_text(value, style)]


def chomping(value: str) -> str:
    """The indicator that gives a block scalar the line ends of *value*."""
    return _CHOMP[min(len(value) - len(value.rstrip("\n")), 2)]
