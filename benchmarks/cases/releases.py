"""100 releases of three objects: Fairlead's `deploy` beside `helmfile sync --wait`.

Each round begins with an empty cluster. The peer runs at the concurrency that was fastest for it in a trial.
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

from benchmarks.bench_cluster import FAIRLEAD, Rig, rig
from benchmarks.cost import Cost, Finished
from benchmarks.options import Options
from benchmarks.peer import HELMFILE
from benchmarks.projects import namespace_of, release_names, write_releases, write_values
from benchmarks.result import Bar, Result, Row, Series, at_most, share

RELEASES = 100
CONCURRENCIES = (4, 8, 16)
KINDS = ("configmaps", "services", "deployments")
COLD, SAME, ONE, DELETED = "cold", "no change", "one changed", "one ConfigMap deleted by hand"
STARTED = ("helm", "kustomize", "tofu", "kubectl")


def run(options: Options) -> Result:
    count = options.size(RELEASES)
    with rig() as place:
        project = place.folder / "project"
        project.mkdir()
        write_releases(project, count, kubeconfig=place.kubeconfig)
        concurrency, tries = _best_concurrency(place, project)
        rounds = _Rounds(place=place, project=project, count=count, concurrency=concurrency)
        for number in range(options.runs):
            rounds.peer(number)
            rounds.ours(number)
        started = rounds.programs_started()
    return Result(
        case="releases",
        title=f"{count} Helm releases of three objects",
        about=(
            f"A Deployment, a Service and a ConfigMap each, one chart, {count} files of values. "
            f"`fairlead deploy` beside `helmfile sync --wait --skip-deps --concurrency {concurrency}` with the same "
            "helm on the same cluster, in turns, each round on an empty cluster."
        ),
        rows=_rows(rounds, count, started),
        notes=(
            f"helmfile's concurrency, tried with nothing changed: {tries}.",
            "`helmfile apply` compares first, by the plugin helm-diff, which cannot be had here.",
            "helmfile does not look at live objects: it does not find the deleted ConfigMap, so that row has no peer.",
        ),
    )


def _best_concurrency(place: Rig, project: Path) -> tuple[int, str]:
    """The concurrency at which helmfile is fastest where nothing changed, and what was tried."""
    _helmfile(place, project, CONCURRENCIES[-1])
    walls = {number: _helmfile(place, project, number).cost.wall for number in CONCURRENCIES}
    place.wipe()
    return min(walls, key=walls.__getitem__), ", ".join(f"{n}: {wall:.1f} s" for n, wall in walls.items())


def _helmfile(place: Rig, project: Path, concurrency: int) -> Finished:
    words = ("sync", "--wait", "--skip-deps", "--concurrency", str(concurrency))
    return place.stopwatch(project).run(HELMFILE.name, "--file", "helmfile.yaml", *words).expect()


class _Rounds:
    """What was measured so far, by row, and that the two came to the same."""

    def __init__(self, *, place: Rig, project: Path, count: int, concurrency: int) -> None:
        self._place = place
        self._project = project
        self._count = count
        self._concurrency = concurrency
        self._changed = release_names(count)[count // 2]
        self._wanted: dict[str, Any] = {}
        self.peers: dict[str, list[Cost]] = defaultdict(list)
        self.own: dict[str, list[Cost]] = defaultdict(list)

    def peer(self, number: int) -> None:
        def sync() -> Cost:
            return _helmfile(self._place, self._project, self._concurrency).cost

        write_values(self._project, self._changed, greeting="hello")
        self.peers[COLD].append(sync())
        self.peers[SAME].append(sync())
        write_values(self._project, self._changed, greeting=f"changed in round {number}")
        self.peers[ONE].append(sync())
        self._wanted = _essence(self._place)
        self._place.wipe()

    def ours(self, number: int) -> None:
        write_values(self._project, self._changed, greeting="hello")
        self.own[COLD].append(self._deploy(changed=self._count))
        self.own[SAME].append(self._deploy(changed=0))
        self._delete_by_hand()
        self.own[DELETED].append(self._deploy(changed=1))
        write_values(self._project, self._changed, greeting=f"changed in round {number}")
        self.own[ONE].append(self._deploy(changed=1))
        _require(_essence(self._place) == self._wanted, "the objects differ from those that helmfile made")
        plan = self._place.fairlead(self._project, "plan", "--detailed-exitcode", "--output", "json")
        _require(plan.code == 0, "the plan after the deploy is not empty")
        if number == 0:
            self._started = self._trace()
        self._place.wipe()

    def programs_started(self) -> list[str]:
        return self._started

    def _deploy(self, *, changed: int) -> Cost:
        done = self._place.fairlead(self._project, "deploy", "--yes", "--output", "json").expect()
        steps = json.loads(done.out)["run"]["steps"]
        moved = [name for name, step in steps.items() if step["kind"] == "helm-upgrade" and _is_changed(step)]
        _require(len(moved) == changed, f"{len(moved)} releases written, wanted {changed}")
        return done.cost

    def _delete_by_hand(self) -> None:
        number = release_names(self._count).index(self._changed)
        self._place.kubectl("delete", "configmap", self._changed, "--namespace", namespace_of(number))

    def _trace(self) -> list[str]:
        """The programs that a deploy with nothing changed starts, seen from outside; empty without strace."""
        log = self._place.folder / "exec.log"
        watch = self._place.stopwatch(self._project)
        try:
            words = ("strace", "-f", "-qq", "-e", "trace=execve", "-o", str(log))
            watch.run(*words, *FAIRLEAD, "deploy", "--yes", "--output", "json").expect()
        except FileNotFoundError:
            return []
        lines = (line for line in log.read_text(errors="replace").splitlines() if line.endswith(" = 0"))
        return sorted({line.partition('execve("')[2].partition('"')[0].rpartition("/")[2] for line in lines})


def _is_changed(step: dict[str, Any]) -> bool:
    return bool((step.get("result") or {}).get("outcome") == "changed")


def _require(condition: bool, fault: str) -> None:
    if not condition:
        raise RuntimeError(fault)


def _essence(place: Rig) -> dict[str, Any]:
    """What the objects say, without what the cluster adds or what differs between two installations."""
    return {
        f"{item['kind']} {item['metadata']['namespace']}/{item['metadata']['name']}": {
            "labels": item["metadata"].get("labels"),
            "data": item.get("data"),
            "spec": {k: v for k, v in item.get("spec", {}).items() if k not in ("clusterIP", "clusterIPs")},
        }
        for item in place.objects(KINDS)
        if item["metadata"]["name"] != "kube-root-ca.crt"
    }


def _rows(rounds: _Rounds, count: int, started: list[str]) -> tuple[Row, ...]:
    same = f"{count * 3} objects, the same as helmfile's; the plan afterwards is empty"
    ours = {name: Series(program="fairlead", command="deploy --yes", runs=tuple(r)) for name, r in rounds.own.items()}
    peers = {name: Series(program="helmfile", command="sync --wait", runs=tuple(r)) for name, r in rounds.peers.items()}
    against = Bar(
        what="wall, of that with no change",
        found=round(ours[DELETED].median("wall") / ours[SAME].median("wall"), 3),
        wanted=1.5,
    )
    calm = (
        share(ours[SAME], peers[SAME], wanted=1 / 20),
        at_most(ours[SAME], "cpu", wanted=1.5, unit="s"),
        Bar(what="helm, kustomize, tofu or kubectl started", found=sum(n in STARTED for n in started), wanted=0),
    )
    seen = f"programs started: {', '.join(started)}" if started else "no strace here: which programs start was not seen"
    return (
        Row(name=COLD, ours=ours[COLD], peer=peers[COLD], bars=(share(ours[COLD], peers[COLD], wanted=0.55),)),
        Row(name=SAME, ours=ours[SAME], peer=peers[SAME], bars=calm, checked=seen),
        Row(
            name=ONE,
            ours=ours[ONE],
            peer=peers[ONE],
            bars=(share(ours[ONE], peers[ONE], wanted=1 / 12),),
            checked=f"one release written; {same}",
        ),
        Row(name=DELETED, ours=ours[DELETED], bars=(against,), checked="found, and one release written"),
    )
