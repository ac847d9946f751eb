"""How long `fairlead --help` takes, against Python importing click alone, in turns."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from benchmarks.bench_cluster import FAIRLEAD, ROOT
from benchmarks.cost import Stopwatch
from benchmarks.options import Options
from benchmarks.result import Bar, Result, Row, Series

RUNS_FOR_ONE = 4
"""So short a command is run more often."""
WANTED = 1.5

CLICK = (sys.executable, "-c", "import click")


def run(options: Options) -> Result:
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as folder:
        environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HOME": folder}
        watch = Stopwatch(folder=Path(folder), environ=environ, servers=(), log=Path(folder) / "last", patience=0.5)
        for words in (CLICK, (*FAIRLEAD, "--help")):
            watch.run(*words).expect()  # fills the page cache and writes bytecode
        pairs = [
            (watch.run(*CLICK).expect().cost, watch.run(*FAIRLEAD, "--help").expect().cost)
            for _ in range(options.runs * RUNS_FOR_ONE)
        ]
    click, shown = zip(*pairs, strict=True)
    ours = Series(program="fairlead", command="--help", runs=shown)
    peer = Series(program="python", command='-c "import click"', runs=click)
    bar = Bar(what="wall, of the peer's", found=round(ours.median("wall") / peer.median("wall"), 3), wanted=WANTED)
    return Result(
        case="help",
        title="The command's start",
        about="`fairlead --help` beside Python that imports click and nothing else.",
        rows=(Row(name="--help", ours=ours, peer=peer, bars=(bar,)),),
    )
