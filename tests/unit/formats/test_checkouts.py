"""Which checkout a path lies in."""

from __future__ import annotations

import pytest

from fairlead.formats.checkouts import checkout_of

CHECKOUTS = ("/a/shop", "/a/shop-two")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/a/shop", "/a/shop"),
        ("/a/shop/deploy", "/a/shop"),
        ("/a/shop-two/deploy", "/a/shop-two"),
        ("/a/shop/../secret", ""),
        ("/a", ""),
        ("a/shop", ""),
        ("deploy", ""),
    ],
)
def test_a_path_lies_in_one_checkout_or_in_none(path: str, found: str) -> None:
    assert checkout_of(path, CHECKOUTS) == found
