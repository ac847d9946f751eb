"""Server-side apply of 2,000 mixed objects: Fairlead's client beside `kubectl apply --server-side`.

What the client does is measured by a program of its own (`benchmarks/apply_objects.py`), which reads the same files.
The verb `deploy` does more: it looks, asks by dry-runs, waits and records. It is measured beside it, without a bar.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from benchmarks.bench_cluster import ROOT, Rig, rig
from benchmarks.cost import Cost
from benchmarks.options import Options
from benchmarks.projects import write_objects
from benchmarks.result import Result, Row, Series, faster

OBJECTS = 2000
COMPONENTS = 10
KINDS = ("configmaps", "services", "secrets", "serviceaccounts", "roles", "deployments")
CREATED, AGAIN = "created", "again, unchanged"
MANIFESTS = "manifests"
DEPLOYS = 3
"""Runs of the verb, which has no bar here."""


def run(options: Options) -> Result:
    each = options.size(OBJECTS) // COMPONENTS
    ours: dict[str, list[Cost]] = defaultdict(list)
    peer: dict[str, list[Cost]] = defaultdict(list)
    verb: dict[str, list[Cost]] = defaultdict(list)
    with rig() as place:
        project = place.folder / "project"
        project.mkdir()
        spaces = write_objects(project, components=COMPONENTS, each=each, kubeconfig=place.kubeconfig)
        count = each * COMPONENTS
        for number in range(options.runs):
            _round(place, project, spaces, count, costs=peer, command=("kubectl", *_KUBECTL, MANIFESTS))
            _round(place, project, spaces, count, costs=ours, command=(sys.executable, _CLIENT, MANIFESTS))
            if number < DEPLOYS:
                _deploy(place, project, costs=verb)
    return _result(count, ours, peer, verb)


_KUBECTL = ("apply", "--server-side", "--filename")
_CLIENT = str(ROOT / "benchmarks" / "apply_objects.py")


def _round(
    place: Rig,
    project: Path,
    namespaces: tuple[str, ...],
    count: int,
    *,
    costs: dict[str, list[Cost]],
    command: tuple[str, ...],
) -> None:
    for namespace in namespaces:
        place.kubectl("create", "namespace", namespace)
    for row in (CREATED, AGAIN):
        costs[row].append(place.stopwatch(project).run(*command).expect().cost)
        _require_all(place, count)
    place.wipe()


def _deploy(place: Rig, project: Path, *, costs: dict[str, list[Cost]]) -> None:
    costs[CREATED].append(place.fairlead(project, "deploy", "--yes", "--output", "json").expect().cost)
    costs[AGAIN].append(place.fairlead(project, "deploy", "--yes", "--output", "json").expect().cost)
    place.wipe()


def _require_all(place: Rig, count: int) -> None:
    words = ("get", ",".join(KINDS), "--all-namespaces", "--selector", "app.kubernetes.io/part-of=bench")
    found = len(place.kubectl(*words, "--output=name").split())
    if found != count:
        raise RuntimeError(f"{found} objects are there, wanted {count}")


def _result(
    count: int, ours: dict[str, list[Cost]], peer: dict[str, list[Cost]], verb: dict[str, list[Cost]]
) -> Result:
    def series(program: str, command: str, costs: list[Cost]) -> Series:
        return Series(program=program, command=command, runs=tuple(costs))

    rows = []
    for name in (CREATED, AGAIN):
        own = series("fairlead's client", "apply, 32 at once", ours[name])
        other = series("kubectl", "apply --server-side", peer[name])
        bars = (faster(own, other, wanted=2.2),)
        rows.append(Row(name=name, ours=own, peer=other, bars=bars, checked=f"{count} objects there after each run"))
    for name in (CREATED, AGAIN):
        other = series("kubectl", "apply --server-side", peer[name])
        rows.append(Row(name=f"{name}, by deploy", ours=series("fairlead", "deploy --yes", verb[name]), peer=other))
    return Result(
        case="apply",
        title=f"Server-side apply of {count} mixed objects",
        about="ConfigMaps, Services, Secrets, ServiceAccounts, Roles and Deployments that stand still, as YAML files.",
        rows=tuple(rows),
        notes=(
            "`deploy` looks first, asks by a dry-run of each object, waits, and keeps a record; kubectl only writes.",
        ),
    )
