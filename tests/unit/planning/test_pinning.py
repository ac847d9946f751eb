"""What a rollback holds an environment at, and when the project agrees with it."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.pin_text import format_pin
from fairlead.model.record import Pin
from fairlead.model.run import Bundle, Rollback
from fairlead.planning.pinning import Pinned, find_disagreements, has_ended, pin_after

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
DIGESTS = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["1", "2"]), max_size=4)


def pin(held: dict[str, str], *, components: tuple[str, ...] = (), before: Pin | None = None, run: str = "r9") -> Pin:
    bundle = Bundle(digest="sha256:0123456789ab", components=held, commit="c" * 40)
    rollback = Rollback(to="r1", digest=bundle.digest, components=components, why="it was slow")
    return pin_after(before, rollback, bundle, names=components or tuple(held), run=run, when=NOW, who="us")


def test_a_whole_pin_holds_what_is_in_the_bundle_and_keeps_the_rest_out() -> None:
    held = pin({"a": "1", "b": "1"})
    assert find_disagreements(held, {"a": "1", "b": "1"}) == ()
    assert find_disagreements(held, {"a": "2", "b": "1", "new": "1"}) == ("a", "new")
    assert find_disagreements(held, {"a": ""}) == ("a",)


def test_a_partial_pin_leaves_the_others_free() -> None:
    held = pin({"a": "1", "b": "1"}, components=("a",))
    assert find_disagreements(held, {"a": "1", "b": "2", "new": "1"}) == ()
    assert find_disagreements(held, {"a": "2"}) == ("a",)


def test_pruning_of_what_is_held_is_no_agreement() -> None:
    assert find_disagreements(pin({"a": "1", "b": "1"}), {"a": "1"}, removed={"b", "c"}) == ("b",)


def test_a_second_partial_rollback_adds_to_the_pin() -> None:
    first = pin({"a": "1", "b": "1"}, components=("a",))
    second = pin({"a": "2", "b": "2"}, components=("b",), before=first)
    assert (second.components, second.is_whole) == ({"a": "1", "b": "2"}, False)
    whole = pin({"a": "1", "b": "1"})
    assert pin({"a": "2", "b": "2"}, components=("b",), before=whole).is_whole
    assert pin({"a": "2", "b": "2"}, before=first).components == {"a": "2", "b": "2"}


@given(DIGESTS, DIGESTS)
def test_a_pin_ends_only_where_nothing_disagrees(held: dict[str, str], rendered: dict[str, str]) -> None:
    found = pin(held)
    if has_ended(found, rendered, known=rendered.keys()):
        assert find_disagreements(found, rendered) == ()


def test_a_selection_does_not_end_a_pin_but_a_removed_component_does_not_keep_it() -> None:
    found = pin({"a": "1", "b": "1"})
    assert not has_ended(found, {"a": "1"}, known={"a", "b"})
    assert has_ended(found, {"a": "1"}, known={"a"})
    assert has_ended(found, {"a": "1", "b": "1"}, known={"a", "b"})


def test_a_pin_of_some_components_ends_only_where_the_project_has_them() -> None:
    found = pin({"a": "1", "b": "1"}, components=("a",))
    assert not has_ended(found, {"b": "1"}, known={"b"})
    assert has_ended(found, {"a": "1"}, known={"a", "b"})


def test_a_pin_says_what_since_when_by_whom_and_why() -> None:
    text = format_pin(pin({"a": "1", "b": "1"}, components=("a",)))
    assert text == (
        "pinned to bundle sha256:0123456789ab of run r1, components a, since 2026-01-01 12:00 UTC by us: it was slow"
    )


def test_a_refusal_names_what_differs_and_both_ways_out() -> None:
    refused = Pinned(pin({"a": "1"}), "production", ["d", "a", "b", "c"])
    assert "for a, b, c and 1 more" in refused.message
    assert "unpin -e production" in refused.hint
    assert "commit cccccccccccc" in refused.hint
    assert refused.changed is False
