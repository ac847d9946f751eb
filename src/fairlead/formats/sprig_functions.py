"""More of sprig's functions, which ApplicationSets use now and then: digests, patterns, maps, lists, numbers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from fairlead.formats.go_functions import NotJudged, is_true, show

_PLACE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def _replace_all(pattern: str, text: str, replacement: str) -> str:
    """Go's `$1x` names the group `1x`, which there is not: it is empty."""

    def filled(match: re.Match[str]) -> str:
        def group(place: re.Match[str]) -> str:
            name = place[1] or place[2]
            key: int | str = int(name) if name.isdecimal() else name
            try:
                return match[key] or ""
            except IndexError:
                return ""

        return _PLACE.sub(group, replacement)

    return _pattern(pattern).sub(filled, text)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as err:
        raise NotJudged(f"the template has the pattern {text!r}, which is not understood") from err


def _found(pattern: str, text: str) -> str:
    match = _pattern(pattern).search(str(text))
    return match[0] if match else ""


def _set(data: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    data[key] = value
    return data


def _merged(target: dict[str, Any], *sources: Mapping[str, Any]) -> dict[str, Any]:
    """`merge`: what *target* has already stays, unless it is empty."""
    for source in sources:
        for key, value in source.items():
            if isinstance(target.get(key), dict) and isinstance(value, Mapping):
                _merged(target[key], value)
            elif not is_true(target.get(key)):
                target[key] = value
    return target


def _substring(start: int, end: int, text: str) -> str:
    if start < 0:
        return text[:end]
    return text[start:] if end < 0 or end > len(text) else text[start:end]


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _divided(one: Any, other: Any) -> int:
    """Go's division goes towards zero."""
    top, bottom = _whole(one), _whole(other)
    return abs(top) // abs(bottom) * (1 if (top < 0) == (bottom < 0) else -1)


def _unique(values: list[Any]) -> list[Any]:
    return [value for index, value in enumerate(values) if value not in values[:index]]


def _kind(value: Any) -> str:
    match value:
        case None:
            return "invalid"
        case bool():
            return "bool"
        case int() | float():
            return "float64"
        case str():
            return "string"
        case Mapping():
            return "map"
        case _:
            return "slice"


def _fail(text: str) -> Any:
    raise NotJudged(f"the template fails: {text}")


SPRIG: Final[Mapping[str, Callable[..., Any]]] = {
    "add": lambda *values: sum(map(_whole, values)),
    "add1": lambda value: _whole(value) + 1,
    "atoi": _whole,
    "b64dec": lambda text: base64.b64decode(str(text)).decode(),
    "b64enc": lambda text: base64.b64encode(str(text).encode()).decode(),
    "cat": lambda *values: " ".join(show(each) for each in values if each is not None),
    "compact": lambda values: [each for each in values if is_true(each)],
    "concat": lambda *lists: [each for values in lists for each in values],
    "deepCopy": lambda value: orjson.loads(orjson.dumps(value)),
    "div": _divided,
    "fail": _fail,
    "get": lambda data, key: data.get(key, ""),
    "initial": lambda values: values[:-1],
    "int64": _whole,
    "keys": lambda *maps: [key for data in maps for key in data],
    "kindIs": lambda kind, value: _kind(value) == kind,
    "kindOf": _kind,
    "max": lambda *values: max(map(_whole, values)),
    "merge": _merged,
    "min": lambda *values: min(map(_whole, values)),
    "mod": lambda one, other: _whole(one) - _whole(other) * _divided(one, other),
    "mul": lambda one, other: _whole(one) * _whole(other),
    "nospace": lambda text: re.sub(r"\s", "", text),
    "omit": lambda data, *names: {key: value for key, value in data.items() if key not in names},
    "pick": lambda data, *names: {key: value for key, value in data.items() if key in names},
    "prepend": lambda values, value: [value, *values],
    "regexFind": _found,
    "regexMatch": lambda pattern, text: bool(_pattern(pattern).search(str(text))),
    "regexReplaceAll": _replace_all,
    "regexReplaceAllLiteral": lambda pattern, text, new: _pattern(pattern).sub(lambda _: new, text),
    "repeat": lambda count, text: text * count,
    "rest": lambda values: values[1:],
    "reverse": lambda values: values[::-1],
    "set": _set,
    "sha1sum": lambda text: hashlib.sha1(str(text).encode(), usedforsecurity=False).hexdigest(),
    "sha256sum": lambda text: hashlib.sha256(str(text).encode()).hexdigest(),
    "sortAlpha": lambda values: sorted(map(show, values)),
    "sub": lambda one, other: _whole(one) - _whole(other),
    "substr": _substring,
    "toStrings": lambda values: list(map(show, values)),
    "tuple": lambda *values: list(values),
    "uniq": _unique,
    "unset": lambda data, key: (data.pop(key, None), data)[1],
    "until": lambda count: list(range(count)),
    "values": lambda *maps: [value for data in maps for value in data.values()],
    "without": lambda values, *others: [each for each in values if each not in others],
}
