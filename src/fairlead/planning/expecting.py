"""Which differences between two environments somebody declared: they are counted, and not shown."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterable

from fairlead.model.comparison import Comparison, Difference, Expected, ExpectedEntry
from fairlead.model.objects import ObjectRef
from fairlead.planning.ignoring import covers, matches

CHART = "Chart"


def without_expected(found: Comparison, entries: Iterable[ExpectedEntry]) -> Comparison:
    """*found* without what *entries* explain. The first entry that fits counts."""
    about = tuple(entry for entry in entries if entry.is_about(found.first, found.second))
    uses: Counter[int] = Counter()
    left = tuple(kept for one in found.differences if (kept := _unexpected(one, about, uses)) is not None)
    return dataclasses.replace(
        found,
        differences=left,
        expected=tuple(Expected(entry=e, count=uses[n]) for n, e in enumerate(about) if uses[n]),
        unused=tuple(e for n, e in enumerate(about) if not uses[n]),
    )


def _unexpected(one: Difference, entries: tuple[ExpectedEntry, ...], uses: Counter[int]) -> Difference | None:
    fitting = [(n, entry) for n, entry in enumerate(entries) if _fits(entry, one)]
    if not fitting:
        return one
    if not one.fields:
        whole = next((n for n, entry in fitting if covers(entry, "")), None)
        uses.update([] if whole is None else [whole])
        return one if whole is None else None
    kept = []
    for field in one.fields:
        reason = next((n for n, entry in fitting if covers(entry, field.path)), None)
        if reason is None:
            kept.append(field)
        else:
            uses[reason] += 1
    return dataclasses.replace(one, fields=tuple(kept)) if kept else None


def _fits(entry: ExpectedEntry, one: Difference) -> bool:
    refs = [ref for ref in (one.first, one.second) if ref] or [ObjectRef(kind=CHART, name=one.component)]
    return any(matches(entry, one.component, ref) for ref in refs)
