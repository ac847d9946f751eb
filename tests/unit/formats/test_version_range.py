"""Ranges against helm's own library (tests/cases/version_ranges.yaml), and what holds for all of them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.version_range import Version, newest, parse_range, parse_version
from fairlead.model.errors import InputError

CASES = yaml.safe_load((Path(__file__).parents[2] / "cases" / "version_ranges.yaml").read_text())

numbers = st.integers(min_value=0, max_value=3)
cores = st.tuples(numbers, numbers, numbers)
identifiers = st.sampled_from(["0", "2", "11", "alpha", "rc", "x-y"])
versions = st.builds(Version, core=cores, pre=st.lists(identifiers, max_size=2).map(tuple))


def text_of(version: Version) -> str:
    return ".".join(map(str, version.core)) + (f"-{'.'.join(version.pre)}" if version.pre else "")


def holds(wanted: str, version: str) -> bool:
    parsed = parse_version(version)
    return parsed is not None and parse_range(wanted).holds(parsed)


@pytest.mark.parametrize(("wanted", "taken"), CASES["ranges"])
def test_a_range_takes_what_helm_takes(wanted: str, taken: list[str] | None) -> None:
    if taken is None:
        with pytest.raises(InputError):
            parse_range(wanted)
    else:
        assert [version for version in CASES["versions"] if holds(wanted, version)] == taken


@given(versions)
def test_a_version_reads_back_as_itself(version: Version) -> None:
    assert parse_version(text_of(version)) == version


@given(versions, versions)
def test_a_version_is_a_range_of_its_own(one: Version, other: Version) -> None:
    assert holds(text_of(one), text_of(other)) == (one == other)


@given(cores, versions)
def test_caret_and_tilde_take_no_less_and_no_other_major(core: tuple[int, int, int], version: Version) -> None:
    bottom = Version(core=core)
    for operator in "^~":
        if parse_range(operator + text_of(bottom)).holds(version):
            assert version >= bottom
            assert version.core[0] == core[0] or core == (0, 0, 0)


@given(versions, st.sampled_from(["^1", "~1.2", ">=1 <2", "1.x", "*", "!=2.1", "<=1.2"]))
def test_a_range_without_one_takes_no_pre_release(version: Version, wanted: str) -> None:
    assert not (version.pre and parse_range(wanted).holds(version))


@given(st.lists(versions, max_size=8), st.sampled_from(["^1", "~1.2", ">=1 <2", "*", "<=1.2 || 3.x"]))
def test_the_newest_is_one_that_fits_and_none_that_fits_is_newer(found: list[Version], wanted: str) -> None:
    taken = newest(map(text_of, found), parse_range(wanted))
    fitting = [version for version in found if parse_range(wanted).holds(version)]
    assert (parse_version(taken) if taken else None) == (max(fitting) if fitting else None)


def test_what_is_no_version_is_passed_over() -> None:
    assert newest(["latest", "1.2.3.4", "1.0.0", ""], parse_range("*")) == "1.0.0"


def test_a_range_that_is_a_version_takes_it_to_the_letter() -> None:
    assert newest(["1.2.3+b2", "1.2.3+b1", "v1.2.3"], parse_range("1.2.3+b1")) == "1.2.3+b1"
