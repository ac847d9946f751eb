"""The index: which entry is found, in which ways of writing. Fetching is tried in tests/e2e/test_helm_charts.py."""

from __future__ import annotations

import json

import pytest
import yaml

from fairlead.adapters.helm.chart_version import check_exact
from fairlead.adapters.helm.repository import ChartRepository, find_entry
from fairlead.model.errors import InputError

URL = "https://charts.example.test/stable/"
ENTRIES = {
    "alpha": [{"version": "1.0.0", "urls": ["alpha-1.0.0.tgz"], "digest": "AB12"}],
    "alpha-beta": [{"version": "1.0.0", "urls": ["wrong.tgz"]}],
    "beta": [
        {"version": "v2.0.0", "urls": ["https://other.example.test/b-2.tgz"], "digest": "sha256:12"},
        {"version": "1.10", "urls": ["b.tgz"], "digest": "1234567890"},
        {"version": "2.0.0", "urls": []},
    ],
    "generated": [{"version": "3.0.0", "urls": ["g.tgz"]}],
}
INDEX = {"apiVersion": "v1", "entries": ENTRIES, "generated": "2026-01-01T00:00:00Z"}

HELM_STYLE = yaml.safe_dump(INDEX, default_flow_style=False, sort_keys=True).encode()
WRITTEN = {
    "as helm writes it": HELM_STYLE,
    "with deeper lists": (
        b"entries:\n    alpha:\n      - version: 1.0.0\n        digest: ab12\n"
        b"        urls:\n          - alpha-1.0.0.tgz\n"
        b"    generated:\n      - version: 3.0.0\n        urls: [g.tgz]\n"
    ),
    "with comments and empty lines": HELM_STYLE.replace(b"  alpha:", b"\n# the first\n  alpha:"),
    "with line ends of Windows": HELM_STYLE.replace(b"\n", b"\r\n"),
    "as JSON": json.dumps(INDEX).encode(),
    "in flow style": yaml.safe_dump(INDEX, default_flow_style=True).encode(),
    "with quoted names": HELM_STYLE.replace(b"  alpha:", b'  "alpha":'),
}


@pytest.mark.parametrize("index", WRITTEN.values(), ids=WRITTEN.keys())
def test_an_entry_is_found_however_the_index_is_written(index: bytes) -> None:
    entry = find_entry(index, name="alpha", version="1.0.0", repository=URL)
    assert (entry.url, entry.digest) == (f"{URL}alpha-1.0.0.tgz", "ab12")
    assert find_entry(index, name="generated", version="3.0.0", repository=URL).digest == ""


def test_a_version_is_found_with_or_without_its_v_but_as_written_first() -> None:
    assert find_entry(HELM_STYLE, name="alpha", version="v1.0.0", repository=URL).version == "1.0.0"
    found = find_entry(HELM_STYLE, name="beta", version="v2.0.0", repository=URL)
    assert (found.url, found.digest) == ("https://other.example.test/b-2.tgz", "12")
    with pytest.raises(InputError, match="names no archive"):
        find_entry(HELM_STYLE, name="beta", version="2.0.0", repository=URL)


def test_versions_and_digests_that_look_like_numbers_stay_text() -> None:
    index = b"entries:\n  beta:\n  - version: 1.10\n    digest: 1234567890\n    urls: [b.tgz]\n"
    entry = find_entry(index, name="beta", version="1.10", repository=URL)
    assert (entry.version, entry.digest) == ("1.10", "1234567890")


@pytest.mark.parametrize(("name", "hint"), [("gamma", "no chart of that name"), ("alpha", "it has 1.0.0")])
def test_what_is_not_there_is_named_with_what_is(name: str, hint: str) -> None:
    with pytest.raises(InputError, match="is not in") as caught:
        find_entry(HELM_STYLE, name=name, version="9.9.9", repository="https://user:sesame@charts.example.test/")
    assert hint in caught.value.hint
    assert "sesame" not in caught.value.message


@pytest.mark.parametrize("index", [b"{", b"entries: [", b"<html>\n\t<b", b"\xff\xfe"])
def test_what_is_no_index_is_refused(index: bytes) -> None:
    with pytest.raises(InputError):
        find_entry(index, name="alpha", version="1.0.0", repository=URL)


@pytest.mark.parametrize("version", ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3+build.5"])
def test_an_exact_version(version: str) -> None:
    check_exact("a-chart", version)


@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("a", ""),
        ("a", "1.2"),
        ("a", "^1.2.3"),
        ("a", "1.x.x"),
        ("a", "1.2.3 "),
        ("..", "1.2.3"),
        ("", "1.2.3"),
        ("a/b", "1.2.3"),
    ],
)
def test_what_is_no_exact_version_of_a_chart(name: str, version: str) -> None:
    with pytest.raises(InputError):
        check_exact(name, version)


@pytest.mark.parametrize("url", ["charts", "file:///etc", "ftp://x", ""])
def test_what_is_no_repository(url: str) -> None:
    with pytest.raises(InputError, match="is no chart repository"):
        ChartRepository(url)
