"""State and lock of Terraform roots in a cluster: real OpenTofu against a real API server."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from fairlead.adapters.kube.cluster import KubeCluster
from fairlead.adapters.kube.context import read_connection
from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.model.change import ChangeAction
from fairlead.model.errors import Refused, Unavailable
from fairlead.model.infrastructure import Output, TerraformRoot
from fairlead.model.objects import ObjectRef
from fairlead.ports import Cluster
from terraform_programs import PinnedTofu, applying_parent, children_of

pytestmark = pytest.mark.e2e

BACKEND = 'terraform {\n  backend "kubernetes" {}\n}\n'
FAST = (
    BACKEND + 'resource "terraform_data" "a" {\n  input = "x"\n}\noutput "a" {\n  value = terraform_data.a.output\n}\n'
)
SLOW = BACKEND + (
    'resource "terraform_data" "slow" {\n  provisioner "local-exec" {\n    command = "exec sleep 120"\n  }\n}\n'
)
NAMESPACE = "fairlead-system"


class WallClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def monotonic(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@pytest.fixture
async def cluster(cluster_kubeconfig: Path) -> AsyncIterator[Cluster]:
    connection = read_connection(path=Path(cluster_kubeconfig), environ=os.environ, home=Path.home())
    cluster = KubeCluster(connection, clock=WallClock())
    await cluster.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}})
    yield cluster
    await cluster.close()


@pytest.fixture
def root(tmp_path: Path) -> TerraformRoot:
    (tmp_path / "infra").mkdir()
    return TerraformRoot(
        component="infra",
        folder=str(tmp_path / "infra"),
        program="tofu",
        environment="local",
        suffix=f"infra-{uuid4().hex[:8]}",
    )


@pytest.fixture
async def infrastructure(
    tmp_path: Path, cluster: Cluster, cluster_kubeconfig: Path
) -> AsyncIterator[TofuInfrastructure]:
    infrastructure = TofuInfrastructure(
        PinnedTofu(),
        data_root=tmp_path / "data",
        project=tmp_path,
        kubeconfig=Path(cluster_kubeconfig),
        cluster=cluster,
    )
    yield infrastructure
    await infrastructure.close()


def write(root: TerraformRoot, text: str) -> None:
    Path(root.folder, "main.tf").write_text(text)


def state_secret(root: TerraformRoot, *, namespace: str = NAMESPACE) -> ObjectRef:
    return ObjectRef(kind="Secret", namespace=namespace, name=f"tfstate-default-{root.suffix}")


async def apply(infrastructure: TofuInfrastructure, root: TerraformRoot, events: list[str]) -> dict[str, Output]:
    await infrastructure.init(root)
    plan = await infrastructure.plan(root)
    return dict(await infrastructure.apply(root, plan, on_event=events.append))


async def start_slow_apply(infrastructure: TofuInfrastructure, root: TerraformRoot) -> asyncio.Task[dict[str, Output]]:
    write(root, SLOW)
    events: list[str] = []
    task = asyncio.create_task(apply(infrastructure, root, events))
    async with asyncio.timeout(30):
        while not any("Provisioning" in event for event in events):
            assert not task.done(), task.result()
            await asyncio.sleep(0.05)
    return task


async def stop(task: asyncio.Task[dict[str, Output]]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


def running_tofu() -> int:
    """The one tofu that this process started."""
    children = children_of(os.getpid())
    (found,) = [pid for pid in children if Path(f"/proc/{pid}/comm").read_text().strip() == "tofu"]
    return found


async def test_state_is_in_our_namespace_and_nowhere_else(
    infrastructure: TofuInfrastructure, root: TerraformRoot, cluster: Cluster, tmp_path: Path
) -> None:
    write(root, FAST)
    assert await apply(infrastructure, root, []) == {"a": Output(value="x")}
    assert await cluster.get(state_secret(root)) is not None
    assert await infrastructure.lock(root) is None
    assert [path.name for path in Path(root.folder).iterdir()] == ["main.tf"]
    again = await infrastructure.plan(root)
    assert (again.has_changes, again.changes) == (False, ())


async def test_another_machine_finds_the_state(
    infrastructure: TofuInfrastructure,
    root: TerraformRoot,
    cluster: Cluster,
    cluster_kubeconfig: Path,
    tmp_path: Path,
) -> None:
    write(root, FAST)
    await apply(infrastructure, root, [])
    other = TofuInfrastructure(
        PinnedTofu(),
        data_root=tmp_path / "other",
        project=tmp_path,
        kubeconfig=Path(cluster_kubeconfig),
        cluster=cluster,
    )
    await other.init(root)
    assert not (await other.plan(root)).has_changes
    await other.close()


async def test_environments_do_not_share_a_state(infrastructure: TofuInfrastructure, root: TerraformRoot) -> None:
    write(root, FAST)
    await apply(infrastructure, root, [])
    staging = replace(root, suffix=f"{root.suffix}-staging")
    await infrastructure.init(staging)
    assert [c.action for c in (await infrastructure.plan(staging)).changes][:1] == [ChangeAction.CREATE]


async def test_suffix_and_namespace_that_the_root_names_are_kept(
    infrastructure: TofuInfrastructure, root: TerraformRoot, cluster: Cluster
) -> None:
    """A state that was there before Fairlead came must be found."""
    mine = replace(root, suffix=f"mine-{root.suffix}")
    block = f'backend "kubernetes" {{\n    secret_suffix = "{mine.suffix}"\n    namespace = "default"\n  }}'
    write(root, FAST.replace('backend "kubernetes" {}', block))
    await apply(infrastructure, root, [])
    assert await cluster.get(state_secret(mine, namespace="default")) is not None
    assert await cluster.get(state_secret(root)) is None
    assert await infrastructure.lock(root) is None


async def test_held_lock_is_named_and_refuses_others(infrastructure: TofuInfrastructure, root: TerraformRoot) -> None:
    task = await start_slow_apply(infrastructure, root)
    lock = await infrastructure.lock(root)
    assert lock is not None
    assert lock.operation == "OperationTypeApply"
    with pytest.raises(Refused) as caught:
        await infrastructure.plan(root)
    assert lock.id in caught.value.message
    assert lock.who in caught.value.message
    with pytest.raises(Refused):
        await infrastructure.unlock(root, replace(lock, id=str(uuid4())))
    await stop(task)


async def test_cancelled_apply_saves_its_half_and_releases_the_lock(
    infrastructure: TofuInfrastructure, root: TerraformRoot
) -> None:
    await stop(await start_slow_apply(infrastructure, root))
    assert await infrastructure.lock(root) is None
    plan = await infrastructure.plan(root)
    assert [(c.name, c.action) for c in plan.changes] == [("terraform_data.slow", ChangeAction.REPLACE)]


async def test_apply_of_a_killed_parent_releases_the_lock_by_itself(
    infrastructure: TofuInfrastructure, root: TerraformRoot, cluster_kubeconfig: Path, tmp_path: Path
) -> None:
    write(root, SLOW)
    with applying_parent(tmp_path, suffix=root.suffix, kubeconfig=Path(cluster_kubeconfig)) as parent:
        assert await infrastructure.lock(root) is not None
        parent.kill()
        async with asyncio.timeout(15):
            while await infrastructure.lock(root) is not None:
                await asyncio.sleep(0.05)
    await infrastructure.init(root)
    plan = await infrastructure.plan(root)
    assert [(c.name, c.action) for c in plan.changes] == [("terraform_data.slow", ChangeAction.REPLACE)]


async def test_lock_of_a_killed_tofu_stays_until_it_is_released(
    infrastructure: TofuInfrastructure, root: TerraformRoot
) -> None:
    task = await start_slow_apply(infrastructure, root)
    os.killpg(running_tofu(), signal.SIGKILL)
    with suppress(Exception):
        await task
    lock = await infrastructure.lock(root)
    assert lock is not None
    with pytest.raises(Refused, match=lock.id):
        await infrastructure.plan(root)
    await infrastructure.unlock(root, lock)
    assert await infrastructure.lock(root) is None
    assert (await infrastructure.plan(root)).has_changes
    await infrastructure.unlock(root, lock)


async def test_context_that_is_not_current_is_used(
    root: TerraformRoot, tmp_path: Path, cluster: Cluster, cluster_kubeconfig: Path
) -> None:
    """A user's current context must never decide where a state goes."""
    config = yaml.safe_load(Path(cluster_kubeconfig).read_text())
    current = next(c for c in config["contexts"] if c["name"] == config["current-context"])
    config["contexts"].append({"name": "the-environment", "context": current["context"]})
    config["clusters"].append({"name": "elsewhere", "cluster": {"server": "http://127.0.0.1:1"}})
    config["contexts"].append({"name": "elsewhere", "context": {"cluster": "elsewhere", "user": ""}})
    config["current-context"] = "elsewhere"
    merged = tmp_path / "kubeconfig"
    merged.write_text(yaml.safe_dump(config))
    infrastructure = TofuInfrastructure(
        PinnedTofu(), data_root=tmp_path / "data", project=tmp_path, kubeconfig=merged, context="the-environment"
    )
    write(root, FAST)
    await apply(infrastructure, root, [])
    assert await cluster.get(state_secret(root)) is not None


async def test_cluster_that_does_not_answer_is_unavailable(
    root: TerraformRoot, tmp_path: Path, cluster: Cluster
) -> None:
    dead = tmp_path / "kubeconfig"
    dead.write_text(
        '{"apiVersion": "v1", "kind": "Config", "current-context": "c",'
        ' "clusters": [{"name": "c", "cluster": {"server": "http://127.0.0.1:1"}}],'
        ' "contexts": [{"name": "c", "context": {"cluster": "c", "user": ""}}]}'
    )
    infrastructure = TofuInfrastructure(PinnedTofu(), data_root=tmp_path / "data", project=tmp_path, kubeconfig=dead)
    write(root, FAST)
    with pytest.raises(Unavailable, match="connection refused"):
        await infrastructure.init(root)
