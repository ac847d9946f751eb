"""Names that are meant to be others."""

from __future__ import annotations


def is_slip(written: str, meant: str) -> bool:
    """Whether one letter was left out, put in or mistaken, or two changed places; digits tell things apart."""
    start = 0
    while start < min(len(written), len(meant)) and written[start] == meant[start]:
        start += 1
    end = 0
    while end < min(len(written), len(meant)) - start and written[-1 - end] == meant[-1 - end]:
        end += 1
    wrong, right = written[start : len(written) - end], meant[start : len(meant) - end]
    if written == meant or any(not letter.isalpha() for letter in wrong + right):
        return False
    return max(len(wrong), len(right)) == 1 or (len(wrong) == 2 and wrong == right[::-1])


def is_misspelt(written: str, meant: str) -> bool:
    """As `is_slip`; also where only small and capital letters differ, or what stands between words."""
    written, meant = (name.lower().replace("_", "").replace("-", "") for name in (written, meant))
    return written == meant or is_slip(written, meant)
