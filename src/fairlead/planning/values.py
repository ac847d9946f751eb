"""Values of a chart from their layers, and who set what.

Lowest first: chart < component (`values`, then `valueFiles`) < `environments/E/values.yaml` (all of it, `global`
included, as Helm's own `-f`) < `environments/E/<component>.yaml` < outputs (`set:`) < secrets < `--set`.

Rules, as Helm merges `-f` files: maps merge, everything else replaces, lists too. A null *stays* in the result: it
replaces what lower layers set, and Helm, which alone knows the chart's defaults (those of subcharts too), deletes the
default when it meets the null. So the chart layer is given for explanations only; without it the merged values say the
same to Helm. A map above a null takes the null's place, as in Helm, and then meets the chart's defaults again.

The merge is a fold from the lowest layer up, and only that: layers may not be merged upper ones first, because a null,
list or scalar in the middle cuts off what is below it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from fairlead.formats.scalars import ScalarError, resolve_plain, to_json
from fairlead.model.change import ABSENT
from fairlead.model.component import Component
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.infrastructure import Output
from fairlead.planning.value_expression import UNKNOWN, GlobalExpression, parse_expression, resolve_expression
from fairlead.planning.value_path import Path, format_path, leaves, parse_path, value_at

__all__ = [
    "UNKNOWN",
    "Layer",
    "Merged",
    "Origin",
    "explain",
    "find_unknown",
    "merge",
    "output_layer",
    "parse_assignment",
    "resolve_expression",
    "set_path",
    "unused_globals",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """*values* merge as a file does. *sets* (path to value) change single places after that, inside lists too, as
    Helm's `--set` does. *file* is for explanations."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)
    sets: Mapping[str, Any] = field(default_factory=dict)
    file: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """*origin* names, for every leaf (scalar, empty map or empty list) of *values*, the layer that set it."""

    values: Mapping[str, Any]
    origin: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """One layer's word on one leaf. *overridden_by* names the layer that replaced it; empty: it is what counts."""

    path: str
    layer: str
    file: str
    value: Any
    overridden_by: str = ""

    @property
    def is_effective(self) -> bool:
        return not self.overridden_by


def merge(layers: Iterable[Layer]) -> Merged:
    """Fold *layers*, lowest first. Raises InputError where a path of `sets` goes through what is no map or list."""
    fold = _fold(layers)
    return Merged(
        values=fold.values, origin={format_path(path): fold.history[at].layer for path, at in fold.current.items()}
    )


def explain(layers: Iterable[Layer], path: str) -> tuple[Origin, ...]:
    """All that was ever said about *path*, what lies below it and what replaced it from above; lowest layer first.

    Empty when no layer mentions it. Raises InputError for text that is no path.
    """
    wanted = parse_path(path)
    fold = _fold(layers)
    said = zip(fold.paths, fold.history, strict=True)
    return tuple(origin for at, origin in said if _is_on_one_line(at, wanted))


