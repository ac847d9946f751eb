"""What a component's `set:` may say on its right side: `outputs.COMPONENT.NAME…` or `global.PATH`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from fairlead.model.change import ABSENT
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import Output
from fairlead.model.secret import SecretText
from fairlead.planning.value_path import Path, format_path, parse_path, value_at


class _Unknown:
    __slots__ = ()

    def __repr__(self) -> str:
        return "known after provision"


UNKNOWN: Final = _Unknown()
"""Stands for the value of an output that no apply has answered yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputExpression:
    """*path* goes into the output's value where that is a map or list."""

    component: str
    name: str
    path: Path = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GlobalExpression:
    path: Path


def parse_expression(text: str) -> OutputExpression | GlobalExpression:
    """Raises InputError for any other form."""
    try:
        match parse_path(text):
            case ("outputs", str(component), str(name), *path):
                return OutputExpression(component=component, name=name, path=tuple(path))
            case ("global", str(first), *rest):
                return GlobalExpression(path=(first, *rest))
    except InputError:
        pass
    raise InputError(
        f"unknown form of expression: {text!r}",
        hint="write outputs.COMPONENT.NAME, or global.PATH for a value of environments/E/values.yaml",
    )


def resolve_expression(text: str, *, outputs: Mapping[str, Mapping[str, Output]], globals_: Mapping[str, Any]) -> Any:
    """The value that *text* stands for; UNKNOWN where its Terraform component is not in *outputs* or does not know yet.

    *outputs* is by component, then by output; *globals_* what the environment's values file holds under `global`.
    Raises InputError for a global or an output that is not there.
    """
    expression = parse_expression(text)
    if isinstance(expression, GlobalExpression):
        return _global(expression, text=text, globals_=globals_)
    return _output(expression, text=text, outputs=outputs)


def _global(expression: GlobalExpression, *, text: str, globals_: Mapping[str, Any]) -> Any:
    value = value_at(globals_, expression.path)
    if value is ABSENT:
        known = [format_path(("global", *path)) for path in _branches(globals_)]
        raise InputError(f"{text} is not set", hint=_hint(text, known) or "set it in the environment's values.yaml")
    return value


def _output(expression: OutputExpression, *, text: str, outputs: Mapping[str, Mapping[str, Output]]) -> Any:
    if expression.component not in outputs:
        return UNKNOWN
    of_component = outputs[expression.component]
    output = of_component.get(expression.name)
    if output is None:
        raise InputError(
            f"the Terraform component {expression.component} has no output {expression.name}",
            hint=_hint(expression.name, list(of_component)) or "declare it in the root's outputs",
        )
    if not output.is_known:
        return UNKNOWN
    value = value_at(output.value, expression.path)
    if value is ABSENT:
        secret = isinstance(output.value, SecretText)
        reason = (
            "it is sensitive, and a sensitive output is used as a whole" if secret else "its value has no such part"
        )
        raise InputError(f"{text} cannot be read: {reason}")
    return value


def _branches(values: Any, path: Path = ()) -> list[Path]:
    """The path of every key in *values*, maps included."""
    if not isinstance(values, Mapping):
        return []
    return [found for key, item in values.items() for found in ((*path, key), *_branches(item, (*path, key)))]


def _hint(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else ""
