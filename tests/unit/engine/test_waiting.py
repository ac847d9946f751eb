"""Waiting by the fake clock: when it ends, what it says, what it asks for, and that it keeps no place from others."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from fairlead.engine.places import Places
from fairlead.engine.waiting import Waiter
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ref_of
from fairlead.ports import Cluster
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster

LATE = 2.5
"""Longest time between a state's moment and the look that finds it: the pause between two looks, and a round."""


def deployment(*, ready: int = 0, **status: Any) -> Manifest:
    conditions = [{"type": "Available", "status": "True"}] if ready else []
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {
            "name": "web",
            "namespace": "shop",
            "uid": "d",
            "generation": 1,
            "annotations": {"deployment.kubernetes.io/revision": "1"},
        },
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "web"}}},
        "status": {
            "observedGeneration": 1,
            "replicas": 1,
            "updatedReplicas": 1,
            "readyReplicas": ready,
            "availableReplicas": ready,
            "conditions": conditions,
            **status,
        },
    }


REPLICA_SET: Manifest = {
    "apiVersion": "apps/v1",
    "kind": "ReplicaSet",
    "metadata": {
        "name": "web-1",
        "namespace": "shop",
        "uid": "r",
        "labels": {"app": "web"},
        "annotations": {"deployment.kubernetes.io/revision": "1"},
        "ownerReferences": [{"kind": "Deployment", "uid": "d", "controller": True}],
    },
}


def pod(waiting: dict[str, Any] | None = None, *, name: str = "web-1-x", restarts: int = 0, **status: Any) -> Manifest:
    container = {"name": "app", "restartCount": restarts, "ready": False, "state": {"waiting": waiting or {}}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": "shop",
            "uid": name,
            "labels": {"app": "web"},
            "ownerReferences": [{"kind": "ReplicaSet", "uid": "r", "controller": True}],
        },
        "spec": {"nodeName": "n1", "containers": [{"name": "app"}]},
        "status": {"phase": "Pending", "containerStatuses": [container], **status},
    }


def event(about: str, reason: str, message: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"name": f"{about}.{reason}", "namespace": "shop"},
        "involvedObject": {"uid": about},
        "type": "Warning" if reason in ("BackOff", "Failed") else "Normal",
        "reason": reason,
        "message": message,
        "lastTimestamp": "2026-01-01T00:00:00Z",
    }


class Stage:
    def __init__(self) -> None:
        self.clock = FakeClock()
        self.cluster = StagedCluster(clock=self.clock)
        self.places = Places(1)
        self.told: list[str] = []

    def waiter(self, *, simulated: bool = False) -> Waiter:
        cluster = cast("Cluster", self.cluster)
        return Waiter(cluster=cluster, clock=self.clock, places=self.places, simulated=simulated)

    async def wait(self, *manifests: Manifest, timeout: float = 600) -> float:
        """When the waiting ended well."""
        await self.waiter().wait(map(ref_of, manifests), timeout=timeout, tell=self.told.append)
        return self.clock.monotonic()

    async def fail(self, *manifests: Manifest, timeout: float = 600) -> StepFailed:
        with pytest.raises(StepFailed) as caught:
            await self.wait(*manifests, timeout=timeout)
        return caught.value


@pytest.fixture
def stage() -> Stage:
    return Stage()


CRASH = {"reason": "CrashLoopBackOff", "message": "back-off 40s restarting failed container"}
LAST = {"terminated": {"exitCode": 3}}


def crashing(restarts: int, **given: Any) -> Manifest:
    found = pod(CRASH, restarts=restarts, **given)
    found["status"]["containerStatuses"][0]["lastState"] = LAST
    return found


async def test_a_crash_loop_ends_at_the_third_restart_with_the_log_of_the_last_start(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, at=1)
    for restarts, at in enumerate((3.0, 5.0, 17.0, 40.0)):
        stage.cluster.put(crashing(restarts), at=at)
    stage.cluster.put(event("web-1-x", "BackOff", "Back-off restarting failed container app"), at=5)
    stage.cluster.logs = {"web-1-x/app": "starting", "web-1-x/app previous": "no database\n"}
    error = await stage.fail(deployment())
    assert 40 <= stage.clock.monotonic() <= 40 + LATE
    assert error.message == (
        "Deployment shop/web cannot recover (crash-loop): Pod web-1-x: container app: CrashLoopBackOff: "
        "back-off 40s restarting failed container (last ended: exit code 3), 3 restarts; "
        "last event BackOff: Back-off restarting failed container app; last log line: no database"
    )
    assert error.hint.endswith("`kubectl logs web-1-x -n shop -c app --previous`")


