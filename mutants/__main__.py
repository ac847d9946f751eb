"""`python -m mutants`: plant every mutant, say what was found of each, and end with 1 where one was not."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from mutants.cases import MUTANTS
from mutants.mutant import findings_in
from mutants.originals import ORIGINALS


def main() -> int:
    wrong = 0
    with tempfile.TemporaryDirectory() as place:
        for name, files in ORIGINALS.items():
            wrong += _say(f"the {name}", wanted=(), found=findings_in(files, Path(place) / name))
        for number, mutant in enumerate(MUTANTS):
            found = findings_in(mutant.spoil(), Path(place) / str(number))
            wrong += _say(str(mutant), wanted=(mutant.rule,), found=found)
    rules = {mutant.rule for mutant in MUTANTS}
    print(f"{len(MUTANTS)} mutants of {len(rules)} rules: {wrong} not as they should be")
    return 1 if wrong else 0


def _say(name: str, *, wanted: tuple[str, ...], found: tuple[str, ...]) -> int:
    is_wrong = wanted != found
    instead = f" -> {', '.join(found) or 'nothing'}" if is_wrong else ""
    print(f"{'WRONG' if is_wrong else 'ok   '} {name}{instead}")
    return int(is_wrong)


if __name__ == "__main__":
    sys.exit(main())
