"""Real manifests that nobody here wrote: eleven well-known charts as their default values render them.

Each file alone is a `manifests` component of a project of its own, one after the other on one cluster; then all of them
are one project on an empty one. What `Life` holds was lived once for each, and the tests look at it: validate, render,
plan, deploy, plan twice, deploy again, lose a pod, plan, deploy the plan saved before, look for drift.
Left out: other sets of files, since no object is in two of them; Pod Security levels but that of `local`.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from e2e.rig import Clone, Finished, accepted_writes, audit_events, empty_cluster, eventually, inputs

pytestmark = pytest.mark.e2e

AGENT = ("fairlead",)
LAST = frozenset({"apiservices", "mutatingwebhookconfigurations", "validatingwebhookconfigurations"})
"""What the API server calls: written when everything else of the component is."""

LATER = "not in the cluster; what it needs is made first"


@dataclass(frozen=True, kw_only=True)
class Content:
    """*objects* counts all documents, as SOURCES.md does; *namespaces* are named in them and not there at first."""

    objects: int
    crds: int = 0
    hooks: int = 0
    last: int = 0
    namespaces: frozenset[str] = frozenset()

    @property
    def applied(self) -> int:
        return self.objects - self.hooks


def _content(objects: int, *namespaces: str, crds: int = 0, hooks: int = 0, last: int = 0) -> Content:
    return Content(objects=objects, crds=crds, hooks=hooks, last=last, namespaces=frozenset(namespaces))


CONTENTS: Mapping[str, Content] = {
    "argo-cd": _content(59, "argocd", crds=3, hooks=4),
    "cert-manager": _content(50, "cert-manager", crds=6, hooks=4, last=2),
    "gatekeeper": _content(38, "gatekeeper-system", crds=17, hooks=8, last=2),
    "ingress-nginx": _content(18, "ingress-nginx", hooks=7, last=1),
    "kube-prometheus-stack": _content(135, "monitoring", crds=10, hooks=10, last=2),
    "longhorn": _content(53, "longhorn-system", crds=25, hooks=3),
    "metallb": _content(42, "metallb-system", crds=13, last=2),
    "metrics-server": _content(9, last=1),
    "podinfo": _content(5, "podinfo", hooks=3),
    "promtail": _content(5, "monitoring"),
    "sealed-secrets": _content(11, crds=1),
}
TOGETHER = "all in one project"


def _contents(files: tuple[str, ...]) -> Content:
    parts = [CONTENTS[file] for file in files]
    return Content(
        objects=sum(p.objects for p in parts),
        crds=sum(p.crds for p in parts),
        hooks=sum(p.hooks for p in parts),
        last=sum(p.last for p in parts),
        namespaces=frozenset[str]().union(*(p.namespaces for p in parts)),
    )


@dataclass(frozen=True, kw_only=True)
class Write:
    """*component* is the one whose field manager wrote; empty for a namespace of the plan."""

    component: str
    group: str
    resource: str
    namespace: str
    name: str

    @property
    def is_crd(self) -> bool:
        return self.resource == "customresourcedefinitions"


@dataclass(frozen=True, kw_only=True)
class Life:
    """What was seen of some files, in the order of the fields; *writes* are those of the first deploy, in order."""

    files: tuple[str, ...]
    content: Content
    validated: Finished
    rendered: Finished
    plan_text: Finished
    plan: Mapping[str, Any]
    deployed: Finished
    report: Mapping[str, Any]
    writes: tuple[Write, ...]
    plans_after: tuple[Finished, ...]
    again: Finished
    written_again: tuple[Write, ...]
    plan_after_status: Finished
    dry_runs_after_status: int
    saved_plan_carried_out: Finished
    drift: Finished

    def steps(self, kind: str) -> list[dict[str, Any]]:
        return [step for step in self.plan["steps"] if step["kind"] == kind]


@pytest.fixture(scope="module", params=[*CONTENTS, TOGETHER])
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    files = tuple(CONTENTS) if request.param == TOGETHER else (request.param,)
    folder = tmp_path_factory.mktemp("real")
    with contextlib.ExitStack() as stack:
        if request.param == TOGETHER:
            cluster = stack.enter_context(empty_cluster(folder / "state"))
        else:
            cluster = request.getfixturevalue("own_cluster")
        clone = Clone(folder=folder / "project", home=folder / "home", kubeconfig=Path(cluster.kubeconfig))
        _write_project(clone, files)
        yield _live(clone, files, Path(cluster.audit_log))


def _write_project(clone: Clone, files: tuple[str, ...]) -> None:
    for file in files:
        clone.write(f"manifests/{file}.yaml", (inputs() / "rendered" / f"{file}.yaml").read_text())
    name = files[0] if len(files) == 1 else "real"
    clone.project(name, *({"name": file, "manifests": f"manifests/{file}.yaml"} for file in files))
    clone.commit()


def _live(clone: Clone, files: tuple[str, ...], log: Path) -> Life:
    content = _contents(files)
    there = {name.removeprefix("namespace/") for name in clone.kubectl("get", "namespaces", "-o", "name").split()}
    validated = clone.run("validate", "-o", "json")
    rendered = clone.run("render")
    plan_text = clone.run("plan", "--detailed-exitcode", "--out", clone.home / "first.json")
    start = log.stat().st_size
    deployed = clone.run("deploy", "--report-file", clone.home / "report.json", timeout=600)
    writes = _writes(log, since=start)
    saved = clone.home / "saved.json"
    plans_after = (
        clone.run("plan", "--detailed-exitcode"),
        clone.run("plan", "--detailed-exitcode", "--out", saved),
    )
    start = log.stat().st_size
    again = clone.run("deploy", "-o", "json")
    written_again = _writes(log, since=start)
    _lose_a_pod(clone, writes)
    start = log.stat().st_size
    plan_after_status = clone.run("plan", "--detailed-exitcode")
    return Life(
        files=files,
        content=replace(content, namespaces=content.namespaces - there),
        validated=validated,
        rendered=rendered,
        plan_text=plan_text,
        plan=json.loads((clone.home / "first.json").read_text()),
        deployed=deployed,
        report=json.loads((clone.home / "report.json").read_text()) if deployed.code == 0 else {},
        writes=writes,
        plans_after=plans_after,
        again=again,
        written_again=written_again,
        plan_after_status=plan_after_status,
        dry_runs_after_status=_dry_runs(log, since=start),
        saved_plan_carried_out=clone.run("deploy", "--plan", saved, "-o", "json"),
        drift=clone.run("drift", "-o", "json"),
    )


def _writes(log: Path, *, since: int) -> tuple[Write, ...]:
    return tuple(_write(event) for event in accepted_writes(log, since=since, agents=AGENT))


def _write(event: Mapping[str, Any]) -> Write:
    ref = event["objectRef"]
    is_namespace = ref["resource"] == "namespaces"  # the log says that a namespace lies in itself
    (manager,) = parse_qs(urlsplit(event["requestURI"]).query)["fieldManager"]
    return Write(
        component=manager.partition(":")[2],
        group=ref.get("apiGroup", ""),
        resource=ref["resource"],
        namespace="" if is_namespace else ref.get("namespace", ""),
        name=ref["name"],
    )


def _dry_runs(log: Path, *, since: int) -> int:
    events = audit_events(log, since=since)
    return sum("dryRun=" in e["requestURI"] and e.get("userAgent", "").startswith(AGENT) for e in events)


def _lose_a_pod(clone: Clone, writes: tuple[Write, ...]) -> None:
    """Delete the pods of one workload and wait until its controller has written its status anew."""
    before = _workload(clone, {(write.namespace, write.name) for write in writes})
    kind, metadata = before["kind"], before["metadata"]
    labels = ",".join(f"{k}={v}" for k, v in before["spec"]["selector"]["matchLabels"].items())
    clone.kubectl("delete", "pods", "-n", metadata["namespace"], "-l", labels, "--wait=false")

    def is_new_and_ready() -> bool:
        found = clone.kubectl("get", kind, metadata["name"], "-n", metadata["namespace"], "-o", "json")
        now = json.loads(found)
        return now["metadata"]["resourceVersion"] != metadata["resourceVersion"] and _is_ready(now)

    eventually(is_new_and_ready)


def _workload(clone: Clone, ours: set[tuple[str, str]]) -> dict[str, Any]:
    found = json.loads(clone.kubectl("get", "deployments,daemonsets", "-A", "-o", "json"))["items"]
    mine = (each for each in found if (each["metadata"]["namespace"], each["metadata"]["name"]) in ours)
    return next(workload for workload in mine if _is_ready(workload))


def _is_ready(workload: Mapping[str, Any]) -> bool:
    status = workload["status"]
    if workload["kind"] == "DaemonSet":
        return bool(status["numberReady"] == status["desiredNumberScheduled"] > 0)
    return bool(status.get("readyReplicas", 0) == workload["spec"]["replicas"] > 0)


def test_the_files_are_those_that_are_documented() -> None:
    assert {f.stem for f in (inputs() / "rendered").glob("*.yaml")} == set(CONTENTS)
    assert _contents(tuple(CONTENTS)).objects == 425


def test_validate_finds_no_fault_in_any_object(life: Life) -> None:
    found = life.validated.expect(0).json
    assert (found["checked"], found["counts"]["error"]) == (life.content.objects, 0)


def test_render_shows_every_object_and_only_names_hooks(life: Life) -> None:
    shown = life.rendered.expect(0).out
    assert shown.count("\napiVersion: ") == life.content.applied
    assert shown.count("\n# left out, a hook that only Helm runs: ") == life.content.hooks


def test_first_plan_creates_everything_but_hooks(life: Life) -> None:
    assert life.plan_text.expect(2).out.endswith(
        f"Plan: {life.content.applied + len(life.content.namespaces)} to create.\n"
    )


def test_missing_namespaces_are_planned_first(life: Life) -> None:
    names = [step["name"] for step in life.plan["steps"] if step["phase"] == "deploy"]
    assert names[: len(life.content.namespaces)] == [f"namespace/{n}" for n in sorted(life.content.namespaces)]


def test_crds_are_planned_next_as_steps_of_their_own(life: Life) -> None:
    bringing = [f"{file}/crds" for file in life.files if CONTENTS[file].crds]
    assert [step["name"] for step in life.steps("crds")] == bringing
    assert sum(len(step["changes"]) for step in life.steps("crds")) == life.content.crds
    order = [step["kind"] for step in life.plan["steps"] if step["phase"] == "deploy"]
    assert order == sorted(order, key=["namespace", "crds", "apply"].index)


def test_component_waits_for_its_namespace_and_its_crds(life: Life) -> None:
    for step in life.steps("apply"):
        content = CONTENTS[step["name"]]
        needed = {f"namespace/{name}" for name in content.namespaces & life.content.namespaces}
        needed |= {f"{step['name']}/crds"} if content.crds else set()
        assert needed <= set(step.get("after", ()))


def test_plan_says_what_waits_for_a_namespace_or_a_kind(life: Life) -> None:
    kinds = {change["target"]["name"].partition(".")[2] for step in life.steps("crds") for change in step["changes"]}
    for change in (change for step in life.steps("apply") for change in step["changes"]):
        target = change["target"]
        waits = target.get("namespace") in life.content.namespaces or target.get("group") in kinds
        assert change["reason"] == (LATER if waits else "not in the cluster"), target


def test_hooks_are_reported_and_left_out(life: Life) -> None:
    counted = {
        step["name"]: int(note.split()[0])
        for step in life.steps("apply")
        for note in step.get("notes", ())
        if "Helm hooks left out (only Helm runs them): " in note
    }
    assert counted == {file: CONTENTS[file].hooks for file in life.files if CONTENTS[file].hooks}
    assert life.plan_text.out.count("\nnote: ") == len(counted)


def test_deploy_reports_the_hooks_that_it_leaves_out(life: Life) -> None:
    assert life.deployed.out.count("Helm hooks left out") == sum(CONTENTS[file].hooks > 0 for file in life.files)


def test_deploy_succeeds_and_writes_every_object_once(life: Life) -> None:
    life.deployed.expect(0)
    assert life.report["run"]["state"] == "succeeded"
    assert len(life.writes) == len(set(life.writes)) == life.content.applied + len(life.content.namespaces)


def test_namespaces_are_written_before_what_lies_in_them(life: Life) -> None:
    made = {write.name: place for place, write in enumerate(life.writes) if write.resource == "namespaces"}
    assert made.keys() == life.content.namespaces
    for place, write in enumerate(life.writes):
        assert made.get(write.namespace, -1) < place


def test_crds_are_written_before_their_objects_and_their_component(life: Life) -> None:
    defined = {write.name: place for place, write in enumerate(life.writes) if write.is_crd}
    assert len(defined) == life.content.crds
    last = {write.component: place for place, write in enumerate(life.writes) if write.is_crd}
    for place, write in enumerate(life.writes):
        assert defined.get(f"{write.resource}.{write.group}", -1) < place
        assert write.is_crd or last.get(write.component, -1) < place


def test_webhooks_and_api_services_are_written_last_of_their_component(life: Life) -> None:
    assert sum(write.resource in LAST for write in life.writes) == life.content.last
    for file in life.files:
        is_last = [write.resource in LAST for write in life.writes if write.component == file]
        assert is_last == sorted(is_last)


def test_plan_after_deploy_is_empty_twice(life: Life) -> None:
    for plan in life.plans_after:
        assert plan.expect(0).out.endswith("Plan: nothing to change.\n")


def test_second_deploy_writes_nothing(life: Life) -> None:
    assert not life.again.expect(0).json["changed"]
    assert life.written_again == ()


def test_status_updates_are_no_drift(life: Life) -> None:
    assert life.plan_after_status.expect(0).out.endswith("Plan: nothing to change.\n")


def test_status_updates_are_told_from_changes_without_a_dry_run(life: Life) -> None:
    assert life.dry_runs_after_status == 0


def test_saved_plan_holds_after_status_updates(life: Life) -> None:
    assert not life.saved_plan_carried_out.expect(0).json["changed"]


def test_no_drift_is_found_where_nobody_changed_anything(life: Life) -> None:
    report = life.drift.expect(0).json
    assert (report["objects"], report.get("drifts", []), report.get("notes", [])) == (life.content.applied, [], [])
