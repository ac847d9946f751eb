"""Each planted fault gives exactly its rule with the real helm, helmfile and kustomize, and the originals none.

`make mutants` plants all of them. Here are those of charts, and one for each rule of the other tables.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from mutants.cases import MUTANTS, charts
from mutants.mutant import Mutant, findings_in
from mutants.originals import ORIGINALS

pytestmark = pytest.mark.e2e

_OTHERS = [mutant for mutant in MUTANTS if mutant.files is not None]
_PLANTED = [*charts.MUTANTS, *{mutant.rule: mutant for mutant in _OTHERS}.values()]


@pytest.mark.parametrize("name", ORIGINALS)
def test_nothing_is_found_in_the_originals(name: str, tmp_path: Path) -> None:
    assert findings_in(ORIGINALS[name], tmp_path / "original") == ()


@pytest.mark.parametrize("mutant", _PLANTED, ids=str)
def test_a_planted_fault_gives_exactly_its_rule(mutant: Mutant, tmp_path: Path) -> None:
    assert findings_in(mutant.spoil(), tmp_path / "spoilt") == (mutant.rule,)