async def test_a_pod_that_crashed_before_the_step_gets_another_try(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, crashing(9))
    stage.cluster.put(deployment(ready=1), at=120)
    assert await stage.wait(deployment()) >= 120


async def test_a_state_that_heals_before_its_grace_ends_no_wait(stage: Stage) -> None:
    missing = {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}
    stage.cluster.put(deployment(), REPLICA_SET, pod(missing))
    stage.cluster.put(deployment(ready=1), at=50)
    assert 50 <= await stage.wait(deployment()) <= 50 + LATE


async def test_a_state_ends_the_wait_when_its_grace_is_over(stage: Stage) -> None:
    missing = {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}
    stage.cluster.put(deployment(), REPLICA_SET, pod(missing))
    error = await stage.fail(deployment())
    assert 60 <= stage.clock.monotonic() <= 62 + LATE
    assert error.message.startswith("Deployment shop/web cannot recover (container-config for 6"), error.message


async def test_a_timeout_before_the_grace_names_what_is_known(stage: Stage) -> None:
    missing = {"reason": "CreateContainerConfigError", "message": 'secret "db" not found'}
    stage.cluster.put(
        deployment(), REPLICA_SET, pod(missing), event("web-1-x", "Failed", 'Error: secret "db" not found')
    )
    error = await stage.fail(deployment(), timeout=10)
    assert error.message == (
        "Deployment shop/web is not ready after 10 s: 0 of 1 pods ready; pod web-1-x: container app: "
        'CreateContainerConfigError: secret "db" not found; last event Failed'
    )


async def test_it_tells_what_it_waits_for_and_only_when_that_changes(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, pod({"reason": "ContainerCreating"}))
    stage.cluster.put(pod({"reason": "CreateContainerError", "message": "busy"}), at=20)
    stage.cluster.put(deployment(ready=1), at=40)
    await stage.wait(deployment())
    assert stage.told == [
        "waiting for Deployment shop/web: 0 of 1 replicas are available",
        "waiting for Deployment shop/web: 0 of 1 pods ready; pod web-1-x: waiting for the kubelet",
        "waiting for Deployment shop/web: 0 of 1 pods ready; pod web-1-x: container app: CreateContainerError: busy",
    ]


async def test_what_is_ready_at_once_costs_no_look_at_pods(stage: Stage) -> None:
    stage.cluster.put(deployment(ready=1))
    await stage.wait(deployment())
    assert stage.cluster.requests == ["Pod"]  # which of them were there before


async def test_requests_stay_few_while_waiting(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, pod({"reason": "ContainerCreating"}))
    await stage.fail(deployment(), timeout=60)
    assert len(stage.cluster.requests) <= 3 * 60 / 2 + 12


async def test_who_may_not_list_pods_waits_all_the_same(stage: Stage) -> None:
    stage.cluster.forbidden = frozenset({"Pod", "ReplicaSet", "Event"})
    stage.cluster.put(deployment())
    stage.cluster.put(deployment(ready=1), at=30)
    assert await stage.wait(deployment()) >= 30


async def test_a_claim_that_nobody_asks_for_is_as_it_should_be(stage: Stage) -> None:
    claim: Manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "shop", "uid": "c"},
        "spec": {"storageClassName": "local"},
        "status": {"phase": "Pending"},
    }
    storage_class = {
        "apiVersion": "storage.k8s.io/v1",
        "kind": "StorageClass",
        "metadata": {"name": "local"},
        "volumeBindingMode": "WaitForFirstConsumer",
    }
    stage.cluster.put(claim, storage_class)
    assert await stage.wait(claim) < 5


