"""A drift check of 5,000 objects of which 25 drifted: `fairlead drift` beside `kubectl diff --server-side`.

Planted are changed values, removed labels and deleted objects; and foreign labels, which are nobody's drift.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

from benchmarks.bench_cluster import Rig, rig
from benchmarks.cost import Cost, Finished
from benchmarks.options import Options
from benchmarks.projects import write_objects
from benchmarks.result import Result, Row, Series, at_most, share

OBJECTS = 5000
COMPONENTS = 25
MEMORY_MB = 300.0
DRIFTED = 2  # the exit code
DIFFERENT = 1  # kubectl's
_NAMED = re.compile(r"^diff .* \S*/LIVE-\d+/(?:\S+?\.)?v\w+\.(\w+)\.([a-z0-9-]+)\.(\S+) ", re.MULTILINE)

Named = tuple[str, str, str]
"""Kind, namespace and name of an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    found: frozenset[Named]
    bait: int


def run(options: Options) -> Result:
    each = options.size(OBJECTS) // COMPONENTS
    ours: list[Cost] = []
    peer: list[Cost] = []
    with rig() as place:
        project = place.folder / "project"
        project.mkdir()
        spaces = write_objects(project, components=COMPONENTS, each=each, kubeconfig=place.kubeconfig)
        place.fairlead(project, "deploy", "--yes", "--output", "json", timeout=900).expect()
        calm = place.fairlead(project, "drift", "--output", "json").expect(0)
        _require_same(_own_findings(calm), frozenset(), "before anything was planted")
        planted = _plant(place, spaces)
        for number in range(options.runs):
            found = place.fairlead(project, "drift", "--output", "json").expect(DRIFTED)
            _require_same(_own_findings(found), planted.found, f"fairlead, run {number + 1}")
            ours.append(found.cost)
            compared = _kubectl_diff(place, project)
            _require_same(_peer_findings(compared), planted.found, f"kubectl, run {number + 1}")
            peer.append(compared.cost)
    return _result(each * COMPONENTS, planted, ours=ours, peer=peer)


def _kubectl_diff(place: Rig, project: Path) -> Finished:
    words = ("--server-side", "--force-conflicts", "--concurrency=32", "--filename", "manifests")
    return place.stopwatch(project).run("kubectl", "diff", *words).expect(DIFFERENT)


def _plant(place: Rig, namespaces: tuple[str, ...]) -> Planted:
    """One drift in each namespace: of three, a value changed, a label removed, an object deleted. Names as in
    `projects.mixed_objects`."""
    found: set[Named] = set()
    words: tuple[str, ...]
    for number, namespace in enumerate(namespaces):
        match number % 3:
            case 0:
                words = ("patch", "configmap", "object-0000", "--type=merge", '--patch={"data": {"key-03": "by hand"}}')
                found.add(("ConfigMap", namespace, "object-0000"))
            case 1:
                words = ("label", "deployment", "object-0004", "app.kubernetes.io/part-of-")
                found.add(("Deployment", namespace, "object-0004"))
            case _:
                words = ("delete", "service", "object-0001")
                found.add(("Service", namespace, "object-0001"))
        place.kubectl("--namespace", namespace, *words)
        place.kubectl("--namespace", namespace, "label", "role", "object-0008", "somebody=else")
    return Planted(found=frozenset(found), bait=len(namespaces))


def _own_findings(done: Finished) -> frozenset[Named]:
    targets = (drift["target"] for drift in json.loads(done.out).get("drifts", []))
    return frozenset((target["kind"], target["namespace"], target["name"]) for target in targets)


def _peer_findings(done: Finished) -> frozenset[Named]:
    return frozenset((kind, namespace, name) for kind, namespace, name in _NAMED.findall(done.out))


def _require_same(found: frozenset[Named], wanted: frozenset[Named], what: str) -> None:
    if found != wanted:
        raise RuntimeError(f"{what}: missed {sorted(wanted - found)[:5]}, false {sorted(found - wanted)[:5]}")


def _result(count: int, planted: Planted, *, ours: list[Cost], peer: list[Cost]) -> Result:
    own = Series(program="fairlead", command="drift", runs=tuple(ours))
    other = Series(program="kubectl", command="diff --server-side --force-conflicts --concurrency 32", runs=tuple(peer))
    bars = (share(own, other, wanted=1 / 20), at_most(own, "memory", wanted=MEMORY_MB, unit="MB"))
    said = f"both found the same {len(planted.found)} objects and no other; {planted.bait} foreign labels are no drift"
    return Result(
        case="drift",
        title=f"A drift check of {count} objects, {len(planted.found)} of them drifted",
        about=(
            "ConfigMaps, Services, Secrets, ServiceAccounts, Roles and Deployments, applied by Fairlead. By kubectl, "
            "values were changed, labels removed and objects deleted."
        ),
        rows=(Row(name="one check", ours=own, peer=other, bars=bars, checked=said),),
    )
