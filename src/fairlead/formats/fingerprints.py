"""What stays the same of a finding while lines move round it: how a code host knows it again."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Final

from fairlead.model.finding import Finding
from fairlead.model.validation import placed

_PLACES: Final = re.compile(r"\bline \d+(?:, column \d+)?|:\d+(?::\d+)?\b")


def fingerprints(findings: Iterable[Finding]) -> tuple[str, ...]:
    """One for each of *findings*, which are in their order; equal ones in one file are counted."""
    seen: Counter[str] = Counter()
    made = []
    for finding in findings:
        text = _text(finding)
        seen[text] += 1
        made.append(hashlib.sha256(f"{text}\0{seen[text]}".encode()).hexdigest()[:32])
    return tuple(made)


def _text(finding: Finding) -> str:
    place = placed(finding)
    said = _PLACES.sub("", finding.message)
    return "\0".join((finding.rule, place.file if place else "", str(finding.ref or ""), finding.component, said))
