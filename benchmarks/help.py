"""How long `fairlead --help` takes, against Python importing click alone: medians of 20 runs, taken in turns.

    python benchmarks/help.py

Wanted: at most 1.5 times as long.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Sequence

RUNS = 20
WANTED = 1.5

CLICK = (sys.executable, "-c", "import click")
HELP = (sys.executable, "-c", "from fairlead.cli.main import main; main(['--help'])")


def seconds(command: Sequence[str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - started


def main() -> int:
    for command in (CLICK, HELP):
        seconds(command)  # fills the page cache and writes bytecode
    taken = [(seconds(CLICK), seconds(HELP)) for _ in range(RUNS)]
    click, shown = (statistics.median(column) for column in zip(*taken, strict=True))
    ratio = shown / click
    print(f"import click     {click * 1000:6.1f} ms")
    print(f"fairlead --help  {shown * 1000:6.1f} ms")
    print(f"ratio            {ratio:6.2f}    (wanted: at most {WANTED})")
    return 0 if ratio <= WANTED else 1


if __name__ == "__main__":
    sys.exit(main())
