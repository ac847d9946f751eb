"""Each planted fault that needs no tool gives exactly its rule, and the original none."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fairlead.model.rule import OFFLINE
from fairlead.model.rules import RULES
from mutants.cases import MUTANTS
from mutants.mutant import Mutant, findings_in
from mutants.originals import ORIGINALS

PLAIN = [mutant for mutant in MUTANTS if not mutant.needs_tools]


@pytest.mark.parametrize("name", ["original", "terraform", "folders"])
def test_nothing_is_found_in_the_originals(name: str, tmp_path: Path) -> None:
    assert findings_in(ORIGINALS[name], tmp_path / name) == ()


@pytest.mark.parametrize("mutant", PLAIN, ids=str)
def test_a_planted_fault_gives_exactly_its_rule(mutant: Mutant, tmp_path: Path) -> None:
    assert findings_in(mutant.spoil(), tmp_path / "spoilt") == (mutant.rule,)


def test_each_rule_has_at_least_three_mutants() -> None:
    counts = Counter(mutant.rule for mutant in MUTANTS)
    assert {rule: count for rule, count in counts.items() if count < 3} == {}


def test_mutants_are_told_apart() -> None:
    assert len({str(mutant) for mutant in MUTANTS}) == len(MUTANTS)


def test_mutants_are_of_rules_that_validate_evaluates() -> None:
    assert {m.rule for m in MUTANTS if m.rule not in RULES or RULES[m.rule].stage not in OFFLINE} == set()
