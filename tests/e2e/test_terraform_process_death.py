"""What happens to a running apply when Fairlead itself is killed: on real OpenTofu only, local state."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.model.change import ChangeAction
from fairlead.model.infrastructure import StateLock, TerraformRoot
from terraform_programs import PinnedTofu, applying_parent, children_of

pytestmark = pytest.mark.e2e

SLOW = """
resource "terraform_data" "slow" {
  provisioner "local-exec" {
    command = "exec sleep 120"
  }
}
"""


@pytest.fixture
def root(tmp_path: Path) -> TerraformRoot:
    (tmp_path / "infra").mkdir()
    (tmp_path / "infra" / "main.tf").write_text(SLOW)
    return TerraformRoot(
        component="infra",
        folder=str(tmp_path / "infra"),
        program="tofu",
        environment="local",
        suffix="infra-local",
    )


@pytest.fixture
def infrastructure(tmp_path: Path) -> TofuInfrastructure:
    return TofuInfrastructure(PinnedTofu(), data_root=tmp_path / "data", project=tmp_path)


@pytest.fixture
def parent(tmp_path: Path, root: TerraformRoot) -> Iterator[subprocess.Popen[str]]:
    with applying_parent(tmp_path, suffix=root.suffix) as process:
        yield process


async def released(infrastructure: TofuInfrastructure, root: TerraformRoot, *, within: float) -> float:
    """Seconds until nobody holds the lock."""
    started = time.monotonic()
    while await infrastructure.lock(root) is not None:
        assert time.monotonic() - started < within, "the state is still locked"
        await asyncio.sleep(0.05)
    return time.monotonic() - started


async def test_apply_of_a_killed_parent_ends_by_itself_and_saves_its_half(
    parent: subprocess.Popen[str], root: TerraformRoot, infrastructure: TofuInfrastructure
) -> None:
    assert await infrastructure.lock(root) is not None
    parent.kill()
    parent.wait()
    await released(infrastructure, root, within=60)
    plan = await infrastructure.plan(root)
    assert [(c.name, c.action) for c in plan.changes] == [("terraform_data.slow", ChangeAction.REPLACE)]
    await infrastructure.close()


async def test_secrets_of_a_killed_parent_are_removed_by_the_next_plan(
    parent: subprocess.Popen[str], root: TerraformRoot, infrastructure: TofuInfrastructure, tmp_path: Path
) -> None:
    parent.kill()
    parent.wait()
    await released(infrastructure, root, within=60)
    runs = tmp_path / "data" / "infra-local" / "runs"
    assert len(list(runs.iterdir())) == 1
    await infrastructure.plan(root)
    assert len(list(runs.iterdir())) == 1
    await infrastructure.close()
    assert list(runs.iterdir()) == []


async def test_note_of_a_killed_tofu_is_no_lock_and_unlock_removes_it(
    parent: subprocess.Popen[str], root: TerraformRoot, infrastructure: TofuInfrastructure, tmp_path: Path
) -> None:
    lock = await infrastructure.lock(root)
    assert isinstance(lock, StateLock)
    (tofu,) = children_of(parent.pid)
    os.killpg(tofu, signal.SIGKILL)
    parent.wait(10)
    note = tmp_path / "data" / "infra-local" / ".terraform.tfstate.lock.info"
    assert note.exists()
    assert await infrastructure.lock(root) is None
    await infrastructure.unlock(root, lock)
    assert not note.exists()
