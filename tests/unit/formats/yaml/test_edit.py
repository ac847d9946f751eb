"""Files as people write them, changed as the table says: the lines that it names differ, and no others.

`tests/cases/yaml_edits/` holds the files, as bytes that count (CRLF, byte order marks, no line break at the end), and
`table.yaml` there what is changed in each. A `␍` in the table is a carriage return.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

import pytest

from fairlead.formats.data_edit import Edit, EditKind, changed
from fairlead.formats.yaml.edit import edit_yaml, read_data
from fairlead.model.errors import InputError

FOLDER = Path(__file__).parents[3] / "cases" / "yaml_edits"
(TABLE,) = read_data((FOLDER / "table.yaml").read_text(), file="table.yaml")
FILES = {path.name for path in FOLDER.iterdir()} - {"table.yaml"}


def edits_of(case: dict[str, Any]) -> list[Edit]:
    found = []
    for said in case["edits"]:
        kind = next(kind for kind in EditKind if kind.name.lower() in said)
        path = tuple(said[kind.name.lower()])
        found.append(Edit(path=path, value=said.get("to"), kind=kind, document=case.get("document", 0)))
    return found


def differing_lines(before: str, after: str) -> str:
    """As `diff -U0` says it, without its head."""
    one, other = (text.replace("\r", "␍").split("\n") for text in (before, after))
    return "".join(f"{line}\n" for line in [*difflib.unified_diff(one, other, n=0, lineterm="")][2:])


@pytest.mark.parametrize("case", TABLE, ids=lambda case: f"{case['file']}: {case['why']}")
def test_only_the_intended_lines_change(case: dict[str, Any]) -> None:
    text = (FOLDER / case["file"]).read_bytes().decode()
    edits, is_template = edits_of(case), case.get("template", False)
    if "error" in case:
        with pytest.raises(InputError) as refused:
            edit_yaml(text, edits, file=case["file"], is_template=is_template)
        assert str(refused.value) == case["error"]
        assert refused.value.hint
        return
    after = edit_yaml(text, edits, file=case["file"], is_template=is_template)
    assert differing_lines(text, after) == case["diff"]
    if not is_template:
        assert read_data(after, file="after") == expected(text, edits)


def expected(text: str, edits: list[Edit]) -> tuple[Any, ...]:
    documents = [*read_data(text, file="before")] or [None]
    for edit in edits:
        documents[edit.document] = changed(documents[edit.document], edit)
    return tuple(documents)


def test_the_table_has_a_row_for_each_file_and_forty_files() -> None:
    assert {case["file"] for case in TABLE} == FILES
    assert len(FILES) >= 40


def test_an_edit_that_changes_nothing_returns_the_very_text() -> None:
    text = "a:   1 # one\r\n\n\nb: {x: 'y'}"
    assert edit_yaml(text, [Edit(path=("a",), value=1), Edit(path=("b", "x"), value="y")], file="f") == text


def test_the_number_one_is_not_true() -> None:
    assert edit_yaml("a: true\n", [Edit(path=("a",), value=1)], file="f") == "a: 1\n"


@pytest.mark.parametrize(
    ("path", "kind", "said"),
    [
        (("b",), EditKind.REMOVE, "b is not there"),
        (("a", "x"), EditKind.SET, "a.x leads nowhere: there is no map that it would be in"),
        (("a", 0), EditKind.SET, "a[0] leads nowhere: there is no list that it would be in"),
        (("list", 3), EditKind.SET, "list[3] is not there: the list has 2 items"),
        (("list", 2), EditKind.REMOVE, "list[2] is not there: the list has 2 items"),
    ],
)
def test_a_place_that_is_not_there_is_said(path: tuple[str | int, ...], kind: EditKind, said: str) -> None:
    with pytest.raises(InputError) as refused:
        edit_yaml("a: 1\nlist: [1, 2]\n", [Edit(path=path, value=1, kind=kind)], file="f")
    assert str(refused.value) == said


def test_a_document_that_is_not_there_is_said() -> None:
    with pytest.raises(InputError, match="there is no document 2"):
        edit_yaml("a: 1\n", [Edit(path=("a",), value=2, document=1)], file="f")


def test_a_value_may_be_what_no_key_may_be() -> None:
    text = "most: 18446744073709551615 # 2^64-1\nb: 1\n"
    assert edit_yaml(text, [Edit(path=("b",), value=2)], file="f") == text.replace("b: 1", "b: 2")
