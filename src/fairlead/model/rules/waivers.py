"""What can be wrong with the waivers."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage

RULES: Final = (
    Rule(
        id="unknown-rule",
        title="A waiver of a rule that does not exist",
        stage=Stage.WAIVERS,
        about="It would waive nothing. Correct the id: the finding names the nearest.",
        example="waivers:\n  - {rule: floating-images, reason: …, owner: …, expires: 2027-01-31}",
    ),
    Rule(
        id="waiver-expired",
        title="A waiver that has ended",
        stage=Stage.WAIVERS,
        about="What it was about counts again. Mend that, or decide anew.",
        severity=Severity.WARNING,
    ),
    Rule(
        id="waiver-unused",
        title="A waiver of nothing",
        stage=Stage.WAIVERS,
        about="What it was about is not found any more, and it would hide the next one of its kind. Remove it.",
        severity=Severity.WARNING,
    ),
)
