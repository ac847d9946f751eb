"""Which values are guessed for a field, the likeliest first, and the text of the file with one of them."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.change import ABSENT
from fairlead.model.drift import DriftKind, FieldDrift
from fairlead.model.objects import ObjectRef
from fairlead.model.secret import SecretText
from fairlead.planning.write_back import Candidate, Wish
from fairlead.planning.write_back_helm import Guess, ValueFiles, guess_values, value_candidate

TARGET = ObjectRef(kind="Deployment", name="web")


def guesses(path: str, before: dict[str, Any], found: Any, values: dict[str, Any]) -> list[tuple[str, Any]]:
    wish = Wish(target=TARGET, before=before, field=FieldDrift(path=path, kind=DriftKind.CHANGED, found=found))
    return [(str(guess), guess.value) for guess in guess_values(wish, values)]


def test_a_like_name_comes_before_an_equal_value_elsewhere() -> None:
    values = {"port": 2, "web": {"minReplicas": 2, "replicaCount": 2}, "other": True}
    assert guesses(".spec.replicas", {"spec": {"replicas": 2}}, 5, values) == [
        ("web.minReplicas", 5),
        ("web.replicaCount", 5),
        ("port", 5),
    ]


def test_part_of_a_text_becomes_what_stands_in_its_place() -> None:
    values = {"image": {"repository": "example.test/main", "tag": "1.0"}, "x": "1.0"}
    before = {"spec": {"image": "example.test/main:1.0"}}
    assert guesses(".spec.image", before, "example.test/main:1.1", values) == [("image.tag", "1.1"), ("x", "1.1")]


def test_a_number_in_a_text_stays_a_number() -> None:
    assert guesses(".data.a", {"data": {"a": "8080"}}, "9090", {"port": 8080}) == [("port", 9090)]
    assert guesses(".data.a", {"data": {"a": "8080"}}, "none", {"port": 8080}) == [("port", "none")]


def test_a_key_goes_into_the_map_round_it() -> None:
    assert guesses(".data.b", {"data": {"a": "1"}}, "2", {"config": {"a": 1}}) == [("config.b", "2")]


def test_whole_maps_and_lists_are_values_too() -> None:
    found = guesses(".spec.args", {"spec": {"args": ["a"]}}, ["a", "b"], {"args": ["a"]})
    assert found == [("args", ["a", "b"])]


def test_true_is_not_one_and_a_secret_is_nothing() -> None:
    assert guesses(".spec.a", {"spec": {"a": 1}}, 2, {"x": True, "y": SecretText("1")}) == []
    assert guesses(".spec.a", {"spec": {"a": 1}}, ABSENT, {"x": 1}) == []


@given(st.text(min_size=2, max_size=5), st.text(max_size=4), st.text(max_size=4), st.text(min_size=1, max_size=5))
def test_a_guess_put_in_the_place_of_the_value_gives_the_found_text(old: str, head: str, tail: str, new: str) -> None:
    before, found = head + old + tail, head + new + tail
    given = guesses(".a", {"a": before}, found, {"v": old})
    replaced = {before[:at] + value + before[at + len(old) :] for _, value in given for at in range(len(before))}
    assert not given or found in replaced


def candidate(path: tuple[str | int, ...], value: Any, *, text: str, values: dict[str, Any]) -> Candidate | str:
    return value_candidate(Guess(path=path, value=value), ValueFiles(file="v.yaml", text=text, values=values))


def test_a_list_that_the_file_has_not_got_is_written_as_a_whole() -> None:
    values = {"hosts": [{"name": "a"}, {"name": "b"}]}
    made = candidate(("hosts", 1, "name"), "c", text="x: 1\n", values=values)
    assert isinstance(made, Candidate)
    assert made.text == "x: 1\nhosts:\n- name: a\n- name: c\n"


def test_an_item_of_a_list_that_it_has_is_changed_in_place() -> None:
    made = candidate(("hosts", 1), "c", text="hosts: [a, b] # two\n", values={"hosts": ["a", "b"]})
    assert isinstance(made, Candidate)
    assert made.text == "hosts: [a, c] # two\n"


def test_a_list_with_a_secret_is_not_written_out() -> None:
    made = candidate(("users", 0, "name"), "b", text="", values={"users": [{"name": "a", "key": SecretText("x")}]})
    assert made == "users holds a secret, which is never written in clear"
