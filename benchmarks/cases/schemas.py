"""`fairlead validate` over the output of eleven charts, beside kubeconform with the same schemas."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from benchmarks.bench_cluster import FAIRLEAD, ROOT
from benchmarks.cost import Stopwatch
from benchmarks.options import Options
from benchmarks.peer import tool
from benchmarks.result import Result, Row, Series, share
from benchmarks.schema_files import write_schemas
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.objects import Manifest

MINOR = "1.34"
SPOILT = 5
"""Every so manieth object gets a fault."""

Verdict = frozenset[tuple[str, str]]


def run(options: Options) -> Result:
    with tempfile.TemporaryDirectory(prefix="fairlead-bench-") as name:
        folder = Path(name)
        objects = _write_project(folder / "good")
        _write_spoilt(folder / "spoilt", objects)
        schemas = write_schemas(folder / "schemas", objects, minor=MINOR)
        peer = (tool("kubeconform"), "-n", str(os.cpu_count()), "-output", "json", "-schema-location", schemas)
        ours = (*FAIRLEAD, "validate", "-q", "-o", "json")
        watch = {kind: _stopwatch(folder, kind) for kind in ("good", "spoilt")}
        agreed = _agreed(watch["spoilt"], ours, (*peer, "manifests"))
        _agreed(watch["good"], ours, (*peer, "manifests"))
        pairs = [
            (watch["good"].run(*ours).expect().cost, watch["good"].run(*peer, "manifests").expect().cost)
            for _ in range(options.runs)
        ]
    spent, peers = zip(*pairs, strict=True)
    mine = Series(program="fairlead", command="validate -o json", runs=spent)
    other = Series(program="kubeconform", command="-n 2 -output json", runs=peers)
    checked = (
        f"{len(objects)} objects, the same verdict on each; of {len(objects)} with faults planted, {agreed} refused"
    )
    return Result(
        case="schemas",
        title=f"{len(objects)} objects against their schemas",
        about="Both read the same files and the same schemas. Fairlead evaluates all its other rules besides.",
        rows=(
            Row(
                name="read and checked", ours=mine, peer=other, bars=(share(mine, other, wanted=1.0),), checked=checked
            ),
        ),
    )


def _stopwatch(folder: Path, kind: str) -> Stopwatch:
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "src"), "HOME": str(folder)}
    return Stopwatch(folder=folder / kind, environ=environ, servers=(), log=folder / f"last-{kind}", patience=0.5)


def _write_project(folder: Path) -> list[Manifest]:
    """The charts' outputs as they are, each a component."""
    source = next(above / "shared" / "inputs" / "rendered" for above in ROOT.parents if (above / "shared").is_dir())
    manifests = folder / "manifests"
    manifests.mkdir(parents=True)
    objects: list[Manifest] = []
    for file in sorted(source.glob("*.yaml")):
        (manifests / file.name).write_text(file.read_text())
        objects += [d.data for d in expand_lists(read_documents(file.read_text(), file=file.name).documents)]
    _write_file(folder, [file.name for file in sorted(manifests.iterdir())])
    return objects


def _write_spoilt(folder: Path, objects: list[Manifest]) -> None:
    (folder / "manifests").mkdir(parents=True)
    spoilt = [_spoil(each, index) if index % SPOILT == 0 else each for index, each in enumerate(objects)]
    text = "\n---\n".join(json.dumps(each) for each in spoilt)
    (folder / "manifests" / "all.yaml").write_text(text)
    _write_file(folder, ["all.yaml"])


def _spoil(manifest: Manifest, index: int) -> Manifest:
    """An unknown field, or one of another type."""
    if index % 2:
        return {**manifest, "metadata": {**manifest["metadata"], "labels": 5}}
    return {**manifest, "spek": {}}


def _write_file(folder: Path, files: list[str]) -> None:
    components = [{"name": f.removesuffix(".yaml"), "namespace": "a", "manifests": f"manifests/{f}"} for f in files]
    project = {"apiVersion": "fairlead.dev/v1", "project": "bench", "environments": {"local": {"kubernetes": MINOR}}}
    (folder / "fairlead.yaml").write_text(json.dumps({**project, "components": components}))


def _agreed(watch: Stopwatch, ours: tuple[str | Path, ...], peer: tuple[str | Path, ...]) -> int:
    """How many objects both refuse. Raises RuntimeError where they differ."""
    mine, other = _our_verdict(watch.run(*ours).out), _peer_verdict(watch.run(*peer).out)
    if mine != other:
        raise RuntimeError(
            f"only fairlead refuses {sorted(mine - other)[:5]}, only the peer {sorted(other - mine)[:5]}"
        )
    return len(mine)


def _our_verdict(text: str) -> Verdict:
    found = [finding["ref"] for finding in json.loads(text)["findings"] if finding["rule"] == "schema"]
    return frozenset((ref["kind"], ref["name"]) for ref in found)


def _peer_verdict(text: str) -> Verdict:
    listed = json.loads(text)["resources"]
    return frozenset((each["kind"], each["name"]) for each in listed if each["status"] == "statusInvalid")
