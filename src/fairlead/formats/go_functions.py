"""Functions of Go templates, sprig and Argo CD, in their order of arguments: the piped value comes last."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fairlead.formats.yaml.text import dump_yaml

_LONGEST_NAME: Final = 253
_LONGEST_SLUG: Final = 50


class NotJudged(Exception):
    """A template that is not understood here; says what of it."""


def show(value: Any) -> str:
    """As Go prints it."""
    if value is None:
        return "<no value>"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return f"map[{' '.join(f'{key}:{show(each)}' for key, each in sorted(value.items()))}]"
    if isinstance(value, list | tuple):
        return f"[{' '.join(map(show, value))}]"
    return str(value)


def is_true(value: Any) -> bool:
    return bool(value)


def normalize(text: Any) -> str:
    """A DNS name of *text*, as Argo CD's `normalize` makes it."""
    cut = re.sub(r"[^a-z0-9.\-]", "-", str(text).lower())[:_LONGEST_NAME]
    return cut.strip("-.")


def slugify(*arguments: Any) -> str:
    numbers = [each for each in arguments if isinstance(each, int) and not isinstance(each, bool)]
    longest = numbers[0] if numbers else _LONGEST_SLUG
    return re.sub(r"[^a-z0-9]+", "-", str(arguments[-1]).lower()).strip("-")[:longest].strip("-")


def _index(value: Any, *path: Any) -> Any:
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list | tuple) and isinstance(part, int) and 0 <= part < len(value):
            value = value[part]
        else:
            raise NotJudged(f"the template takes item {part} of what has none")
    return value


def _default(fallback: Any, value: Any = None) -> Any:
    return value if is_true(value) else fallback


def _dig(*arguments: Any) -> Any:
    *path, fallback, value = arguments
    for part in path:
        if not isinstance(value, Mapping) or part not in value:
            return fallback
        value = value[part]
    return value


def _and(*values: Any) -> Any:
    return next((each for each in values if not is_true(each)), values[-1])


def _or(*values: Any) -> Any:
    return next((each for each in values if is_true(each)), values[-1])


def _printf(pattern: str, *values: Any) -> str:
    given = iter(values)

    def place(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = next(given, None)
        return f'"{value}"' if match[1] == "q" else show(value)

    if re.search(r"%(?![svdq%])", pattern):
        raise NotJudged(f"the template prints with {pattern!r}")
    return re.sub(r"%([svdq%])", place, pattern)


def _indent(width: int, text: str) -> str:
    return "\n".join(" " * width + line for line in str(text).split("\n"))


def _to_yaml(value: Any) -> str:
    return dump_yaml(value).rstrip("\n")


def _split(separator: str, text: str) -> dict[str, str]:
    return {f"_{index}": part for index, part in enumerate(str(text).split(separator))}


def _first(values: Any) -> Any:
    return values[0] if values else None


def _last(values: Any) -> Any:
    return values[-1] if values else None


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _bound_by(longest: int, text: str) -> str:
    return text[:longest] if longest >= 0 else text[longest:]


def _dict(*pairs: Any) -> dict[str, Any]:
    return {str(key): value for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "and": _and,
    "append": lambda values, value: [*values, value],
    "base": lambda path: str(path).rstrip("/").rpartition("/")[2],
    "coalesce": lambda *values: next((each for each in values if is_true(each)), None),
    "contains": lambda part, text: str(part) in str(text),
    "default": _default,
    "dict": _dict,
    "dig": _dig,
    "dir": lambda path: str(path).rpartition("/")[0] or ".",
    "empty": lambda value: not is_true(value),
    "eq": lambda value, *others: any(value == other for other in others),
    "first": _first,
    "fromJson": lambda text: orjson.loads(str(text)),
    "ge": lambda one, other: one >= other,
    "gt": lambda one, other: one > other,
    "has": lambda value, values: value in values,
    "hasKey": lambda data, key: key in data,
    "hasPrefix": lambda part, text: str(text).startswith(str(part)),
    "hasSuffix": lambda part, text: str(text).endswith(str(part)),
    "indent": _indent,
    "index": _index,
    "int": _number,
    "join": lambda separator, values: str(separator).join(map(show, values)),
    "last": _last,
    "le": lambda one, other: one <= other,
    "len": len,
    "list": lambda *values: list(values),
    "lower": lambda text: str(text).lower(),
    "lt": lambda one, other: one < other,
    "ne": lambda one, other: one != other,
    "nindent": lambda width, text: "\n" + _indent(width, text),
    "normalize": normalize,
    "not": lambda value: not is_true(value),
    "or": _or,
    "print": lambda *values: "".join(map(show, values)),
    "printf": _printf,
    "quote": lambda *values: " ".join(orjson.dumps(show(each)).decode() for each in values if each is not None),
    "replace": lambda old, new, text: str(text).replace(str(old), str(new)),
    "slugify": slugify,
    "split": _split,
    "splitList": lambda separator, text: str(text).split(separator),
    "squote": lambda *values: " ".join(f"'{show(each)}'" for each in values if each is not None),
    "ternary": lambda yes, no, condition: yes if is_true(condition) else no,
    "title": lambda text: str(text).title(),
    "toJson": lambda value: orjson.dumps(value).decode(),
    "toString": lambda value: "<nil>" if value is None else show(value),
    "toYaml": _to_yaml,
    "trim": lambda text: str(text).strip(),
    "trimAll": lambda cut, text: str(text).strip(cut),
    "trimPrefix": lambda part, text: str(text).removeprefix(str(part)),
    "trimSuffix": lambda part, text: str(text).removesuffix(str(part)),
    "trunc": lambda longest, text: _bound_by(longest, str(text)),
    "upper": lambda text: str(text).upper(),
}
