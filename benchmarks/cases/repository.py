"""`fairlead validate` on a Flux repository without a project file: at first, unchanged, and with one file changed."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from benchmarks.bench_cluster import FAIRLEAD, passing_environ
from benchmarks.cost import Cost, Finished, Stopwatch
from benchmarks.flux_repository import CHANGED, write_charts, write_flux_repository
from benchmarks.options import Options
from benchmarks.result import Result, Row, Series, at_most

KUSTOMIZATIONS, RELEASES = 100, 70
OBJECTS_OF_APP = 3
OBJECTS_OF_CHART = 3
BARS: Mapping[str, float] = {"cold": 10.0, "unchanged": 2.0, "one file changed": 3.0}
"""Seconds of wall time, on two processors."""


def run(options: Options) -> Result:
    kustomizations, releases = options.size(KUSTOMIZATIONS), options.size(RELEASES)
    costs: dict[str, list[Cost]] = defaultdict(list)
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as made:
        folder = Path(made)
        project = folder / "ops"
        write_flux_repository(project, kustomizations=kustomizations, releases=releases)
        write_charts(folder / "charts")
        environ = passing_environ(folder)
        watch = Stopwatch(folder=project, environ=environ, servers=(), log=folder / "last")
        for number in range(options.runs):
            shutil.rmtree(folder / "cache/fairlead/renders", ignore_errors=True)
            for what in BARS:
                if what == "one file changed":
                    _change(project / CHANGED, number)
                done = watch.run(*FAIRLEAD, "validate", "--chart-source", str(folder / "charts"), "-o", "json")
                _require(done, kustomizations=kustomizations, releases=releases)
                costs[what].append(done.cost)
    return _result(costs, kustomizations, releases)


def _change(file: Path, number: int) -> None:
    file.write_text(f"{file.read_text()}# {number}\n".replace("hello", f"hello {number}", 1))


def _require(done: Finished, *, kustomizations: int, releases: int) -> None:
    found = json.loads(done.expect().out)
    wanted = _objects(kustomizations, releases)
    if found.get("findings") or found["checked"] != wanted:
        raise RuntimeError(f"{found['checked']} objects, wanted {wanted}: {found.get('findings', [])[:5]}")


def _objects(kustomizations: int, releases: int) -> int:
    """Those of the apps and charts; the Kustomizations, that of the cluster among them; and two sources."""
    return kustomizations * (OBJECTS_OF_APP + 1) + releases * OBJECTS_OF_CHART + 1 + 2


def _result(costs: Mapping[str, list[Cost]], kustomizations: int, releases: int) -> Result:
    rows = []
    for what, wanted in BARS.items():
        series = Series(program="fairlead", command="validate --chart-source", runs=tuple(costs[what]))
        seen = f"{_objects(kustomizations, releases)} objects checked, no finding"
        rows.append(Row(name=what, ours=series, bars=(at_most(series, "wall", wanted=wanted, unit="s"),), checked=seen))
    return Result(
        case="repository",
        title="A Flux repository",
        about=f"`fairlead validate` on a Flux repository of {kustomizations} Kustomizations and {releases} Helm "
        "releases, without a project file: everything is built and checked against its schema. Cold: nothing was "
        "rendered before.",
        rows=tuple(rows),
    )
