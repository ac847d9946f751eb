"""Each case was tried on helm 4.3.1's own loader by tests/e2e/test_helm_charts.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.helm.helmignore import is_ignored, parse_ignore_rules
from fairlead.model.errors import InputError


def ignored(rules: str, path: str, *, is_folder: bool = False) -> bool:
    return is_ignored(path, is_folder=is_folder, rules=parse_ignore_rules(rules, file=".helmignore"))


@pytest.mark.parametrize(
    ("rules", "path", "expected"),
    [
        ("", "values.yaml", False),
        ("", "templates/.hidden", True),
        ("", "templates/.", False),
        ("# *.bak", "a.bak", False),
        ("*.bak", "a.bak", True),
        ("*.bak", "docs/deep/a.bak", True),
        ("  *.bak  ", "a.bak", True),
        ("/*.bak", "a.bak", True),
        ("/*.bak", "docs/a.bak", False),
        ("docs/*.bak", "docs/a.bak", True),
        ("docs/*.bak", "docs/deep/a.bak", False),
        ("docs/*.bak", "x/docs/a.bak", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("a[b-d].txt", "ac.txt", True),
        ("a[b-d].txt", "ae.txt", False),
        ("a[^b-d].txt", "ae.txt", True),
        ("a[d-b].txt", "ac.txt", False),
        (r"a\*.txt", "a*.txt", True),
        (r"a\*.txt", "ab.txt", False),
        ("x[/]y/z", "x/y/z", True),
        ("\ufeff*.bak", "a.bak", True),
        ("!keep.txt", "other.txt", True),
        ("!keep.txt", "keep.txt", False),
        ("!keep.txt\n*.txt", "keep.txt", True),
        ("a+b(c)", "a+b(c)", True),
    ],
)
def test_which_files_are_left_out(rules: str, path: str, expected: bool) -> None:
    assert ignored(rules, path) is expected


def test_a_rule_that_ends_in_a_slash_is_about_folders() -> None:
    assert ignored("docs/", "docs", is_folder=True)
    assert ignored("docs/", "deep/docs", is_folder=True)
    assert not ignored("docs/", "docs")
    assert ignored("!docs/", "docs")


@pytest.mark.parametrize("rule", ["a**b", "[", "[]", "[a", "a[]b]", "a[-b]", "x\\", "[a-]"])
def test_a_pattern_that_helm_refuses_is_named_with_its_line(rule: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_ignore_rules(f"# first\n{rule}\n", file="app/.helmignore")
    assert str(caught.value.location) == "app/.helmignore:2:1"


@given(st.text(alphabet="ab*?[]^-\\/.!", max_size=12), st.text(alphabet="ab/.-^", min_size=1, max_size=8))
def test_every_pattern_is_either_read_or_refused(rule: str, path: str) -> None:
    try:
        ignored(rule, path)
    except InputError:
        return


@given(
    st.text(alphabet="ab.-/ é", min_size=1, max_size=10).map(str.strip).filter(lambda s: s.strip("/") and s[-1] != "/")
)
def test_a_pattern_without_signs_matches_itself_only(path: str) -> None:
    path = path.strip("/")
    assert ignored(f"/{path}", path)
    assert not ignored(f"/{path}", f"{path}x")
