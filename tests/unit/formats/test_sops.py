"""Files made by the real sops 3.13.3 (folder `sops/`, with a key made for these tests).

`tests/e2e/test_sops_against_sops.py` makes fresh ones and compares both programs.
"""

from __future__ import annotations

import copy
import pickle
import traceback
from pathlib import Path
from typing import Any

import pyrage  # type: ignore[import-untyped]  # pyrage ships no types
import pytest

from fairlead.formats.manifests import read_documents
from fairlead.formats.sops import decrypt
from fairlead.formats.sops_rules import is_sops_file
from fairlead.model.errors import InputError
from fairlead.model.secret import SecretText, SecretValue, reveal_tree

_FOLDER = Path(__file__).parent / "sops"
_KEY = (_FOLDER / "key.txt").read_text(encoding="utf-8").splitlines()[-1]
_OTHER = str(pyrage.x25519.Identity.generate())
_MANIFEST = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {
        "name": "shop",
        "annotations": {
            "count": 16,
            "ratio": 1.5,
            "huge": 1e21,
            "small": 1e-7,
            "on": "yes",
            "off": False,
            "day": "2024-02-29T00:00:00Z",
            "at": "2024-02-29T10:00:00Z",
            "none": None,
            "empty": "",
            "octal": 15,
            "old": 15,
            "under": 1000,
            "text": "1",
            "inf": 12000,
        },
    },
    "stringData": {"password": "hunter2", "nested": {"list": [1, "two", 3.5, False, None]}},
}


def _text(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _open(text: str, *, keys: tuple[str, ...] = (_KEY,)) -> Any:
    return decrypt(text, file="shop.sops.yaml", identities=keys)


def _fault(text: str, *, keys: tuple[str, ...] = (_KEY,)) -> InputError:
    with pytest.raises(InputError) as caught:
        _open(text, keys=keys)
    return caught.value


def _edit(name: str, old: str, new: str) -> str:
    text = _text(name)
    assert text.count(old) == 1
    return text.replace(old, new)


def test_decrypts_every_kind_of_value() -> None:
    opened = reveal_tree(_open(_text("all.yaml")))
    expected = {
        "str": "hello",
        "int": 42,
        "big": 9007199254740993,
        "float": 1.5,
        "neg": 0,
        "exp": 1e20,
        "bool": True,
        "no": False,
        "nil": None,
        "empty": "",
        "multi": "a\nb\n",
        "uni": "é\U0001f600",
        "list": ["a", 1, ["x", {"y": 2.25}], True],
        "emptymap": {},
        "emptylist": [],
        "plain_unencrypted": "visible",
        "date": "2024-01-01T00:00:00Z",
        "nest": {"a": {"b": "c"}},
        "comment_at": 1,
    }
    assert repr(opened) == repr(expected)


def test_decrypts_json() -> None:
    opened = reveal_tree(_open(_text("all.json")))
    assert opened == {"a": 1, "b": {"c": [True, None, 1.5, "x"]}, "big": 12345678901234567890.0}


@pytest.mark.parametrize("name", ["encrypted_regex.yaml", "mac_only_encrypted.yaml"])
def test_leaves_clear_values_as_sops_types_them(name: str) -> None:
    opened = _open(_text(name))
    assert repr(reveal_tree(opened)) == repr(_MANIFEST)
    assert opened["metadata"] == _MANIFEST["metadata"]


@pytest.mark.parametrize(
    ("name", "clear"),
    [
        ("encrypted_suffix.yaml", {"a_secret": "***", "b": 2, "c_secret": {"d": ["***"]}}),
        ("unencrypted_regex.yaml", {"publicA": 1, "b": "***", "x": {"PublicC": "y", "d": "***"}}),
    ],
)
def test_follows_the_rules_of_the_file(name: str, clear: dict[str, Any]) -> None:
    assert repr(_open(_text(name))).replace("***", "'***'") == repr(clear)


def test_secrets_are_masked_and_keep_their_type() -> None:
    opened = _open(_text("all.yaml"))
    assert isinstance(opened["str"], SecretText)
    assert isinstance(opened["int"], SecretValue)
    assert f"{opened['int']} {opened['str']!r} {opened['nest']}" == "*** *** {'a': {'b': ***}}"
    assert (opened["int"].reveal(), opened["int"].reveal_value()) == ("42", 42)
    for copied in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError):
            copied(opened["int"])


