from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.quantities import is_same_quantity, parse_quantity
from fairlead.model.errors import InputError

SUFFIXES = ("", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("100m", "0.1"),
        ("1.5Gi", str(1536 * 1024**2)),
        ("1e3", "1000"),
        ("1E", "1000000000000000000"),
        ("1E2", "100"),
        ("5.", "5"),
        (".5", "0.5"),
        ("-2k", "-2000"),
        ("+3", "3"),
        (2, "2"),
        (0.25, "0.25"),
        ("0.1n", "1e-9"),
        ("1e-12", "1e-9"),
        ("-0.1n", "-1e-9"),
        ("1.5n", "2e-9"),
        ("9223372036854775807Ei", str(9223372036854775807 * 1024**6)),
    ],
)
def test_value(text: str | float, value: str) -> None:
    assert parse_quantity(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "m", "1 Gi", "1gi", "1K", "0x10", "1e", "1e3Mi", "--1", "1.2.3", "１", "NaN", True]
)
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a Kubernetes quantity"):
        parse_quantity(text)


@pytest.mark.parametrize(
    ("one", "other"), [("1000m", "1"), ("1024Mi", "1Gi"), (1, "1"), ("0.5", "500m"), ("1e3", "1k")]
)
def test_two_ways_to_write_one_amount(one: str | float, other: str | float) -> None:
    assert is_same_quantity(one, other)


@pytest.mark.parametrize(("one", "other"), [("1", "1m"), ("1G", "1Gi"), ("1", "-1")])
def test_two_amounts(one: str, other: str) -> None:
    assert not is_same_quantity(one, other)


@given(number=st.integers(-(10**12), 10**12), suffix=st.sampled_from(SUFFIXES))
def test_a_thousand_milli_are_one(number: int, suffix: str) -> None:
    assert Fraction(parse_quantity(f"{number}{suffix}")) * 1000 == Fraction(parse_quantity(f"{number * 1000}{suffix}"))


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**15), max_value=10**15))
def test_a_plain_number_is_itself(number: Decimal) -> None:
    assert parse_quantity(f"{number:f}") == number
