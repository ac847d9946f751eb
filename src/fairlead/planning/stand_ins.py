"""What stands in the place of outputs where nobody has asked for them: the expression itself, as text.

So a component that uses an output is rendered and checked offline, and the reader sees where the value will go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.formats.flux.values import ENCRYPTED
from fairlead.model.component import Component, HelmSource, KustomizeSource, Substitution
from fairlead.model.image import ImageOutput
from fairlead.model.infrastructure import Output
from fairlead.planning.value_expression import OutputExpression, parse_expression
from fairlead.planning.values import set_path


def output_expressions(component: Component) -> tuple[str, ...]:
    """The outputs that *component* uses, as its `set` writes them or would write them, each once and sorted."""
    mapped = {e for e in component.set.values() if isinstance(parse_expression(e), OutputExpression)}
    images = {f"outputs.{image}.{ImageOutput.REFERENCE}" for image in component.images.values()}
    return tuple(sorted(mapped | images))


def left_open(component: Component) -> tuple[str, ...]:
    """The texts that mark, in what *component* renders to, a value which only the cluster knows."""
    match component.source:
        case KustomizeSource(substitution=substitution, is_free=is_free):
            return (*_open_places(substitution), *((ENCRYPTED,) if is_free else ()))
        case HelmSource() as source if source.unknown:
            return ("${",)
        case _:
            return ()


def _open_places(known: Substitution | None) -> tuple[str, ...]:
    return ("${",) if known and (known.unknown or known.is_open or known.has_optional) else ()


def used_outputs(component: Component) -> tuple[tuple[str, str], ...]:
    """The component and the name of every output that *component* uses, each once and sorted."""
    parsed = (parse_expression(expression) for expression in output_expressions(component))
    return tuple(sorted({(e.component, e.name) for e in parsed if isinstance(e, OutputExpression)}))


def stand_ins(component: Component) -> Mapping[str, Mapping[str, Output]]:
    """Outputs by component and name, of which every value that *component* reads is the expression that reads it.

    Raises InputError where an expression goes into a list past its first item: nobody knows what is before it.
    """
    made: dict[str, Any] = {}
    for expression in output_expressions(component):
        made = set_path(made, expression, expression)
    return {
        name: {output: Output(value=value) for output, value in outputs.items()}
        for name, outputs in made.get("outputs", {}).items()
    }


def holds_stand_in(value: Any, expressions: tuple[str, ...]) -> bool:
    """Whether *value* is a text that was made with one of *expressions*: its real form is not known."""
    return isinstance(value, str) and any(expression in value for expression in expressions)
