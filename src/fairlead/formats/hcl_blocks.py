"""What HCL text holds: blocks, their attributes, and what those refer to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field


class _Unknown:
    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()
"""The value of an expression that is no literal. An object may hold it."""


def is_known(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(is_known, value.values()))
    return all(map(is_known, value)) if isinstance(value, list) else value is not UNKNOWN


class Reference(NamedTuple):
    """`var.region`: its names as far as they are written as such. An index ends it. *is_key*: it is in the key of an
    object, where `providers` of a module names what is the module's own."""

    parts: tuple[str, ...]
    location: Location
    is_key: bool = False

    def __str__(self) -> str:
        return ".".join(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    name: str
    value: Any
    references: tuple[Reference, ...]
    location: Location


@dataclass(slots=True, kw_only=True)
class Block:
    """A block, or a file as a whole, which has no type. *is_overridden*: an override file has changed it."""

    type: str = ""
    labels: tuple[str, ...] = ()
    location: Location
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)
    is_overridden: bool = False

    def of(self, kind: str) -> Iterator[Block]:
        return (block for block in self.blocks if block.type == kind)

    def value(self, name: str) -> Any:
        """The literal value of an attribute; None where it is not there."""
        found = self.attributes.get(name)
        return found.value if found else None

    def references(self) -> Iterator[Reference]:
        for attribute in self.attributes.values():
            yield from attribute.references
        for block in self.blocks:
            yield from block.references()
