"""Beside helm: hooks are told of, and helm is ended where one cannot recover."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from fairlead.engine.hooks import HookWatch, waiting_hooks
from fairlead.model.errors import StepFailed, Unavailable
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.rendering import Release, ReleaseStatus
from fairlead.ports import Cluster
from unit.engine.test_waiting import REPLICA_SET, Stage, deployment, refusals

RELEASE = Release(name="web", namespace="shop", revision=1, status=ReleaseStatus.DEPLOYED, objects=())
JOB = ObjectRef(group="batch", kind="Job", namespace="shop", name="migrate")


def job(moment: str = "post-install", *, uid: str = "j1", **status: Any) -> Manifest:
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "migrate", "namespace": "shop", "uid": uid, "annotations": {"helm.sh/hook": moment}},
        "status": {"startTime": "2026-01-01T00:00:00Z", "active": 1, **status},
    }


def hook_pod(**container: Any) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": "migrate-x",
            "namespace": "shop",
            "uid": "p",
            "ownerReferences": [{"kind": "Job", "uid": "j1", "controller": True}],
        },
        "spec": {"nodeName": "n1", "containers": [{"name": "app"}]},
        "status": {"phase": "Pending", "containerStatuses": [{"name": "app", **container}]},
    }


class Helm:
    """An upgrade that takes *seconds*, or for ever; remembers whether it was ended before."""

    def __init__(self, stage: Stage, *, seconds: float | None = None, error: str = "") -> None:
        self.stage, self.seconds, self.error = stage, seconds, error
        self.is_ended = False

    async def upgrade(self) -> Release:
        try:
            await (asyncio.Event().wait() if self.seconds is None else self.stage.clock.sleep(self.seconds))
        except asyncio.CancelledError:
            self.is_ended = True
            raise
        if self.error:
            raise StepFailed(self.error)
        return RELEASE


async def beside(stage: Stage, helm: Helm, hook: Manifest, *objects: ObjectRef) -> Release:
    watch = await stage.waiter().watch([JOB, *objects])
    found = HookWatch(
        cluster=cast("Cluster", stage.cluster),
        clock=stage.clock,
        watch=watch,
        hooks=waiting_hooks([hook], namespace="shop"),
        objects=objects,
        tell=stage.told.append,
    )
    return await found.beside(helm.upgrade())


@pytest.fixture
def stage() -> Stage:
    return Stage()


async def test_a_hook_that_ends_well_is_told_of(stage: Stage) -> None:
    stage.cluster.put(job(), at=2)
    assert await beside(stage, Helm(stage, seconds=10), job()) is RELEASE
    assert stage.told == [
        "helm is waiting for Job shop/migrate: running: 1 active, 0 succeeded, 0 failed",
    ]


async def test_helm_is_ended_where_a_hook_cannot_recover(stage: Stage) -> None:
    stage.cluster.put(job(), hook_pod(state={"waiting": {"reason": "InvalidImageName"}}), at=2)
    helm = Helm(stage)
    with pytest.raises(StepFailed, match=r"Job shop/migrate cannot recover \(image-name-invalid\)"):
        await beside(stage, helm, job())
    assert helm.is_ended
    assert stage.clock.monotonic() <= 5


async def test_a_hook_of_the_revision_before_does_not_count(stage: Stage) -> None:
    failed = [{"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]
    stage.cluster.put(job(uid="j0", conditions=failed))
    assert await beside(stage, Helm(stage, seconds=30), job()) is RELEASE


async def test_a_workload_that_a_post_hook_waits_for_ends_helm_too(stage: Stage) -> None:
    broken = deployment(
        conditions=[
            {"type": "ReplicaFailure", "status": "True", "message": "violates PodSecurity: pods is forbidden: x"}
        ]
    )
    stage.cluster.put(broken, REPLICA_SET, refusals(9, "x"), at=1)
    stage.cluster.put(job(), at=5)
    stage.cluster.put(refusals(10, "x"), at=7)
    helm = Helm(stage)
    ref = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")
    with pytest.raises(StepFailed, match=r"Deployment shop/web cannot recover \(pods-refused\)"):
        await beside(stage, helm, job(), ref)
    assert 7 <= stage.clock.monotonic() <= 11


async def test_while_a_pre_hook_runs_the_objects_are_those_of_the_revision_before(stage: Stage) -> None:
    broken = deployment(
        conditions=[
            {"type": "ReplicaFailure", "status": "True", "message": "violates PodSecurity: pods is forbidden: x"}
        ]
    )
    stage.cluster.put(broken, job("pre-upgrade"), at=1)
    ref = ObjectRef(group="apps", kind="Deployment", namespace="shop", name="web")
    assert await beside(stage, Helm(stage, seconds=60), job("pre-upgrade"), ref) is RELEASE


async def test_what_the_hook_was_at_is_added_to_the_words_of_helm(stage: Stage) -> None:
    stage.cluster.put(job(), hook_pod(state={"waiting": {"reason": "CreateContainerError", "message": "busy"}}), at=2)
    with pytest.raises(StepFailed) as caught:
        await beside(stage, Helm(stage, seconds=20, error="post-install hooks failed"), job())
    assert caught.value.message == (
        "post-install hooks failed; at last helm is waiting for Job shop/migrate: running: 1 active, 0 succeeded, "
        "0 failed; pod migrate-x: container app: CreateContainerError: busy"
    )


async def test_an_api_server_that_does_not_answer_a_look_ends_no_helm(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def observe(_: object) -> dict[ObjectRef, Manifest]:
        if stage.clock.monotonic() > 0:
            raise Unavailable("no answer")
        return {}

    monkeypatch.setattr(stage.cluster, "observe", observe)
    assert await beside(stage, Helm(stage, seconds=10), job()) is RELEASE


def test_only_hooks_that_an_install_or_upgrade_waits_for_are_looked_at() -> None:
    named = [job("pre-install,pre-upgrade"), {**job(), "kind": "ConfigMap"}, job("test"), job("pre-delete")]
    assert [ref.name for ref in waiting_hooks(named, namespace="shop")] == ["migrate"]
    assert waiting_hooks([job("test")], namespace="shop") == {}
