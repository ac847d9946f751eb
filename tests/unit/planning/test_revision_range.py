from __future__ import annotations

import pytest

from fairlead.model.errors import InputError
from fairlead.planning.revision_range import RevisionRange, parse_range


@pytest.mark.parametrize(
    ("text", "first", "second", "from_merge_base"),
    [
        ("main", "main", "", False),
        ("main..HEAD", "main", "HEAD", False),
        ("main...topic", "main", "topic", True),
        ("main..", "main", "HEAD", False),
        ("...topic", "HEAD", "topic", True),
        ("v1.2.3..v1.3.0", "v1.2.3", "v1.3.0", False),
    ],
)
def test_a_range_is_read_as_git_reads_it(text: str, first: str, second: str, from_merge_base: bool) -> None:
    assert parse_range(text) == RevisionRange(first=first, second=second, from_merge_base=from_merge_base)


@pytest.mark.parametrize("text", ["", "a..b..c", "a....b"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_range(text)
