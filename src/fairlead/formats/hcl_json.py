"""Terraform's JSON syntax -> the blocks that the native syntax has.

Which members of an object are blocks and which are arguments is not written in JSON: the table here says it, as far as
it matters for what a folder declares and refers to. Source: "JSON Configuration Syntax" of Terraform's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final

from fairlead.formats.hcl import parse_expression, parse_template
from fairlead.formats.hcl_blocks import UNKNOWN, Attribute, Block, Reference
from fairlead.formats.json_places import Member, Placed, parse_placed
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_OBJECT: Final = {"lifecycle": 0}
_BLOCKS: Final[Mapping[str, Mapping[str, int]]] = {
    "": {
        **dict.fromkeys(("terraform", "locals", "moved", "removed", "import", "language"), 0),
        **dict.fromkeys(("variable", "output", "module", "provider", "check"), 1),
        **dict.fromkeys(("resource", "data", "ephemeral", "action", "list"), 2),
    },
    "terraform": {"backend": 1, "cloud": 0, "required_providers": 0},
    "variable": {"validation": 0},
    "resource": _OBJECT,
    "data": _OBJECT,
    "ephemeral": _OBJECT,
    "lifecycle": {"precondition": 0, "postcondition": 0},
    "check": {"data": 2, "assert": 0},
}
"""The blocks in a block of each type, with how many labels they have."""
_NAMING: Final = frozenset(("provider", "providers", "depends_on", "replace_triggered_by"))
_NAMED_IN: Final = frozenset(("resource", "data", "ephemeral", "module", "output", "lifecycle"))
_LITERAL: Final = frozenset(("variable", "required_providers"))
_COMMENT: Final = "//"


class _Texts(Enum):
    """What the texts of an argument are."""

    TEMPLATES = auto()
    NAMES = auto()
    LITERALS = auto()


def parse_hcl_json(text: str, *, file: str) -> Block:
    """Raises InputError with the place of the first fault."""
    block = Block(location=Location(file, 1, 1))
    for body in _bodies(parse_placed(text, file=file)):
        _read(block, body)
    return block


def _read(block: Block, body: list[Member]) -> None:
    known = _BLOCKS.get(block.type, {})
    for member in body:
        if member.key in known:
            block.blocks += _blocks(member.key, member.location, member.held, labels=known[member.key])
        elif member.key == _COMMENT:
            continue
        elif not block.type:  # what it would be is not known
            stray = Attribute(name=member.key, value=UNKNOWN, references=(), location=member.location)
            block.attributes.setdefault(member.key, stray)
        elif member.key in block.attributes:
            raise _fault(f"{member.key} is set twice in one block", member.location)
        else:
            block.attributes[member.key] = _attribute(block.type, member)


def _blocks(kind: str, place: Location, held: Placed, *, labels: int, above: tuple[str, ...] = ()) -> Iterator[Block]:
    for body in _bodies(held):
        if labels == 0:
            block = Block(type=kind, labels=above, location=place)
            _read(block, body)
            yield block
            continue
        for member in body:
            if member.key != _COMMENT:
                yield from _blocks(kind, member.location, member.held, labels=labels - 1, above=(*above, member.key))


def _bodies(held: Placed) -> Iterator[list[Member]]:
    """An object, or a list of them, is what a block holds; null is none."""
    for each in held.value if isinstance(held.value, tuple) else (held,):
        if isinstance(each.value, list):
            yield each.value
        elif each.value is not None:
            raise _fault("an object is expected here", each.location)


def _attribute(kind: str, member: Member) -> Attribute:
    texts = _Texts.LITERALS if kind in _LITERAL else _Texts.TEMPLATES
    if kind in _NAMED_IN and member.key in _NAMING:
        texts = _Texts.NAMES
    references: list[Reference] = []
    value = _member(member, texts, references, frozenset())
    return Attribute(name=member.key, value=value, references=tuple(references), location=member.location)


def _value(held: Placed, texts: _Texts, references: list[Reference], scope: frozenset[str]) -> Any:
    """The literal value, UNKNOWN where it is none; what it refers to goes to *references*."""
    if isinstance(held.value, tuple):
        items = [_value(each, texts, references, scope) for each in held.value]
        return UNKNOWN if any(each is UNKNOWN for each in items) else items
    if isinstance(held.value, list):
        return {member.key: _member(member, texts, references, scope) for member in held.value}
    if not isinstance(held.value, str) or texts is _Texts.LITERALS:
        return held.value
    parse = parse_expression if texts is _Texts.NAMES else parse_template
    value, found = parse(held.value, place=held.location, scope=scope)
    references += found
    return value


def _member(member: Member, texts: _Texts, references: list[Reference], scope: frozenset[str]) -> Any:
    if texts is _Texts.TEMPLATES:
        references += parse_template(member.key, place=member.location, scope=scope)[1]
    elif texts is _Texts.NAMES and "." in member.key:
        references.append(Reference(tuple(member.key.split(".")), member.location, is_key=True))
    if member.key == "configuration_aliases":
        texts = _Texts.NAMES
    inner = scope | _iterators(member.held) if member.key == "dynamic" else scope
    return _value(member.held, texts, references, inner)


def _iterators(dynamic: Placed) -> frozenset[str]:
    """The names by which the contents of dynamic blocks see the current item."""
    found = set()
    for block in (each for body in _bodies(dynamic) for each in body):
        found.add(block.key)
        found |= {str(each.held.value) for body in _bodies(block.held) for each in body if each.key == "iterator"}
    return frozenset(found)


def _fault(message: str, place: Location) -> InputError:
    return InputError(message, hint="correct the syntax", location=place)
