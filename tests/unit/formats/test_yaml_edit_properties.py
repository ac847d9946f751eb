"""Random data, written in random styles, changed in a random place: the data differs there and nowhere else, and every
line that is not of that place is as it was."""

from __future__ import annotations

import json
import os
from difflib import SequenceMatcher
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.formats.data_edit import Edit, EditKind, changed, edits_between
from fairlead.formats.yaml.edit import edit_yaml, read_data
from fairlead.model.errors import InputError

EXAMPLES = int(os.environ.get("FAIRLEAD_EXAMPLES", "60"))

KEYS = st.sampled_from(["name", "image", "a.b/c", "on", "8080", "x y", "data", "spec", "ports", "env", "'q'"])
TEXTS = st.one_of(
    st.sampled_from(["", "v1.2.3", "1.25.3", "true", "a: b", "# no", "two\nlines\n", "- x", "{{ .x }}", "ü€", "0x1F"]),
    st.text(alphabet="ab1 .:-#'\"\n\t{}[]&*!|>%@,", max_size=12),
)
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(-5, 70000), st.sampled_from([0.5, 1e20]), TEXTS)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.dictionaries(KEYS, inner, max_size=4), st.lists(inner, max_size=4)),
    max_leaves=14,
)


class Writer:
    """Writes data as somebody might have: the choices come from *draw*."""

    def __init__(self, draw: Any) -> None:
        self._draw = draw
        self._step = draw(st.sampled_from([2, 2, 4]))
        self._offset = draw(st.sampled_from([0, 2]))

    def document(self, value: dict[str, Any]) -> str:
        lead: str = self._draw(st.sampled_from(["", "---\n", "# head\n\n---\n"]))
        newline: str = self._draw(st.sampled_from(["\n", "\n", "\r\n"]))
        tail: str = self._draw(st.sampled_from(["", "\n", "\n# end\n", "\n...\n"]))
        text = lead + "\n".join(self.lines(value, 0))
        bom: str = self._draw(st.sampled_from(["", "", "\ufeff"]))
        if read_data(text, file="f") != (value,):
            tail = tail or "\n"  # a literal needs the end of its last line
        return bom + (text + tail).replace("\n", newline)

    def lines(self, value: Any, indent: int) -> list[str]:
        found: list[str] = []
        if isinstance(value, dict):
            for key, item in value.items():
                found += self._aside(indent)
                found += self._entry(f"{' ' * indent}{self._quoted(key)}:", item, indent, is_item=False)
        else:
            for item in value:
                found += self._aside(indent)
                found += self._entry(f"{' ' * indent}-", item, indent, is_item=True)
        return found

    def _entry(self, head: str, item: Any, indent: int, *, is_item: bool) -> list[str]:
        if isinstance(item, (dict, list)) and item and self._draw(st.booleans()):
            if is_item:
                lines = self.lines(item, indent + 2)
                if lines[0].strip() and not lines[0].lstrip().startswith("#"):
                    return [f"{head} {lines[0].lstrip()}", *lines[1:]]
                return [head, *lines]
            inner = indent + (self._offset if isinstance(item, list) else self._step)
            return [head + self._draw(st.sampled_from(["", "  # c"])), *self.lines(item, inner)]
        if isinstance(item, str) and self._is_literal(item) and self._draw(st.booleans()):
            ends = len(item) - len(item.rstrip("\n"))
            mark = "|" + ("-", "", "+")[min(ends, 2)]
            body = [f"{' ' * (indent + 3)}{line}" if line else "" for line in item.rstrip("\n").split("\n")]
            return [f"{head} {mark}", *body, *[""] * max(ends - 1, 0)]
        comment = self._draw(st.sampled_from(["", "", " # why"]))
        return [f"{head} {self._flow(item)}{comment}"]

    def _is_literal(self, text: str) -> bool:
        return bool(text.strip()) and not text[0].isspace() and "\r" not in text

    def _aside(self, indent: int) -> list[str]:
        aside: list[str] = self._draw(
            st.sampled_from([[], [], [], [""], [f"{' ' * indent}# aside"], ["", "# far left"]])
        )
        return aside

    def _flow(self, value: Any) -> str:
        if isinstance(value, dict):
            space = self._draw(st.sampled_from(["", " "]))
            return f"{{{space}{', '.join(f'{self._quoted(k)}: {self._flow(v)}' for k, v in value.items())}{space}}}"
        if isinstance(value, list):
            return f"[{', '.join(map(self._flow, value))}]"
        if isinstance(value, str):
            return self._quoted(value)
        return json.dumps(value)

    def _quoted(self, text: str) -> str:
        if text and text.isalpha() and text not in ("on", "true", "null") and self._draw(st.booleans()):
            return text
        if text.isprintable() and self._draw(st.booleans()):
            return f"'{text.replace(chr(39), chr(39) * 2)}'"
        return json.dumps(text, ensure_ascii=False)


