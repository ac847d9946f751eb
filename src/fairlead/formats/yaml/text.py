"""JSON values -> YAML text that every YAML 1.1 and 1.2 reader reads back as the same values.

Same value, same bytes: maps keep their order, lists stand at the indentation of their key, nothing is folded.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

# Only text that starts like a word can be plain; numbers, dates, tags and indicators start with something else.
_PLAIN: Final = re.compile(r"[A-Za-z_/](?:[A-Za-z0-9_./@+=%-]|[:](?=[A-Za-z0-9_./@+=%-])|[ ](?=[A-Za-z0-9_./@+=%(-]))*")
_TYPED_WORDS: Final = frozenset(
    ("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nil", "none", "nan", "inf", "infinity")
)
_UNPRINTABLE: Final = "\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff"
_ESCAPED: Final = re.compile(f"[{_UNPRINTABLE}]")
BLOCK_TEXT: Final = re.compile(f"[^ \n\x00-\x1f{_UNPRINTABLE}][^\x00-\x08\x0b-\x1f{_UNPRINTABLE}]*")
# Readers look for the colon after a key in its first 1024 bytes only; a longer key needs the `? ` form.
_SIMPLE_KEY: Final = 128
_WORDS: Final = {None: "null", True: "true", False: "false"}
_CHOMP: Final = ("-", "", "+")
_MAX_DEPTH: Final = 200


def dump_yaml(value: Any) -> str:
    """*value* (maps with text keys, lists, text, numbers, booleans, None) as one YAML document.

    Raises TypeError for anything else, secrets among it, and ValueError for infinity, not-a-number and nesting
    deeper than 200 levels.
    """
    return "".join(_lines(value, indent=0, lead="", depth=0))


def _lines(value: Any, *, indent: int, lead: str, depth: int) -> Iterator[str]:
    """The lines of *value*; the first one starts with *lead*, what follows is indented by *indent*."""
    if depth > _MAX_DEPTH:
        raise ValueError(f"nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, Mapping) and value:
        yield from _map_lines(value, indent=indent, lead=lead, depth=depth)
    elif isinstance(value, (list, tuple)) and value:
        yield from _list_lines(value, indent=indent, lead=lead, depth=depth)
    else:
        yield f"{lead}{_scalar(value, indent=indent)}\n"


def _map_lines(value: Mapping[str, Any], *, indent: int, lead: str, depth: int) -> Iterator[str]:
    margin = " " * indent
    for key, item in value.items():
        if type(key) is not str:
            raise TypeError(f"a key must be text, this one is {type(key).__name__}")
        name = f"{lead}{_key(key, margin=margin)}:"
        lead = margin
        if isinstance(item, Mapping) and item:
            yield f"{name}\n"
            yield from _lines(item, indent=indent + 2, lead=f"{margin}  ", depth=depth + 1)
        elif isinstance(item, (list, tuple)) and item:
            yield f"{name}\n"
            yield from _lines(item, indent=indent, lead=margin, depth=depth + 1)
        else:
            yield f"{name} {_scalar(item, indent=indent + 2)}\n"


def _list_lines(value: list[Any] | tuple[Any, ...], *, indent: int, lead: str, depth: int) -> Iterator[str]:
    for item in value:
        yield from _lines(item, indent=indent + 2, lead=f"{lead}- ", depth=depth + 1)
        lead = " " * indent


def _scalar(value: Any, *, indent: int) -> str:
    if isinstance(value, str):
        return _text(value, indent=indent)
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float):
        return float_text(value)
    if isinstance(value, (Mapping, list, tuple)):
        return "{}" if isinstance(value, Mapping) else "[]"
    raise TypeError(f"{type(value).__name__} has no YAML form")


def float_text(value: float) -> str:
    """Raises ValueError for what JSON has no number for."""
    if not math.isfinite(value):
        raise ValueError("infinity and not-a-number have no JSON form")
    mantissa, exponent, power = repr(float(value)).partition("e")
    # A YAML 1.1 reader takes `1e+16` for text: its floats have a dot.
    return f"{mantissa}.0e{power}" if exponent and "." not in mantissa else f"{mantissa}{exponent}{power}"


def _text(value: str, *, indent: int) -> str:
    if is_plain(value):
        return value
    if "\n" in value and BLOCK_TEXT.fullmatch(value):
        return _literal(value, indent=indent)
    return quoted(value)


def _key(value: str, *, margin: str) -> str:
    text = value if is_plain(value) else quoted(value)
    return text if len(text) < _SIMPLE_KEY else f"? {text}\n{margin}"


def is_plain(value: str) -> bool:
    """Whether *value* without quotes is this text for every reader, in block and in flow style."""
    return _PLAIN.fullmatch(value) is not None and value.lower() not in _TYPED_WORDS


def quoted(value: str) -> str:
    """*value* in double quotes; where it holds no unusual character, as JSON has it."""
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", json.dumps(value, ensure_ascii=False))


def _literal(value: str, *, indent: int) -> str:
    body = value.rstrip("\n")
    ends = len(value) - len(body)
    margin = " " * max(indent, 2)
    lines = "\n".join(f"{margin}{line}" if line else "" for line in body.split("\n"))
    return f"|{_CHOMP[min(ends, 2)]}\n{lines}" + "\n" * max(ends - 1, 0)
