from __future__ import annotations

import gc
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.manifests import Document, expand_lists, load_value_file, read_documents
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.errors import InputError
from fairlead.model.finding import Location, Severity


def _read(text: str) -> list[Any]:
    return [document.data for document in read_documents(text, file="f.yaml").documents]


def _only(text: str) -> Document:
    (document,) = read_documents(text, file="f.yaml").documents
    return document


def _fault(text: str) -> InputError:
    with pytest.raises(InputError) as caught:
        read_documents(text, file="f.yaml")
    return caught.value


def _read_or_fault(text: str) -> tuple[tuple[Document, ...], Location | None]:
    try:
        return read_documents(text, file="f.yaml").documents, Location("f.yaml")
    except InputError as err:
        return (), err.location


# -- documents


def test_leaves_out_empty_documents() -> None:
    assert _read("---\n---\n# only a comment\n---\na: 1\n---\nnull\n--- ~\n...\n---\nb: 2\n---\n") == [
        {"a": 1},
        {"b": 2},
    ]


def test_an_empty_file_has_no_documents() -> None:
    assert _read("") == _read("# nothing\n") == _read("\ufeff") == []


def test_three_dashes_inside_a_block_scalar_are_text() -> None:
    assert _read("a: |\n  x\n  ---\n  y\n---\nb: 1\n") == [{"a": "x\n---\ny\n"}, {"b": 1}]


def test_a_separator_may_carry_a_comment() -> None:
    assert _read("a: 1\n--- # Source: x\nb: 2\n") == [{"a": 1}, {"b": 2}]


def test_reads_a_byte_order_mark_and_windows_line_ends() -> None:
    document = _only("\ufeffa: 1\r\nb:\r\n  c: |\r\n    x\r\n    y\r\n")
    assert document.data == {"a": 1, "b": {"c": "x\ny\n"}}
    assert document.mark(("b", "c")) == Location("f.yaml", 3, 3)


def test_reads_json() -> None:
    value = {"a": [1, 1.5, None, True, "x/y\t\u00e9\U0001f600"], "\U0001f600": {}}
    assert _read(json.dumps(value)) == _read(json.dumps(value, indent="\t")) == [value]


def test_a_document_must_be_a_map() -> None:
    fault = _fault("a: 1\n---\n- x\n")
    assert fault.message == "a document must be a map, this one is a list"
    assert fault.location == Location("f.yaml", 3, 1)


def test_documents_know_their_line() -> None:
    documents = read_documents("# note\n\na: 1\n---\n# Source: x\nb: 1\n", file="f.yaml").documents
    assert [document.line for document in documents] == [3, 6]


# -- faults


@pytest.mark.parametrize(
    ("text", "line", "column", "part"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, "a tab character"),
        ("a: [1\nb: 2\n", 2, 2, "expected ',' or ']'"),
        ("a: b: c\n", 1, 5, "mapping values are not allowed"),
        ('a: "x\n', 2, 1, "unexpected end of stream"),
        ("a: 1\nb: \x01\n", 2, 4, "a control character"),
        ("é: 1\nb: \x01\n", 2, 4, "a control character"),
        ("a: 1\nb: *x\n", 2, 4, "no anchor &x"),
        ("a: &x [*x]\n", 1, 8, "contains itself"),
        ("a: !secret x\n", 1, 4, "the tag !secret"),
        ("a: !!python/name:os.system x\n", 1, 4, "the tag !!python/name:os.system"),
        ("a: .inf\n", 1, 4, "no JSON form"),
        ("? [a]\n: 1\n", 1, 3, "a key must be text"),
        ("a: \ud800\n", 1, 4, "not valid Unicode"),
    ],
)
def test_a_fault_names_its_place(text: str, line: int, column: int, part: str) -> None:
    fault = _fault(text)
    assert part in fault.message
    assert fault.location == Location("f.yaml", line, column)


def test_refuses_aliases_that_grow_without_bound() -> None:
    levels = "\n".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]" for n in range(1, 9))
    assert "aliases stand for more than" in _fault(f"l0: &l0 [x, x, x]\n{levels}\n").message


def test_refuses_bottomless_nesting() -> None:
    assert "nested deeper" in _fault("a: " + "[" * 500 + "]" * 500).message


def test_an_alias_is_a_copy() -> None:
    (data,) = _read("a: &x {k: [1]}\nb: *x\n")
    data["a"]["k"].append(2)
    assert data["b"] == {"k": [1]}


@given(st.text(alphabet="ab:-[]{}&*!|>'\"#%@, \n\t?<=~.1e0x_"))
def test_any_text_is_read_or_refused(text: str) -> None:
    documents, place = _read_or_fault(text)
    assert place is not None
    for document in documents:
        assert json.loads(json.dumps(document.data)) == document.data
        assert document.mark().line == document.line


# -- findings


def test_reports_a_key_written_twice() -> None:
    read = read_documents("a: 1\nspec:\n  b: 1\n  c: 2\n  b: 3\n", file="f.yaml")
    (finding,) = read.findings
    assert read.documents[0].data["spec"] == {"b": 3, "c": 2}
    assert (finding.rule, finding.severity) == ("duplicate-key", Severity.WARNING)
    assert finding.location == Location("f.yaml", 5, 3)


def test_keys_that_only_become_equal_are_twice_the_same() -> None:
    (finding,) = read_documents("on: 1\ntrue: 2\n", file="f.yaml").findings
    assert "'true'" in finding.message


