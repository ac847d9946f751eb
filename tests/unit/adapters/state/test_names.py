from __future__ import annotations

from fairlead.adapters.state.names import record_name


def test_the_names_of_two_records_differ() -> None:
    owners = [("shop", "eu-prod"), ("shop-eu", "prod"), ("shop", "prod"), ("x" * 150, "prod"), ("x" * 151, "prod")]
    assert len({record_name(*owner, "head") for owner in owners}) == len(owners)


def test_a_short_name_says_what_it_is() -> None:
    assert record_name("shop", "prod") == "fairlead-shop-prod"
    assert record_name("shop", "prod", "run", "20260101-1") == "fairlead-shop-prod-run-20260101-1"


def test_a_long_name_is_valid() -> None:
    assert len(record_name("x" * 63, "y" * 63, "c", "z" * 63, "0123456789abcdef")) <= 253
