"""`fairlead plan` over 1,000 components, none of them changed."""

from __future__ import annotations

import json

from benchmarks.bench_cluster import rig
from benchmarks.options import Options
from benchmarks.projects import write_components
from benchmarks.result import Result, Row, Series, at_most

COMPONENTS = 1000
NOOP = "no-op"


def run(options: Options) -> Result:
    count = options.size(COMPONENTS)
    with rig() as place:
        project = place.folder / "project"
        project.mkdir()
        write_components(project, count, kubeconfig=place.kubeconfig)
        made = place.fairlead(
            project, "deploy", "--yes", "--output", "json", "--parallelism", "16", timeout=900
        ).expect()
        costs = []
        for _ in range(options.runs):
            done = place.fairlead(project, "plan", "--detailed-exitcode", "--output", "json").expect(0)
            steps = [step for step in json.loads(done.out)["steps"] if step["phase"] == "deploy"]
            moved = [step["name"] for step in steps if any(change["action"] != NOOP for change in step["changes"])]
            if len(steps) != count or moved:
                raise RuntimeError(f"{len(steps)} steps planned, {len(moved)} of them with changes: {moved[:3]}")
            costs.append(done.cost)
    ours = Series(program="fairlead", command="plan --detailed-exitcode", runs=tuple(costs))
    first = Series(program="fairlead", command="deploy --yes --parallelism 16", runs=(made.cost,))
    return Result(
        case="planning",
        title=f"A plan over {count} components",
        about="Of ten components, one is a Helm release, one a Kustomize build, eight are two manifests each.",
        rows=(
            Row(
                name="nothing changed",
                ours=ours,
                bars=(at_most(ours, "cpu", wanted=3.0, unit="s"),),
                checked=f"{count} components, each a no-op",
            ),
            Row(name="the first deploy, once", ours=first),
        ),
    )