def test_an_explicit_key_after_a_merge_is_no_finding() -> None:
    assert not read_documents("x: &x {a: 1}\nz: {<<: *x, a: 2}\n", file="f.yaml").findings


def test_reports_a_merge_that_replaces_what_stands_above_it() -> None:
    read = read_documents("x: &x {a: 1}\nz:\n  a: 2\n  <<: *x\n", file="f.yaml")
    assert read.documents[0].data["z"] == {"a": 1}
    assert [(f.rule, f.location) for f in read.findings] == [("merge-overrides-key", Location("f.yaml", 4, 3))]


# -- marks


_MARKED = """\
# head
a: 1
---
kind: X
spec:
  replicas: 2
  list:
  - name: a
    on: x
  - &n {name: b}
  - *n
  merged:
    <<: *n
    own: 1
"""


@pytest.mark.parametrize(
    ("path", "line", "column"),
    [
        ((), 4, 1),
        (("spec",), 5, 1),
        (("spec", "replicas"), 6, 3),
        (("spec", "list", 0), 8, 5),
        (("spec", "list", 0, "true"), 9, 5),
        (("spec", "list", 1, "name"), 10, 9),
        (("spec", "list", 2), 11, 5),
        (("spec", "list", 2, "name"), 10, 9),
        (("spec", "merged", "name"), 10, 9),
        (("spec", "merged", "own"), 14, 5),
        (("spec", "missing", "deep"), 5, 1),
        (("spec", "list", 9), 7, 3),
    ],
)
def test_mark_gives_the_place_of_a_path(path: tuple[str | int, ...], line: int, column: int) -> None:
    document = read_documents(_MARKED, file="f.yaml").documents[1]
    assert document.mark(path) == Location("f.yaml", line, column)


def test_the_last_of_two_equal_keys_has_the_mark() -> None:
    assert _only("a: 1\nb: 1\na: 2\n").mark(("a",)).line == 3


def test_marks_in_later_documents_survive_wide_characters_before_them() -> None:
    documents = read_documents('\ufeffé: "\U0001f600"\n---\nx: 1\nz: 2\n', file="f.yaml").documents
    assert documents[1].mark(("z",)) == Location("f.yaml", 4, 1)


_NAMES = st.text(alphabet="abcxyz.-/0", min_size=1, max_size=6)
_TREES = st.recursive(
    st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_NAMES, _TREES, min_size=1, max_size=3))
def test_every_path_has_its_mark_on_its_own_key(tree: dict[str, Any]) -> None:
    text = dump_yaml({"first": 1}) + "---\n" + dump_yaml(tree)
    lines = text.split("\n")
    document = read_documents(text, file="f.yaml").documents[1]
    for path in _paths(document.data)[1:]:
        place = document.mark(path)
        rest = lines[place.line - 1][place.column - 1 :]
        assert isinstance(path[-1], int) or rest.removeprefix('"').startswith(path[-1])


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, item in items for found in _paths(item, (*path, key)))]


# -- lists


def test_expands_lists_and_keeps_marks() -> None:
    text = "kind: List\nitems:\n- kind: A\n  x: 1\n- kind: BList\n  items:\n  - kind: B\n    z: 2\n- kind: CList\n"
    expanded = expand_lists(read_documents(text, file="f.yaml").documents)
    assert [document.data["kind"] for document in expanded] == ["A", "B", "CList"]
    assert [document.line for document in expanded] == [3, 7, 9]
    assert expanded[1].mark(("z",)) == Location("f.yaml", 8, 5)


def test_an_item_must_be_an_object() -> None:
    documents = read_documents("kind: List\nitems:\n- 1\n", file="f.yaml").documents
    with pytest.raises(InputError, match="item 0 of the List is the value 1, not an object"):
        expand_lists(documents)


# -- values files


def test_a_values_file_is_one_map() -> None:
    assert load_value_file("", file="v.yaml") == {}
    assert load_value_file("a: 0644\n", file="v.yaml") == {"a": 420}
    with pytest.raises(InputError, match="one document"):
        load_value_file("a: 1\n---\nb: 1\n", file="v.yaml")
    with pytest.raises(InputError, match="must be a map"):
        load_value_file("- a\n", file="v.yaml")


# -- bulk


def test_the_collector_is_on_again_after_a_bulk_load_that_failed() -> None:
    with pytest.raises(InputError):
        read_documents("a: 1\n" * 30_000 + "b: [\n", file="f.yaml")
    assert gc.isenabled()


def test_a_merge_conflict_is_told_where_it_begins() -> None:
    text = "kind: A\nspec:\n<<<<<<< HEAD\n  replicas: 2\n=======\n  replicas: 3\n>>>>>>> branch\n"
    with pytest.raises(InputError, match="a merge conflict is left here") as caught:
        read_documents(text, file="a.yaml")
    assert str(caught.value.location) == "a.yaml:3:1"
    kept = read_documents("text: |\n  <<<<<<< HEAD\n", file="a.yaml").documents
    assert kept[0].data == {"text": "<<<<<<< HEAD\n"}


def test_a_pointer_of_git_lfs_says_how_to_get_the_file() -> None:
    with pytest.raises(InputError) as caught:
        read_documents("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n", file="a.yaml")
    assert "git lfs pull" in caught.value.hint


def test_an_object_that_begins_without_a_line_between_is_told_so() -> None:
    (finding, *_) = read_documents("apiVersion: v1\nkind: A\napiVersion: v1\nkind: B\n", file="a.yaml").findings
    assert (str(finding.location), finding.hint) == ("a.yaml:3:1", "put `---` above it if an object begins here")