def test_knows_a_sops_file() -> None:
    (document,) = read_documents(_text("all.yaml"), file="f").documents
    assert is_sops_file(document.data)
    assert not any(is_sops_file(tree) for tree in ({"sops": {}}, {"sops": None}, {"a": 1}, [], None))


# -- keys


def test_one_of_several_keys_is_enough() -> None:
    assert reveal_tree(_open(_text("all.yaml"), keys=(_OTHER, _KEY)))["int"] == 42


def test_another_key_is_refused_with_the_recipient() -> None:
    fault = _fault(_text("all.yaml"), keys=(_OTHER,))
    assert fault.message == "none of the age keys at hand opens the file"
    assert "age1" in fault.hint


def test_no_key_is_refused_with_the_places() -> None:
    assert "SOPS_AGE_KEY_FILE" in _fault(_text("all.yaml"), keys=()).hint


def test_an_unreadable_key_is_not_shown() -> None:
    fault = _fault(_text("all.yaml"), keys=("AGE-SECRET-KEY-1BROKEN",))
    assert fault.message == "an age key cannot be read"
    assert "BROKEN" not in "".join(traceback.format_exception(fault))


def test_other_services_are_refused_by_name() -> None:
    text = _edit("encrypted_suffix.yaml", "    age:\n", "    kms:\n")
    assert _fault(text).message == "the file is encrypted for kms only"


# -- changed files


def test_a_changed_clear_value_breaks_the_mac() -> None:
    fault = _fault(_edit("encrypted_regex.yaml", "count: 16", "count: 17"))
    assert "MAC does not match" in fault.message
    assert "`sops`" in fault.hint


def test_a_removed_value_breaks_the_mac() -> None:
    lines = _text("all.yaml").splitlines(keepends=True)
    assert "MAC does not match" in _fault("".join(line for line in lines if not line.startswith("int:"))).message


def test_clear_values_may_change_where_the_mac_leaves_them_out() -> None:
    opened = _open(_edit("mac_only_encrypted.yaml", "count: 16", "count: 17"))
    assert opened["metadata"]["annotations"]["count"] == 17


@pytest.mark.parametrize("line", ["mac: ENC", 'lastmodified: "20'])
def test_a_changed_frame_breaks_the_mac(line: str) -> None:
    text = _text("all.yaml")
    place = text.index(line) + len(line) + 30 if "mac" in line else text.index(line) + len(line)
    changed = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    assert "MAC does not match" in _fault(changed).message


def test_a_moved_value_does_not_decrypt() -> None:
    fault = _fault(_edit("all.yaml", "\nint: ", "\nimt: "))
    assert fault.message == "imt does not decrypt: it was changed or moved after its encryption"
    assert str(fault.location).startswith("shop.sops.yaml:3:")


def test_a_clear_value_in_a_secret_place_is_refused_without_being_shown() -> None:
    lines = ["str: hunter2" if line.startswith("str:") else line for line in _text("all.yaml").splitlines()]
    fault = _fault("\n".join(lines))
    assert fault.message == "str should be encrypted and is not"
    assert "hunter2" not in "".join(traceback.format_exception(fault)) + fault.hint


def test_a_wrong_type_is_refused_without_its_value() -> None:
    lines = [
        line.replace("type:str", "type:int") if line.startswith("str:") else line
        for line in _text("all.yaml").splitlines()
    ]
    fault = _fault("\n".join(lines))
    assert "hello" not in "".join(traceback.format_exception(fault))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n", "not encrypted by sops"),
        ("", "the file is empty"),
        ("- a\n", "must hold a map"),
        ("a: &x 1\n", "no anchors"),
        ("a: 1\na: 2\n", "stands twice"),
        ("a: [\n", "not valid YAML"),
        ("1: a\n", "must be text"),
        ("a: 1\n---\nb: 1\n", "more than one document"),
        ("a: 2024-1-1 10:00:00\n", "quote it"),
        ("a: 9223372036854775808\n", "too large"),
        ("a: " + "[" * 300, "nested deeper"),
    ],
)
def test_refuses_what_sops_does_not_write(text: str, message: str) -> None:
    assert message in _fault(text).message


@pytest.mark.parametrize(
    ("name", "message"), [("comment_rule.yaml", "encrypted_comment_regex"), ("key_groups.yaml", "key groups")]
)
def test_says_what_is_not_supported(name: str, message: str) -> None:
    assert f"{message} " in _fault(_text(name)).message + " "
