from __future__ import annotations

import ipaddress
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.dns_message import AAAA, A, read_answer, write_question
from fairlead.model.errors import InputError
from fairlead.model.probe import NameAnswer


def response(question: bytes, *records: tuple[int, bytes], code: int = 0) -> bytes:
    """What a server says to *question*: each record with a compressed name."""
    number = struct.unpack_from("!H", question)[0]
    head = struct.pack("!6H", number, 0x8180 | code, 1, len(records), 0, 0)
    body = b"".join(b"\xc0\x0c" + struct.pack("!2HIH", kind, 1, 30, len(data)) + data for kind, data in records)
    return head + question[12:] + body


def test_question_is_the_wire_form_of_rfc_1035() -> None:
    assert write_question("a.bc.", record=A, number=7) == (
        b"\x00\x07\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x02bc\x00\x00\x01\x00\x01"
    )


@given(st.lists(st.ip_addresses(), max_size=4), st.integers(0, 0xFFFF), st.integers(0, 5))
def test_addresses_are_read_in_their_order(addresses: list[ipaddress.IPv4Address], number: int, code: int) -> None:
    question = write_question("web.shop.svc.cluster.local", record=A, number=number)
    records = [(A if each.version == 4 else AAAA, each.packed) for each in addresses]
    answer = read_answer(response(question, (5, b"\x01x\x00"), *records, code=code), number=number)
    assert answer == NameAnswer(code=code, addresses=tuple(map(str, addresses)))


@given(st.binary(max_size=60))
def test_any_bytes_are_an_answer_or_a_value_error(message: bytes) -> None:
    try:
        read_answer(message, number=1)
    except ValueError:
        return


def test_answer_to_another_question_is_refused() -> None:
    question = write_question("a", record=A, number=2)
    with pytest.raises(ValueError, match="not the answer"):
        read_answer(response(question), number=3)


@pytest.mark.parametrize("name", ["", "a..b", "x" * 64, ".".join(["abcd"] * 60)])
def test_what_is_no_name_is_not_asked(name: str) -> None:
    with pytest.raises(InputError):
        write_question(name, record=A, number=1)
