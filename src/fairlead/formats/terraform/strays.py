"""What stands at the top of a Terraform file where neither Terraform nor OpenTofu takes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from fairlead.formats.hcl_blocks import Block
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass

TOP: Final = frozenset(
    (
        *("terraform", "locals", "variable", "output", "module", "provider", "resource", "data", "ephemeral", "check"),
        *("moved", "removed", "import", "action", "list", "language"),
    )
)
"""The blocks that a version of Terraform or OpenTofu reads there."""
_NEVER_OVERRIDDEN: Final = frozenset(("moved", "removed", "import", "check"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """*is_known*: it is a block of Terraform, in an override file, which cannot hold one."""

    name: str
    location: Location
    is_known: bool = False


def find_strays(files: Iterable[Block], overrides: Iterable[Block]) -> Iterator[Stray]:
    written = list(overrides)
    for file in (*files, *written):
        yield from (Stray(name=each.name, location=each.location) for each in file.attributes.values())
        yield from (Stray(name=each.type, location=each.location) for each in file.blocks if each.type not in TOP)
    for block in (block for file in written for block in file.blocks):
        if block.type in _NEVER_OVERRIDDEN:
            yield Stray(name=block.type, location=block.location, is_known=True)
