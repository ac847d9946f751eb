"""Secret text: a type that prints as `***`, so that masking is never left to a printer."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class SecretText:
    """A value that must not be shown. `reveal()` is called where it leaves for a pipe or the API server, nowhere else."""

    _value: str

    def reveal(self) -> str:
        return self._value

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format("***", spec)

    def __reduce__(self) -> str:
        raise TypeError("a secret is not pickled")