async def test_a_claim_without_a_class_ends_after_its_minute(stage: Stage) -> None:
    claim: Manifest = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "data", "namespace": "shop", "uid": "c"},
        "spec": {"storageClassName": "fast"},
        "status": {"phase": "Pending"},
    }
    stage.cluster.put(claim, event("c", "ProvisioningFailed", 'storageclass.storage.k8s.io "fast" not found'))
    error = await stage.fail(claim)
    assert 60 <= stage.clock.monotonic() <= 62 + LATE
    assert "claim-unbound for 6" in error.message
    assert 'ProvisioningFailed: storageclass.storage.k8s.io "fast" not found' in error.message


FORBIDDEN = 'pods "web-1-x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot'
QUOTA = 'pods "web-1-x" is forbidden: exceeded quota: small, requested: pods=1, used: pods=3, limited: pods=3'
SILENT = 'Internal error occurred: failed calling webhook "guard.example": connection refused'


def refused(message: str) -> Manifest:
    failure = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": message}
    return deployment(conditions=[failure])


def refusals(count: int, message: str) -> Manifest:
    return {**event("r", "FailedCreate", f"Error creating: {message}"), "count": count}


@pytest.mark.parametrize("message", [FORBIDDEN, QUOTA, SILENT])
async def test_pods_that_were_refused_before_the_step_get_another_try(stage: Stage, message: str) -> None:
    stage.cluster.put(refused(message), REPLICA_SET, refusals(14, message))
    stage.cluster.put(deployment(ready=1), at=300)
    assert 300 <= await stage.wait(deployment()) <= 300 + LATE


async def test_pods_that_are_refused_again_end_the_wait(stage: Stage) -> None:
    stage.cluster.put(refused(FORBIDDEN), REPLICA_SET, refusals(14, FORBIDDEN))
    stage.cluster.put(refusals(15, FORBIDDEN), at=80)
    error = await stage.fail(deployment())
    assert 80 <= stage.clock.monotonic() <= 80 + 3 + LATE
    assert "pods-refused" in error.message


async def test_pods_that_are_refused_from_the_first_look_on_end_the_wait_at_the_next_try(stage: Stage) -> None:
    for count, at in enumerate((0.0, 0.3, 0.6, 1.3, 2.6, 5.1), start=4):
        stage.cluster.put(refused(FORBIDDEN), REPLICA_SET, refusals(count, FORBIDDEN), at=at)
    await stage.fail(deployment())
    assert stage.clock.monotonic() <= 2.6 + 3


async def test_refusals_of_a_stateful_set_from_before_the_step_may_be_over(stage: Stage) -> None:
    stateful: Manifest = {
        "apiVersion": "apps/v1",
        "kind": "StatefulSet",
        "metadata": {"name": "db", "namespace": "shop", "uid": "s", "generation": 1},
        "spec": {"replicas": 1, "selector": {"matchLabels": {"app": "db"}}},
        "status": {"observedGeneration": 1, "replicas": 0},
    }
    again = {**event("s", "FailedCreate", FORBIDDEN), "series": {"count": 9}}
    stage.cluster.put(stateful, again)
    stage.cluster.put({**again, "series": {"count": 10}}, at=80)
    error = await stage.fail(stateful)
    assert 80 <= stage.clock.monotonic() <= 80 + 3 + LATE
    assert "pods-refused" in error.message


UNPROBED: Manifest = {"spec": {"containers": [{"name": "app"}]}}


def ready_pod(*, restarts: int = 0) -> Manifest:
    container = {"name": "app", "restartCount": restarts, "ready": True, "state": {"running": {}}}
    ready = [{"type": "Ready", "status": "True"}]
    return {**pod(), "status": {"phase": "Running", "conditions": ready, "containerStatuses": [container]}}


def unprobed(*, ready: int) -> Manifest:
    found = deployment(ready=ready)
    found["spec"]["template"] = UNPROBED
    return found


async def test_a_container_without_a_probe_is_looked_at_once_more(stage: Stage) -> None:
    stage.cluster.put(unprobed(ready=0), REPLICA_SET, at=1)
    stage.cluster.put(unprobed(ready=1), ready_pod(), at=5)
    assert 5 + 3 <= await stage.wait(deployment()) <= 5 + 3 + 2 * LATE
    assert stage.told[-1].endswith("ready, but without a readiness probe: looked at once more after 3 s")


