"""`fairlead.model.frozen.dataclass` behaves as the standard library's does."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.frozen import dataclass, field, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    name: str
    count: int = 3
    tags: dict[str, int] = field(default_factory=dict, compare=False)
    hidden: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child(Ours):
    more: str = "more"

    def __repr__(self) -> str:
        return "a child"


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    pass


@dataclass(frozen=True, slots=True, order=True)
class Ordered:
    number: int


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Theirs:
    name: str
    count: int = 3
    tags: dict[str, int] = dataclasses.field(default_factory=dict, compare=False)
    hidden: str = dataclasses.field(default="", repr=False)


FIELDS = st.fixed_dictionaries(
    {"name": st.sampled_from("ab")},
    optional={"count": st.sampled_from((0, 3)), "tags": st.just({"a": 1}), "hidden": st.sampled_from(("", "x"))},
)


@given(first=FIELDS, second=FIELDS)
def test_values_compare_hash_and_show_as_the_standard_librarys(first: dict[str, Any], second: dict[str, Any]) -> None:
    ours, theirs = (Ours(**first), Ours(**second)), (Theirs(**first), Theirs(**second))
    assert (ours[0] == ours[1]) is (theirs[0] == theirs[1])
    assert hash(ours[0]) == hash(theirs[0])
    assert repr(ours[0]).removeprefix("Ours") == repr(theirs[0]).removeprefix("Theirs")
    assert dataclasses.asdict(ours[0]) == dataclasses.asdict(theirs[0])


def test_a_value_is_frozen() -> None:
    value = Ours(name="a")
    with pytest.raises(dataclasses.FrozenInstanceError):
        value.name = "b"  # type: ignore[misc] # what is tested
    with pytest.raises(dataclasses.FrozenInstanceError):
        del value.name
    assert not hasattr(value, "__dict__")


def test_each_value_gets_what_a_factory_makes_of_its_own() -> None:
    assert Ours(name="a").tags is not Ours(name="a").tags


@pytest.mark.parametrize("wrong", [{}, {"name": "a", "other": 1}])
def test_fields_must_be_the_stated_ones(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"Ours\.__init__\(\)"):
        Ours(**wrong)


def test_an_heir_has_both_ones_fields_and_is_no_equal_of_its_base() -> None:
    child = Child(name="a")
    assert (child.count, child.more, repr(child)) == (3, "more", "a child")
    assert child != Ours(name="a")
    assert child == Child(name="a")


def test_values_are_copied_pickled_and_replaced() -> None:
    value = Child(name="a", tags={"x": 1})
    assert pickle.loads(pickle.dumps(value)).tags == {"x": 1}
    assert copy.deepcopy(value) == value
    assert replace(value, count=4) == Child(name="a", count=4)


def test_without_fields_all_are_equal() -> None:
    assert Empty() == Empty()
    assert hash(Empty()) == hash(())


def test_other_options_are_the_standard_librarys() -> None:
    assert Ordered(1) < Ordered(2)