@st.composite
def written(draw: Any) -> tuple[dict[str, Any], str]:
    data = draw(st.dictionaries(KEYS, DATA, min_size=1, max_size=4))
    return data, Writer(draw).document(data)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [found for part, item in inner for found in paths(item, (*path, part))]


def outside_is_kept(before: str, after: str, *, most: int) -> bool:
    """Whether the lines that went, and that came, are one run each of at most *most* of the old lines."""
    old, new = before.splitlines(), after.splitlines()
    codes = [code for code in SequenceMatcher(None, old, new, autojunk=False).get_opcodes() if code[0] != "equal"]
    return sum(code[2] - code[1] for code in codes) <= most


@settings(max_examples=50, deadline=None)
@given(written())
def test_the_writer_of_this_test_writes_what_it_means(pair: tuple[dict[str, Any], str]) -> None:
    data, text = pair
    assert read_data(text, file="f") == (data,)


@settings(max_examples=EXAMPLES, deadline=None)
@given(written(), st.data(), SCALARS)
def test_a_scalar_changes_and_nothing_else(pair: tuple[dict[str, Any], str], draw: Any, value: Any) -> None:
    data, text = pair
    path = draw.draw(st.sampled_from(paths(data)))
    edit = Edit(path=path, value=value)
    after = edit_yaml(text, [edit], file="f")
    assert read_data(after, file="f") == (changed(data, edit),)
    assert_lines_kept(data, path, text, after)


def assert_lines_kept(data: Any, path: tuple[str | int, ...], text: str, after: str) -> None:
    """The comments all stay where a scalar was, and as many lines change as the scalar had."""
    old: Any = data
    for part in path:
        old = old[part]
    if isinstance(old, (dict, list)) and old:
        return
    lines = 1 + (old.count("\n") if isinstance(old, str) else 0)
    assert outside_is_kept(text, after, most=lines + 1)
    assert text.count("#") - str(old).count("#") <= after.count("#")
    assert after.startswith("\ufeff") == text.startswith("\ufeff")
    assert ("\r\n" in after) == ("\r\n" in text) or "\n" not in text
    assert after.endswith("\n") == text.endswith("\n") or isinstance(old, str)


@settings(max_examples=EXAMPLES, deadline=None)
@given(written(), st.data(), DATA, st.sampled_from(EditKind))
def test_any_edit_does_what_it_says_or_nothing(
    pair: tuple[dict[str, Any], str], draw: Any, value: Any, kind: EditKind
) -> None:
    data, text = pair
    path = draw.draw(st.sampled_from([*paths(data), *((*path, "new") for path in paths(data)), ("new",)]))
    edit = Edit(path=path, value=value, kind=kind)
    try:
        after = edit_yaml(text, [edit], file="f")
    except InputError:
        return
    assert read_data(after, file="f") == (changed(data, edit),)


@settings(max_examples=EXAMPLES, deadline=None)
@given(written(), st.data(), DATA)
def test_a_new_key_adds_lines_and_takes_none(pair: tuple[dict[str, Any], str], draw: Any, value: Any) -> None:
    data, text = pair
    maps = [path for path in [(), *paths(data)] if isinstance(at(data, path), dict)]
    path = (*draw.draw(st.sampled_from(maps)), "new")
    after = edit_yaml(text, [Edit(path=path, value=value)], file="f")
    assert read_data(after, file="f") == (changed(data, Edit(path=path, value=value)),)
    assert outside_is_kept(text, after, most=2)


def at(data: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


@settings(max_examples=EXAMPLES, deadline=None)
@given(written(), st.dictionaries(KEYS, DATA, max_size=4))
def test_all_edits_between_two_values_make_the_one_of_the_other(pair: tuple[dict[str, Any], str], wanted: Any) -> None:
    data, text = pair
    try:
        after = edit_yaml(text, [*edits_between(data, wanted)], file="f")
    except InputError:
        return
    assert read_data(after, file="f") == (wanted,)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.dictionaries(KEYS, DATA, min_size=1, max_size=4), st.sampled_from([None, 2, 4]), st.data(), DATA)
def test_json_stays_json(data: dict[str, Any], indent: int | None, draw: Any, value: Any) -> None:
    text = json.dumps(data, indent=indent)
    path = draw.draw(st.sampled_from([*paths(data), ("new",)]))
    edit = Edit(path=path, value=value)
    assert json.loads(edit_yaml(text, [edit], file="f.json")) == changed(data, edit)
