"""What stands in clear in a file of sops; the files are sops's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fairlead.formats.manifests import read_documents
from fairlead.formats.sops_rules import find_clear

FILES = sorted((Path(__file__).parent / "sops").glob("*.[jy]*"))


def read(text: str) -> dict[str, Any]:
    return dict(read_documents(text, file="secrets.yaml").documents[0].data)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_what_sops_wrote_has_nothing_in_clear_that_it_would_encrypt(file: Path) -> None:
    assert list(find_clear(read(file.read_text()))) == []


SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "stringData": {"user": "ENC[AES256_GCM,data:a,iv:b,tag:c,type:str]", "password": "open", "empty": "", "none": None},
    "list": [{"port": 5}, "ENC[", 0],
}


@pytest.mark.parametrize(
    ("rules", "found"),
    [
        ({"encrypted_regex": "^(data|stringData)$"}, [("stringData", "password")]),
        ({"encrypted_suffix": "word"}, [("stringData", "password")]),
        ({"unencrypted_regex": "^(apiVersion|kind|list)$"}, [("stringData", "password")]),
        ({"encrypted_regex": "^list$"}, [("list", 0, "port"), ("list", 2)]),
        ({"encrypted_regex": "^(?i)LIST$"}, [("list", 0, "port"), ("list", 2)]),
        ({"unencrypted_suffix": "_x", "encrypted_regex": "^nothing$"}, []),
        ({"encrypted_regex": "("}, []),
        ({"unencrypted_regex": "[a-z]"}, []),
        ({"encrypted_comment_regex": "x"}, []),
    ],
)
def test_its_own_rules_say_what_has_to_be_encrypted(rules: dict[str, str], found: list[tuple[str | int, ...]]) -> None:
    assert list(find_clear({**SECRET, "sops": {"mac": "ENC[", **rules}})) == found


def test_without_a_rule_a_suffix_keeps_values_in_clear() -> None:
    file = {"port_unencrypted": 5, "map_unencrypted": {"a": "b"}, "user": "open", "sops": {"mac": "ENC["}}
    assert list(find_clear(file)) == [("user",)]
