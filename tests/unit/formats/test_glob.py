"""Shell patterns over paths."""

from __future__ import annotations

import pytest

from fairlead.formats.glob import matches


@pytest.mark.parametrize(
    ("path", "pattern", "wanted"),
    [
        ("apps/shop", "apps/*", True),
        ("apps/shop/base", "apps/*", False),
        ("apps/shop/base", "apps/**", True),
        ("config.json", "**/config.json", True),
        ("a/b/config.json", "**/config.json", True),
        ("a.yaml", "{a.yaml,b.yaml}", True),
        ("c.yaml", "{a.yaml,b.yaml}", False),
        ("x/a-1.yaml", "x/?-[0-9].yaml", True),
        ("x/a-b.yaml", "x/?-[!a-z].yaml", False),
        ("axyaml", "a.yaml", False),
        ("a[", "a[", True),
    ],
)
def test_matches(path: str, pattern: str, wanted: bool) -> None:
    assert matches(path, pattern) is wanted


def test_git_lets_an_asterisk_cross_slashes() -> None:
    assert matches("apps/a/b/config.json", "apps/*/config.json", crosses=True)
