"""Each planted fault of a chart gives exactly its rule with the real helm, and the original none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants.cases import MUTANTS
from mutants.mutant import Mutant, findings_in
from mutants.original import WITH_CHART

pytestmark = pytest.mark.e2e


def test_nothing_is_found_in_the_original(tmp_path: Path) -> None:
    assert findings_in(WITH_CHART, tmp_path / "original") == ()


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.needs_tools], ids=str)
def test_a_planted_fault_gives_exactly_its_rule(mutant: Mutant, tmp_path: Path) -> None:
    assert findings_in(mutant.spoil(), tmp_path / "spoilt") == (mutant.rule,)
