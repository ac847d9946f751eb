"""DNS messages (RFC 1035) as far as a test needs them: one question for addresses, and the addresses in the answer."""

from __future__ import annotations

import ipaddress
import struct
from collections.abc import Iterator
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.probe import NameAnswer

A: Final = 1
AAAA: Final = 28
_INTERNET: Final = 1
_RECURSION_DESIRED: Final = 0x0100
_HEADER: Final = struct.Struct("!6H")
_RECORD: Final = struct.Struct("!2HIH")
_LONGEST_LABEL: Final = 63
_LONGEST_NAME: Final = 253
NAME_ERROR: Final = 3
CODES: Final = {1: "FORMERR", 2: "SERVFAIL", NAME_ERROR: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


def write_question(name: str, *, record: int, number: int) -> bytes:
    """The question for records of type *record* of *name*. Raises InputError for what is no name."""
    labels = name.rstrip(".").encode("idna" if not name.isascii() else "ascii").split(b".")
    if len(name) > _LONGEST_NAME or not all(0 < len(label) <= _LONGEST_LABEL for label in labels):
        raise InputError(f"not a name: {name!r}", hint="write it like web.shop.svc.cluster.local")
    encoded = b"".join(bytes([len(label)]) + label for label in labels)
    return _HEADER.pack(number, _RECURSION_DESIRED, 1, 0, 0, 0) + encoded + struct.pack("!B2H", 0, record, _INTERNET)


def read_answer(message: bytes, *, number: int) -> NameAnswer:
    """The answer to question *number*. Raises ValueError for what is no answer to it."""
    try:
        return _read(message, number)
    except (struct.error, IndexError) as err:
        raise ValueError("the DNS message is cut off") from err


def _read(message: bytes, number: int) -> NameAnswer:
    found, flags, questions, answers, _, _ = _HEADER.unpack_from(message)
    if found != number or not flags & 0x8000:
        raise ValueError("not the answer to the question")
    place = _HEADER.size
    for _ in range(questions):
        place = _after_name(message, place) + 4
    return NameAnswer(code=flags & 0xF, addresses=tuple(_addresses(message, place, answers)))


def _addresses(message: bytes, place: int, count: int) -> Iterator[str]:
    for _ in range(count):
        place = _after_name(message, place)
        record, _, _, length = _RECORD.unpack_from(message, place)
        place += _RECORD.size
        content = message[place : place + length]
        if len(content) < length:
            raise ValueError("the DNS message is cut off")
        if record in (A, AAAA):
            yield str(ipaddress.ip_address(content))
        place += length


def _after_name(message: bytes, place: int) -> int:
    """The place after the name at *place*; a pointer (two bytes) ends a name."""
    while length := message[place]:
        if length & 0xC0:
            return place + 2
        place += length + 1
    return place + 1