async def test_a_container_that_ends_a_moment_after_its_start_was_not_ready(stage: Stage) -> None:
    stage.cluster.put(unprobed(ready=0), REPLICA_SET, at=1)
    stage.cluster.put(unprobed(ready=1), ready_pod(), at=5)
    stage.cluster.put(unprobed(ready=1), ready_pod(restarts=1), at=6)
    for restarts, at in ((1, 8.0), (2, 20.0), (3, 45.0)):
        stage.cluster.put(unprobed(ready=0), crashing(restarts), at=at)
    error = await stage.fail(deployment())
    assert "crash-loop" in error.message
    assert 45 <= stage.clock.monotonic() <= 45 + LATE


async def test_pods_that_were_there_before_need_no_proof(stage: Stage) -> None:
    stage.cluster.put(unprobed(ready=1), REPLICA_SET, ready_pod())
    assert await stage.wait(deployment()) == 0


@pytest.mark.parametrize("leaving", ["Failed", "deleted"])
async def test_a_pod_that_its_controller_replaces_needs_no_proof(stage: Stage, leaving: str) -> None:
    left = pod(name="web-1-evicted", phase="Failed", reason="Evicted", containerStatuses=[])
    if leaving == "deleted":
        left = pod(name="web-1-evicted", phase="Running")
        left["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    stage.cluster.put(unprobed(ready=0), REPLICA_SET, at=1)
    stage.cluster.put(unprobed(ready=1), ready_pod(), left, at=5)
    assert 5 + 3 <= await stage.wait(deployment(), timeout=60) <= 5 + 3 + 2 * LATE


async def test_simulated_pods_need_no_proof(stage: Stage) -> None:
    stage.cluster.put(unprobed(ready=1), REPLICA_SET, at=1)
    stage.cluster.put(ready_pod(), at=2)
    await stage.waiter(simulated=True).wait([ref_of(deployment())], timeout=60, tell=stage.told.append)
    assert stage.clock.monotonic() < 3


async def test_no_line_shows_a_secret_that_a_program_prints(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, crashing(3), at=1)
    stage.cluster.logs = {"web-1-x/app previous": "cannot log in with hunter22"}
    waiter = stage.waiter()
    watch = await waiter.watch([ref_of(deployment())], secrets=frozenset({"hunter22"}))
    with pytest.raises(StepFailed) as caught:
        await waiter.wait([ref_of(deployment())], timeout=60, tell=stage.told.append, watch=watch)
    assert caught.value.message.endswith("last log line: cannot log in with ***")


async def test_a_step_that_waits_gives_its_place_to_another(stage: Stage) -> None:
    stage.cluster.put(deployment())
    stage.cluster.put(deployment(ready=1), at=30)
    entered: list[float] = []

    async def wait() -> None:
        async with stage.places.taken():
            await stage.wait(deployment())
            entered.append(stage.clock.monotonic())
            await stage.clock.sleep(5)

    async def work() -> None:
        await stage.clock.sleep(1)
        async with stage.places.taken():
            entered.append(stage.clock.monotonic())
            await stage.clock.sleep(60)

    await asyncio.gather(wait(), work())
    assert entered == [1.0, 61.0]  # the waiter works on when it has a place again


async def test_a_failed_wait_leaves_its_place_free(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, pod({"reason": "InvalidImageName"}))
    with pytest.raises(StepFailed):
        async with stage.places.taken():
            await stage.wait(deployment())
    async with asyncio.timeout(1), stage.places.taken():
        pass


async def test_simulated_pods_have_no_log_to_ask_for(stage: Stage) -> None:
    stage.cluster.put(deployment(), REPLICA_SET, crashing(3))
    stage.cluster.logs = {"web-1-x/app previous": "no database"}
    stage.cluster.put(crashing(4), at=20)
    with pytest.raises(StepFailed) as caught:
        await stage.waiter(simulated=True).wait([ref_of(deployment())], timeout=60, tell=stage.told.append)
    assert "4 restarts" in caught.value.message
    assert "log" not in caught.value.message
