"""The ignore file: what it says, and every fault in it with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.ignore import IgnoreEntry
from fairlead.readers.ignore_file import load_ignores, read_ignores

GOOD = """\
apiVersion: fairlead.dev/v1
ignore:
  - component: shop
    kind: Deployment
    namespace: shop
    name: web-*
    fields: [.spec.replicas, ".metadata.annotations.example.com/*"]
    reason: scaled by the load test
    owner: anna
    expires: 2026-12-31
  - {kind: ConfigMap, name: seen, fields: ["*"], reason: theirs, owner: ben, expires: "2027-01-31"}
"""


def faults(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_ignores(text, file="f.yaml", components=["shop", "web"])
    return [f"{finding} ({finding.hint})" if finding.hint else str(finding) for finding in caught.value.findings]


def test_entries_are_read_with_their_place() -> None:
    first, second = read_ignores(GOOD, file="f.yaml", components=["shop"])
    assert first == IgnoreEntry(
        component="shop",
        kind="Deployment",
        namespace="shop",
        name="web-*",
        fields=(".spec.replicas", ".metadata.annotations.example.com/*"),
        reason="scaled by the load test",
        owner="anna",
        expires=date(2026, 12, 31),
        location=Location("f.yaml", 3, 5),
    )
    assert (second.component, second.fields, second.expires) == ("", (), date(2027, 1, 31))


def test_all_faults_are_told_at_once() -> None:
    text = """\
apiVersion: fairlead.dev/v1
ignore:
  - component: shopp
    kind: Deployment
    name: web
    field: [.spec.replicas]
    reason: ""
    expires: soon
  - {kind: ConfigMap, name: a, fields: [spec.x], reason: r, owner: o, expires: 2026-02-30}
"""
    assert faults(text) == [
        "f.yaml:3:5: missing key: fields",
        "f.yaml:3:5: missing key: owner",
        "f.yaml:3:16: no component matches: shopp (did you mean shop?)",
        "f.yaml:6:5: unknown key: field (did you mean fields?)",
        "f.yaml:7:13: empty text: ''",
        "f.yaml:8:14: not a date: soon (write it like 2026-12-31)",
        "f.yaml:9:41: not a field: spec.x (write it as drift and diff show it, like .spec.replicas;"
        " * is the whole object)",
        "f.yaml:9:80: not a date: 2026-02-30 (write it like 2026-12-31)",
    ]


@pytest.mark.parametrize("key", ["reason", "owner", "expires", "fields", "kind", "name"])
def test_nothing_is_ignored_without_saying_why_who_and_until_when(key: str) -> None:
    lines = [line for line in GOOD.splitlines()[:10] if not line.strip().startswith(f"{key}:")]
    assert faults("\n".join(lines)) == [f"f.yaml:3:5: missing key: {key}"]


def test_an_empty_file_says_how_it_starts() -> None:
    assert faults("") == ["f.yaml:1:1: the file is empty (it starts with `apiVersion: fairlead.dev/v1`)"]


def test_a_project_without_the_file_ignores_nothing(tmp_path: Path) -> None:
    assert load_ignores(tmp_path, components=[]) == ()


def test_the_file_is_beside_the_project_file(tmp_path: Path) -> None:
    (tmp_path / "fairlead.ignore.yaml").write_text(GOOD)
    assert [entry.name for entry in load_ignores(tmp_path, components=["shop"])] == ["web-*", "seen"]
