"""Secret text: a type that prints as `***`, so that masking is never left to a printer."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, repr=False)
class SecretText:
    """Text that must not be shown. `reveal` is called where it leaves for a pipe or the API server, nowhere else."""

    _value: str

    def reveal(self) -> str:
        return self._value

    def reveal_value(self) -> Any:
        """The JSON value, of its own type; `reveal` is its text."""
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")


class SecretValue(SecretText):
    """A number or boolean that must not be shown; made of its JSON text."""

    __slots__ = ()

    def reveal_value(self) -> Any:
        return json.loads(self._value)


def reveal_tree(tree: Any) -> Any:
    """A copy of *tree* as plain JSON data; called where it leaves for a pipe, nowhere else."""
    if isinstance(tree, SecretText):
        return tree.reveal_value()
    if isinstance(tree, Mapping):
        return {key: reveal_tree(value) for key, value in tree.items()}
    return [reveal_tree(value) for value in tree] if isinstance(tree, (list, tuple)) else tree