def set_path(values: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """A copy of *values* with *value* at *path*; maps and lists on the way are made where nothing (or null) is.

    Raises InputError where the way goes through another value, or past the end of a list by more than one.
    """
    return _fold([Layer(name="before", values=values), Layer(name="set", sets={path: value})]).values


def parse_assignment(text: str) -> tuple[str, Any]:
    """Split `PATH=VALUE` as `--set` takes it; the value is read as a plain YAML scalar, text in quotes stays text.

    Raises InputError. Unlike Helm's, one flag holds one assignment: a comma is part of the value.
    """
    path, is_assignment, value = text.partition("=")
    if not is_assignment:
        raise InputError(f"not an assignment: {text!r}", hint="write --set PATH=VALUE")
    parse_path(path)
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return path, value[1:-1]
    try:
        return path, to_json(resolve_plain(value)) if value else ""
    except ScalarError as err:
        raise InputError(f"{path}: {err}") from err


def output_layer(
    component: Component, *, outputs: Mapping[str, Mapping[str, Output]], globals_: Mapping[str, Any]
) -> Layer:
    """The layer that the `set:` of *component* makes; leaves are UNKNOWN where an output is. Raises InputError."""
    sets: dict[str, Any] = {}
    for path, expression in component.set.items():
        try:
            sets[path] = resolve_expression(expression, outputs=outputs, globals_=globals_)
        except InputError as err:
            message = f"component {component.name}, set {path}: {err.message}"
            raise InputError(message, hint=err.hint, location=component.location) from err
    return Layer(name="set", sets=sets, file=component.location.file if component.location else "")


def find_unknown(values: Mapping[str, Any]) -> tuple[str, ...]:
    """Paths of the leaves that are UNKNOWN."""
    return tuple(format_path(path) for path, value in leaves(values) if value is UNKNOWN)


READ_BY_US: Final = frozenset({("security", "enforceNetworkPolicies")})
"""Paths below `global` that a security rule reads itself."""


def unused_globals(
    globals_: Mapping[str, Any],
    *,
    components: Iterable[Component],
    place: Callable[[Path], Location | None] = lambda _: None,
) -> tuple[Finding, ...]:
    """A warning per value under `global` that no component's `set:` maps; *place* is where a path stands.

    A chart sees such a value only where its own templates read `.Values.global`; most charts from elsewhere do not.
    """
    used = _mapped_globals(components) | READ_BY_US
    return tuple(
        Finding(
            rule="unused-global",
            message=f"{format_path(('global', *path))} has no effect: no component maps it",
            hint=f"map it, e.g. set: {{replicaCount: {format_path(('global', *path))}}}, or remove it",
            severity=Severity.WARNING,
            location=place(("global", *path)),
        )
        for path, _ in leaves(globals_)
        if path and not any(_is_on_one_line(path, other) for other in used)
    )


def _mapped_globals(components: Iterable[Component]) -> set[Path]:
    found = set()
    for component in components:
        for text in component.set.values():
            expression = parse_expression(text)
            if isinstance(expression, GlobalExpression):
                found.add(expression.path)
    return found


def _is_on_one_line(one: Path, other: Path) -> bool:
    """Whether one is the other or lies below it."""
    length = min(len(one), len(other))
    return one[:length] == other[:length]


def _fold(layers: Iterable[Layer]) -> _Fold:
    fold = _Fold()
    for layer in layers:
        fold.add(layer)
    return fold


class _Fold:
    """The values so far, every word said about a leaf (*history*, at *paths*), and which word counts (*current*)."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.history: list[Origin] = []
        self.paths: list[Path] = []
        self.current: dict[Path, int] = {}

    def add(self, layer: Layer) -> None:
        self._merge(layer.values, (), self.values, layer=layer)
        for text, value in layer.sets.items():
            self._put_at(parse_path(text), value, layer=layer)

    def _merge(self, source: Mapping[str, Any], path: Path, into: dict[str, Any], *, layer: Layer) -> None:
        if source and not into and path:
            self._override(path, layer=layer)  # an empty map stops being a leaf
        for key, value in source.items():
            here = (*path, key)
            found = into.get(key)
            if isinstance(value, Mapping) and isinstance(found, dict):
                self._merge(value, here, found, layer=layer)
            else:
                self._replace(here, value, into, layer=layer)

    def _put_at(self, path: Path, value: Any, *, layer: Layer) -> None:
        into: Any = self.values
        for length in range(1, len(path)):
            into = self._enter(path[:length], path[length], into, layer=layer)
        _require_place(into, path)
        self._replace(path, value, into, layer=layer)

    def _enter(self, path: Path, next_part: str | int, into: Any, *, layer: Layer) -> Any:
        """The map or list at *path*, the last part of which is a place in *into*; made where nothing or null is."""
        _require_place(into, path)
        found = value_at(into, path[-1:])
        if found is ABSENT or found is None:
            found = [] if isinstance(next_part, int) else {}
            _put(into, path[-1], found)
        if not found and path in self.current:
            self._override(path, layer=layer)
        return found

    def _replace(self, path: Path, value: Any, into: Any, *, layer: Layer) -> None:
        found = value_at(into, path[-1:])
        if found is not ABSENT:
            for old, _ in leaves(found, path):
                self._override(old, layer=layer)
        _put(into, path[-1], _copy(value))
        for new, leaf in leaves(value, path):
            self.current[new] = len(self.history)
            self.paths.append(new)
            self.history.append(Origin(path=format_path(new), layer=layer.name, file=layer.file, value=leaf))

    def _override(self, path: Path, *, layer: Layer) -> None:
        at = self.current.pop(path)
        self.history[at] = replace(self.history[at], overridden_by=layer.name)


def _require_place(into: Any, path: Path) -> None:
    """Raises InputError unless the last part of *path* fits *into*: a key a map, a position a list that reaches it."""
    part = path[-1]
    if isinstance(part, str):
        if not isinstance(into, dict):
            raise InputError(f"{format_path(path)} cannot be set: {format_path(path[:-1])} is no map")
    elif not isinstance(into, list):
        raise InputError(f"{format_path(path)} cannot be set: {format_path(path[:-1])} is no list")
    elif part > len(into):
        raise InputError(f"{format_path(path)} cannot be set: the list has {len(into)} items")


def _put(into: Any, part: str | int, value: Any) -> None:
    if isinstance(into, list) and part == len(into):
        into.append(value)
    else:
        into[part] = value


def _copy(value: Any) -> Any:
    # By hand: copy.deepcopy would want to copy a SecretText, which refuses.
    if isinstance(value, Mapping):
        return {key: _copy(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_copy(item) for item in value]
    return value
