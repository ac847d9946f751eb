"""`fairlead diff` of two environments of 300 objects each, rendered before."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from pathlib import Path

from benchmarks.bench_cluster import FAIRLEAD, passing_environ
from benchmarks.cost import Cost, Finished, Stopwatch
from benchmarks.options import Options
from benchmarks.projects import write_environments
from benchmarks.result import Result, Row, Series, at_most

RELEASES, OVERLAYS, EACH = 50, 15, 10
NAMES = ("staging", "production")
COLD, KEPT = "cold", "rendered before"


def run(options: Options) -> Result:
    releases, overlays = options.size(RELEASES), options.size(OVERLAYS)
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as made:
        folder = Path(made)
        project = folder / "project"
        project.mkdir()
        write_environments(project, NAMES, releases=releases, overlays=overlays, each=EACH)
        watch = Stopwatch(folder=project, environ=passing_environ(folder), servers=(), log=folder / "last")
        for _ in range(options.runs):
            shutil.rmtree(folder / "cache/fairlead/renders", ignore_errors=True)
            for what in (COLD, KEPT):
                done = watch.run(*FAIRLEAD, "diff", *NAMES, "-o", "json")
                _require(done, differing=releases + overlays)
                costs[what].append(done.cost)
    series = {
        what: Series(program="fairlead", command=f"diff {' '.join(NAMES)}", runs=tuple(costs[what]))
        for what in (COLD, KEPT)
    }
    return Result(
        case="diff",
        title=f"Two environments of {releases * 3 + overlays * EACH} objects each",
        about=f"`fairlead diff` of {releases} Helm releases and {overlays} Kustomize overlays, in each of which one "
        "field differs. Cold: nothing was rendered before.",
        rows=(
            Row(name=COLD, ours=series[COLD]),
            Row(
                name=KEPT,
                ours=series[KEPT],
                bars=(at_most(series[KEPT], "cpu", wanted=2.0, unit="s"),),
                checked=f"{releases + overlays} objects differ, none else",
            ),
        ),
    )


def _require(done: Finished, *, differing: int) -> None:
    (found,) = json.loads(done.expect().out)["comparisons"]
    if len(found["differences"]) != differing:
        raise RuntimeError(f"{len(found['differences'])} objects differ, wanted {differing}")
