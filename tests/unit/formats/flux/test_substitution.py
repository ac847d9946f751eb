"""What Flux puts in the place of `${NAME}`: the forms of its own module, and the types that YAML gives the result."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.flux.substitution import substitute, unfilled_names
from fairlead.model.component import Substitution

GIVEN = Substitution(
    values={"NAME": "shop", "EMPTY": "", "COUNT": "3", "ON": "true", "DOMAIN": "shop.example.org"}, unknown=("HIDDEN",)
)

CASES: list[tuple[str, Any]] = [
    ("${NAME}", "shop"),
    ("a-${NAME}-b", "a-shop-b"),
    ("${COUNT}", 3),
    ("${ON}", True),
    ("x: ${COUNT}", "x: 3"),
    ("${COUNT}\n", "3\n"),
    ("${MISSING}", None),
    ("a${MISSING}b", "ab"),
    ("${MISSING:-other}", "other"),
    ("${MISSING:=other}", "other"),
    ("${MISSING-other}", "other"),
    ("${EMPTY:-other}", "other"),
    ("${EMPTY-other}", "other"),
    ("${NAME:-other}", "shop"),
    ("${NAME:+there}", "shop"),
    ("${MISSING:+there}", "there"),
    ("${MISSING:=${NAME}}-data", "shop-data"),
    ("${MISSING:-${OTHER:-a}b}", "ab"),
    ("${DOMAIN/./-}-tls", "shop-example.org-tls"),
    ("${DOMAIN//./-}", "shop-example-org"),
    ("${DOMAIN/#shop/web}", "web.example.org"),
    ("${DOMAIN/%org/net}", "shop.example.net"),
    ("${DOMAIN#*.}", "example.org"),
    ("${DOMAIN##*.}", "org"),
    ("${DOMAIN%.*}", "shop.example"),
    ("${DOMAIN%%.*}", "shop"),
    ("${NAME^}", "Shop"),
    ("${NAME^^}", "SHOP"),
    ("${NAME:1}", "hop"),
    ("${NAME:1:2}", "ho"),
    ("${NAME:0:-1}", "sho"),
    ("x${#NAME}", "x4"),
    ("${HIDDEN/./-}-tls", "${HIDDEN/./-}-tls"),
    ("${MISSING:=${HIDDEN}}", "${HIDDEN}"),
    ("${LIST[@]} $((1+1)) ${", "${LIST[@]} $((1+1)) ${"),
    ("$${NAME}", "${NAME}"),
    ("$NAME", "$NAME"),
    ("${HIDDEN}", "${HIDDEN}"),
    ("${HIDDEN:-other}", "${HIDDEN:-other}"),
    ("costs 3$", "costs 3$"),
]


@pytest.mark.parametrize(("text", "wanted"), CASES)
def test_forms(text: str, wanted: Any) -> None:
    assert substitute({"data": {"key": text}}, GIVEN)["data"]["key"] == wanted


def test_keys_and_lists_are_filled_too() -> None:
    manifest = {"data": {"${NAME}": ["${NAME}", 4, None]}}
    assert substitute(manifest, GIVEN) == {"data": {"shop": ["shop", 4, None]}}


@pytest.mark.parametrize("part", ["labels", "annotations"])
def test_an_object_may_want_none(part: str) -> None:
    manifest = {
        "metadata": {part: {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}},
        "data": {"key": "${NAME}"},
    }
    assert substitute(manifest, GIVEN) == manifest


def test_a_source_that_is_not_here_may_know_every_other_name() -> None:
    is_open = Substitution(values={"NAME": "shop"}, is_open=True)
    assert substitute({"data": {"a": "${NAME}", "b": "${OTHER:-x}"}}, is_open)["data"] == {
        "a": "shop",
        "b": "${OTHER:-x}",
    }


def test_a_source_that_need_not_be_there_may_know_what_has_no_default() -> None:
    optional = Substitution(has_optional=True)
    assert substitute({"data": {"a": "${NAME}", "b": "${OTHER:=x}"}}, optional)["data"] == {"a": "${NAME}", "b": "x"}


def test_unfilled_names_are_found_at_any_depth() -> None:
    assert unfilled_names({"a": ["x${ONE}", {"b": "${TWO:-${IN}}"}], "c": "$${NO} ${HIS/./-}"}) == {
        "ONE",
        "TWO",
        "IN",
        "HIS",
    }


@given(st.dictionaries(st.text(min_size=1), st.text().filter(lambda text: "$" not in text)))
def test_text_without_a_dollar_stays(data: dict[str, str]) -> None:
    manifest = {"data": {key.replace("$", "_"): value for key, value in data.items()}}
    assert substitute(manifest, GIVEN) == manifest
