"""What Flux would wait for in vain, and which folder a broken path means."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.flux.objects import FluxName
from fairlead.planning.flux.judgement import absent_components, cycles, missing_needs, nearest_component, nearest_folder


def name(text: str, namespace: str = "flux-system") -> FluxName:
    return FluxName("Kustomization", namespace, text)


A, B, C = name("a"), name("b"), name("c")


def test_a_need_of_something_that_is_not_there_is_told_with_the_nearest_name() -> None:
    infra = name("infra-controllers")
    (found,) = missing_needs({infra: (), A: (infra, name("infra-controlers"))})
    assert (found.of, found.index) == (A, 1)
    assert found.hint == f"did you mean {infra}?"


def test_a_need_in_another_namespace_is_told_with_that_namespace() -> None:
    (found,) = missing_needs({A: (name("b", "apps"),), B: ()})
    assert found.hint == f"did you mean {B}?"


def test_a_name_that_is_filled_in_later_is_not_judged() -> None:
    assert [*missing_needs({A: (name("${PREFIX}-b"),)})] == []


def test_a_cycle_is_told_once() -> None:
    assert [*cycles({A: (B,), B: (C,), C: (A,), name("d"): (A,)})] == [(A, B, C)]


def test_something_that_waits_for_itself_is_a_cycle() -> None:
    assert [*cycles({A: (A,)})] == [(A,)]


@given(st.integers(0, 12).flatmap(lambda n: st.lists(st.lists(st.integers(0, max(0, n - 1))), min_size=n, max_size=n)))
def test_what_only_waits_for_what_is_before_it_has_no_cycle(edges: list[list[int]]) -> None:
    names = [name(f"k{number}") for number in range(len(edges))]
    needs = {names[i]: tuple(names[j] for j in to if j < i) for i, to in enumerate(edges)}
    assert [*cycles(needs)] == []
    assert [*missing_needs(needs)] == []


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("infrastructure/controlers", "infrastructure/controllers"),
        ("infra/configs", "infrastructure/configs"),
        ("apps/prod", "apps/production"),
        ("something/else/entirely", ""),
    ],
)
def test_a_broken_path_means_the_folder_that_is_most_like_it(path: str, near: str) -> None:
    folders = (".", "apps", "apps/production", "apps/staging", "infrastructure", "infrastructure/configs")
    assert nearest_folder(path, (*folders, "infrastructure/controllers")) == near


@pytest.mark.parametrize(
    ("written", "near"),
    [("../../parts/backup", ""), ("../../backup", "../../parts/backup"), ("https://git.example.test/parts", "")],
)
def test_a_component_that_is_not_there_may_be_another(written: str, near: str) -> None:
    folders = {"apps/web", "parts/backup", "parts"}
    absent = absent_components([written], folder="apps/web", folders=folders)
    assert absent == ({0: written} if near else {})
    assert nearest_component("../../backup", folder="apps/web", folders=folders) == "../../parts/backup"


def test_nothing_is_said_of_components_of_a_folder_that_is_not_there() -> None:
    assert absent_components(["../x"], folder="gone", folders={"apps"}) == {}
