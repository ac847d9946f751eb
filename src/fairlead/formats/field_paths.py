"""Paths into an object as the API server writes them in conflicts: `.spec.containers[name="web"].ports[0]`.

The syntax is that of structured-merge-diff (`fieldpath.PathElement.String`): `.name` for a field, `[key=value,…]` for
an item of a keyed list (keys sorted, texts quoted), `[=value]` for a member of a set, `[n]` for a position. Field names
are never quoted, so `.metadata.labels.app.kubernetes.io/name` cannot be split without the object: paths are therefore
resolved against one, never parsed alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.model.change import ABSENT

_ESCAPES: Final = {
    '"': '\\"',
    "\\": "\\\\",
    "\a": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
}


def field_element(name: str) -> str:
    return f".{name}"


def key_element(key: Mapping[str, Any]) -> str:
    """`[containerPort=80,protocol="TCP"]`."""
    return f"[{','.join(f'{name}={value_text(key[name])}' for name in sorted(key))}]"


def value_element(value: Any) -> str:
    """`[="finalizer.example.com"]`."""
    return f"[={value_text(value)}]"


def index_element(index: int) -> str:
    return f"[{index}]"


def value_text(value: Any) -> str:
    """*value* as Go prints it there: texts as `%q` does, numbers as `%v` does."""
    if isinstance(value, str):
        return f'"{"".join(map(_escaped, value))}"'
    if isinstance(value, list):
        return f"[{','.join(value_text(item) for item in value)}]"
    if isinstance(value, Mapping):
        return "".join(f"{name}={value_text(item)}" for name, item in value.items())
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return json.dumps(value)


def _escaped(char: str) -> str:
    if char in _ESCAPES or char.isprintable():
        return _ESCAPES.get(char, char)
    code = ord(char)
    if code < 0x80:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def value_at(obj: Any, path: str) -> Any:
    """What *path* names in *obj*, or ABSENT."""
    return next((value for value in _resolve(obj, path)), ABSENT)


def parts_of(obj: Any, path: str) -> tuple[tuple[str | int, ...], str]:
    """The keys and positions that *path* leads through in *obj*, as far as they are there, and the text that is left:
    empty where all of it is."""
    best: tuple[tuple[str | int, ...], str] = ((), path)
    if not path:
        return best
    for element, part, child in _children(obj, path):
        if path == element or is_below(path, element):
            parts, rest = parts_of(child, path[len(element) :])
            if len(rest) < len(best[1]):
                best = ((part, *parts), rest)
    return best


def without_value(obj: Any, path: str) -> Any:
    """A copy of *obj* without what *path* names; *obj* itself where that is nothing. What a path leads through is kept,
    empty or not."""
    for element, _, child in _children(obj, path):
        if path == element:
            return _without(obj, child, element)
        if is_below(path, element):
            changed = without_value(child, path[len(element) :])
            if changed is not child:
                return _with(obj, child, element, changed)
    return obj


def _without(obj: Any, child: Any, element: str) -> Any:
    if isinstance(obj, Mapping):
        return {name: value for name, value in obj.items() if field_element(name) != element}
    return [item for item in obj if item is not child]


def _with(obj: Any, child: Any, element: str, changed: Any) -> Any:
    if isinstance(obj, Mapping):
        return {name: changed if field_element(name) == element else value for name, value in obj.items()}
    return [changed if item is child else item for item in obj]


def is_below(path: str, ancestor: str) -> bool:
    """Whether *path* lies below *ancestor*; a dot or bracket must follow, so `.spec.replicasX` does not."""
    return path.startswith(ancestor) and path[len(ancestor) :].startswith((".", "["))


def _resolve(value: Any, path: str) -> Iterator[Any]:
    if not path:
        yield value
        return
    for element, _, child in _children(value, path):
        # Trying each child that fits, not only the first: of the keys `a` and `a.b`, `.a.b.c` may mean either.
        if path == element or is_below(path, element):
            yield from _resolve(child, path[len(element) :])


def _children(value: Any, path: str) -> Iterator[tuple[str, str | int, Any]]:
    """What is directly in *value* and *path* may begin with: as an element of a path, as key or position, itself."""
    if isinstance(value, Mapping):
        yield from ((field_element(name), name, child) for name, child in value.items())
    elif isinstance(value, list):
        yield from ((index_element(index), index, child) for index, child in enumerate(value))
        for index, child in enumerate(value):
            if not isinstance(child, Mapping):
                yield value_element(child), index, child
        yield from _keyed_children(value, path)


def _keyed_children(items: list[Any], path: str) -> Iterator[tuple[str, int, Any]]:
    """The items that the selector at the start of *path* may mean.

    Its keys are not known without the schema: every pair `key=value` of an item that occurs in the text is a candidate.
    """
    for index, item in enumerate(items):
        if isinstance(item, Mapping):
            named = {name: value for name, value in item.items() if f"{name}={value_text(value)}" in path}
            for chosen in _selections(named, path):
                yield chosen, index, item


def _selections(named: Mapping[str, Any], path: str) -> Iterator[str]:
    """Every sorted subset of *named*, written as a selector, that *path* starts with."""

    def extend(selector: str, rest: tuple[str, ...]) -> Iterator[str]:
        for position, name in enumerate(rest):
            longer = f"{selector}{',' if selector != '[' else ''}{name}={value_text(named[name])}"
            if path.startswith(longer):
                if path.startswith(f"{longer}]"):
                    yield f"{longer}]"
                yield from extend(longer, rest[position + 1 :])

    yield from extend("[", tuple(sorted(named)))
