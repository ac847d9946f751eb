"""What `--rev` names: one revision, or two with `..` or `...` between them, as git reads them."""

from __future__ import annotations

import re
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

_NAME: Final = r"((?:(?!\.\.).)*)"
_RANGE: Final = re.compile(rf"{_NAME}(\.\.\.?)(?!\.){_NAME}")


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisionRange:
    """*second* is empty for the working tree. With *from_merge_base* the first state is the commit at which the two
    parted, not *first* itself: what happened there since is left out."""

    first: str
    second: str = ""
    from_merge_base: bool = False


def parse_range(text: str) -> RevisionRange:
    """`main`, `main..HEAD`, `main...HEAD`; what is left out round the dots is HEAD. Raises InputError."""
    found = _RANGE.fullmatch(text)
    if found:
        first, dots, second = found.groups()
        return RevisionRange(first=first or "HEAD", second=second or "HEAD", from_merge_base=dots == "...")
    if text and ".." not in text:
        return RevisionRange(first=text)
    raise InputError(f"not a range of revisions: {text or 'empty'}", hint="write it like main, main..HEAD or v1...v2")
