"""What override files of Terraform make of the files beside them: "Merging Behavior" of its documentation.

An argument takes the place of the one of that name, a nested block that of all of its type; those that lie deeper go
with them. `lifecycle` and `required_providers` are merged argument by argument, and so are local values.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from fairlead.formats.hcl_blocks import Block

_MERGED: Final = frozenset(("lifecycle", "required_providers"))
_BACKENDS: Final = frozenset(("backend", "cloud"))
_NAMELESS: Final = "terraform"


def merge_overrides(files: Iterable[Block], overrides: Iterable[Block]) -> tuple[list[Block], list[Block]]:
    """The top blocks of *files* as *overrides* have them, and those overrides that have nothing to override; a local
    value is a block of its own there."""
    blocks = [block for file in files for block in file.blocks]
    idle: list[Block] = []
    for override in (part for file in overrides for block in file.blocks for part in _parts(block)):
        place = next((at for at, block in enumerate(blocks) if _is_same(block, override)), None)
        if place is not None:
            blocks[place] = _merged(blocks[place], override)
        elif override.type == _NAMELESS or (override.type == "provider" and not override.value("alias")):
            blocks.append(override)
        else:
            idle.append(override)
    return blocks, idle


def _parts(block: Block) -> Iterator[Block]:
    if block.type != "locals":
        yield block
        return
    for name, attribute in block.attributes.items():
        yield replace(block, location=attribute.location, attributes={name: attribute})


def _is_same(block: Block, override: Block) -> bool:
    if block.type != override.type or block.labels != override.labels:
        return False
    if override.type == "locals":
        return override.attributes.keys() <= block.attributes.keys()
    return override.type != "provider" or block.value("alias") == override.value("alias")


def _merged(block: Block, override: Block) -> Block:
    replaced = {each.type for each in override.blocks} - _MERGED
    if replaced & _BACKENDS and block.type == _NAMELESS:
        replaced |= _BACKENDS
    kept = [each for each in block.blocks if each.type not in replaced]
    for each in override.blocks:
        place = next((at for at, old in enumerate(kept) if each.type in _MERGED and old.type == each.type), None)
        if place is None:
            kept.append(each)
        else:
            kept[place] = _merged(kept[place], each)
    return replace(block, attributes={**block.attributes, **override.attributes}, blocks=kept, is_overridden=True)
