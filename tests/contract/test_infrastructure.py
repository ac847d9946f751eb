"""The port Infrastructure: one suite, run on the fake, on OpenTofu and, where it is on the search path, on Terraform.

Cases: first plan, apply, plan again, change, replacement, deletion, the end of all, outputs alone, syntax error,
failing provisioner, stale plan, held lock, sensitive output, cancellation, used plan. State is local and all resources
are `terraform_data`, so that neither a registry nor a cluster takes part; the kubernetes backend has its test in
tests/e2e.

Where a process is needed (death of the parent, leftovers) the test is for the real adapter: see
tests/unit/adapters/terraform/test_process_death.py.
"""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.model.change import ChangeAction
from fairlead.model.errors import InputError, Refused, StepFailed
from fairlead.model.finding import Location
from fairlead.model.infrastructure import Output, TerraformRoot
from fairlead.model.secret import SecretText
from fairlead.ports import Infrastructure
from fairlead.testing.infrastructure import FakeInfrastructure, FakeOutput, FakeResource, FakeRoot
from terraform_programs import PinnedTofu

PROGRAMS = [
    "fake",
    *(
        pytest.param(name, marks=pytest.mark.e2e)
        for name in ("tofu", "terraform")
        if name == "tofu" or shutil.which(name)
    ),
]


@dataclass
class Bench:
    """One root, and the implementation it is planned with."""

    infrastructure: Infrastructure
    root: TerraformRoot
    events: list[str] = field(default_factory=list)

    def describe(self, *resources: FakeResource, **outputs: FakeOutput) -> None:
        self.write(FakeRoot(resources=resources, outputs=outputs))

    def write(self, described: FakeRoot) -> None:
        if isinstance(self.infrastructure, FakeInfrastructure):
            self.infrastructure.describe(self.root, described)
        else:
            Path(self.root.folder, "main.tf").write_text(configuration(described))

    async def apply(self) -> dict[str, Output]:
        plan = await self.infrastructure.plan(self.root)
        return dict(await self.infrastructure.apply(self.root, plan, on_event=self.events.append))

    async def start_apply(self) -> asyncio.Task[dict[str, Output]]:
        """Apply in another task until a provisioner runs; that one waits for ever."""
        task = asyncio.create_task(self.apply())
        async with asyncio.timeout(20):
            while not any("Provisioning" in event for event in self.events):
                assert not task.done(), task.result()
                await asyncio.sleep(0.02)
        return task

    async def stop(self, task: asyncio.Task[Any]) -> None:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def moves(self) -> dict[str, ChangeAction]:
        plan = await self.infrastructure.plan(self.root)
        return {change.name: change.action for change in plan.changes if not change.name.startswith("output.")}


def configuration(described: FakeRoot) -> str:
    """*described* in Terraform's language."""
    if described.fault:
        return "\n" * (described.fault.line - 1) + " " * (described.fault.column - 1) + "*\n"
    return "".join([*map(_resource, described.resources), *(_output(n, o) for n, o in described.outputs.items())])


def _resource(resource: FakeResource) -> str:
    command = "exec sleep 120" if resource.waits else "exit 3" if resource.fails else ""
    provisioner = f'provisioner "local-exec" {{\n command = "{command}"\n }}\n' if command else ""
    return (
        f'resource "terraform_data" "{resource.name}" {{\n'
        f"  input = {json.dumps(resource.input)}\n"
        f"  triggers_replace = {json.dumps(resource.replace)}\n{provisioner}}}\n"
    )


def _output(name: str, output: FakeOutput) -> str:
    value = f"terraform_data.{output.of}.output" if output.of else json.dumps(output.value)
    return f'output "{name}" {{\n  value = {value}\n  sensitive = {json.dumps(output.sensitive)}\n}}\n'


@pytest.fixture(params=PROGRAMS)
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    folder = tmp_path / "project" / "infra"
    folder.mkdir(parents=True)
    fake = request.param == "fake"
    infrastructure: Infrastructure = (
        FakeInfrastructure()
        if fake
        else TofuInfrastructure(PinnedTofu(), data_root=tmp_path / "data", project=tmp_path / "project")
    )
    root = TerraformRoot(
        component="infra",
        folder=str(folder),
        program="tofu" if fake else request.param,
        environment="local",
        suffix="infra-local",
    )
    yield Bench(infrastructure, root)
    await infrastructure.close()


async def test_first_plan_creates_and_does_not_know_what_comes_of_it(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", input="x"), made=FakeOutput(of="a"), fixed=FakeOutput(value="f"))
    await bench.infrastructure.init(bench.root)
    plan = await bench.infrastructure.plan(bench.root)
    assert plan.has_changes
    assert plan.changes[0].action is ChangeAction.CREATE
    assert plan.changes[0].name == "terraform_data.a"
    assert plan.outputs == {"made": Output(is_known=False), "fixed": Output(value="f")}


async def test_apply_gives_the_outputs(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", input={"n": 1}), made=FakeOutput(of="a"))
    assert await bench.apply() == {"made": Output(value={"n": 1})}
    assert await bench.infrastructure.outputs(bench.root) == {"made": Output(value={"n": 1})}
    assert bench.events[0] == "terraform_data.a: Creating..."


async def test_outputs_of_a_root_that_was_never_applied_are_none(bench: Bench) -> None:
    bench.describe(fixed=FakeOutput(value="f"))
    assert await bench.infrastructure.outputs(bench.root) == {}


async def test_plan_after_apply_is_empty_and_knows_all(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", input="x"), made=FakeOutput(of="a"))
    await bench.apply()
    plan = await bench.infrastructure.plan(bench.root)
    assert (plan.has_changes, plan.changes, plan.outputs) == (False, (), {"made": Output(value="x")})


async def test_changed_argument_updates(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", input="x"))
    await bench.apply()
    bench.describe(FakeResource(name="a", input="y"))
    assert await bench.moves() == {"terraform_data.a": ChangeAction.UPDATE}


async def test_what_cannot_change_in_place_is_replaced(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", replace="x"))
    await bench.apply()
    bench.describe(FakeResource(name="a", replace="y"))
    plan = await bench.infrastructure.plan(bench.root)
    assert [change.action for change in plan.changes] == [ChangeAction.REPLACE]
    assert "cannot be changed in place" in plan.changes[0].reason


async def test_resource_that_left_the_configuration_is_deleted(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"), FakeResource(name="b"))
    await bench.apply()
    bench.describe(FakeResource(name="b"))
    plan = await bench.infrastructure.plan(bench.root)
    assert [(c.name, c.action) for c in plan.changes] == [("terraform_data.a", ChangeAction.DELETE)]
    assert plan.changes[0].reason == "no longer in the configuration"
    await bench.infrastructure.apply(bench.root, plan, on_event=bench.events.append)
    assert await bench.moves() == {}


async def test_plan_of_the_end_removes_all_and_leaves_nothing_to_remove(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"), FakeResource(name="b"))
    await bench.apply()
    plan = await bench.infrastructure.plan(bench.root, destroy=True)
    assert {(c.name, c.action) for c in plan.changes} == {
        ("terraform_data.a", ChangeAction.DELETE),
        ("terraform_data.b", ChangeAction.DELETE),
    }
    assert await bench.infrastructure.apply(bench.root, plan, on_event=bench.events.append) == {}
    assert not (await bench.infrastructure.plan(bench.root, destroy=True)).changes


async def test_changed_output_alone_is_a_change(bench: Bench) -> None:
    bench.describe(fixed=FakeOutput(value="x"))
    await bench.apply()
    bench.describe(fixed=FakeOutput(value="y"))
    assert (await bench.infrastructure.plan(bench.root)).has_changes


async def test_what_is_as_the_state_says_has_not_drifted(bench: Bench) -> None:
    bench.describe(FakeResource(name="disk", input="10"), FakeResource(name="host"))
    await bench.apply()
    bench.describe(FakeResource(name="disk", input="20"))  # what the configuration asks for is no drift
    found = await bench.infrastructure.drift(bench.root)
    assert (found.changes, found.resources) == ((), 2)


async def test_drift_is_looked_for_while_another_holds_the_lock(bench: Bench) -> None:
    bench.describe(FakeResource(name="disk", input="10"))
    await bench.apply()
    bench.describe(FakeResource(name="disk", input="10"), FakeResource(name="slow", waits=True))
    holder = await bench.start_apply()
    assert await bench.infrastructure.lock(bench.root) is not None
    assert (await bench.infrastructure.drift(bench.root)).changes == ()
    await bench.stop(holder)


async def test_environments_have_states_of_their_own(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"))
    await bench.apply()
    bench.root = TerraformRoot(
        component="infra",
        folder=bench.root.folder,
        program=bench.root.program,
        environment="staging",
        suffix="infra-staging",
    )
    assert await bench.moves() == {"terraform_data.a": ChangeAction.CREATE}


@pytest.mark.parametrize("verb", ["init", "plan"])
async def test_syntax_error_names_its_place(bench: Bench, verb: str) -> None:
    bench.write(FakeRoot(fault=Location("infra/main.tf", 3, 5)))
    with pytest.raises(InputError) as caught:
        await getattr(bench.infrastructure, verb)(bench.root)
    assert caught.value.location == Location("infra/main.tf", 3, 5)
    assert caught.value.hint


async def test_failing_provisioner_fails_the_step_and_is_planned_again(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", fails=True))
    with pytest.raises(StepFailed, match=r"terraform_data\.a: local-exec provisioner error") as caught:
        await bench.apply()
    assert caught.value.hint
    assert await bench.infrastructure.lock(bench.root) is None
    plan = await bench.infrastructure.plan(bench.root)
    assert [c.action for c in plan.changes] == [ChangeAction.REPLACE]
    assert plan.changes[0].reason == "its creation failed before"


async def test_stale_plan_is_refused(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"))
    stale = await bench.infrastructure.plan(bench.root)
    await bench.apply()
    with pytest.raises(Refused, match="stale") as caught:
        await bench.infrastructure.apply(bench.root, stale, on_event=bench.events.append)
    assert caught.value.hint == "plan again"


async def test_plan_is_applied_once(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"))
    plan = await bench.infrastructure.plan(bench.root)
    await bench.infrastructure.apply(bench.root, plan, on_event=bench.events.append)
    with pytest.raises(Refused, match="the saved plan is gone"):
        await bench.infrastructure.apply(bench.root, plan, on_event=bench.events.append)


async def test_locked_state_is_refused_and_names_its_holder(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", waits=True))
    holder = await bench.start_apply()
    lock = await bench.infrastructure.lock(bench.root)
    assert lock is not None
    assert lock.operation == "OperationTypeApply"
    with pytest.raises(Refused) as caught:
        await bench.infrastructure.plan(bench.root)
    assert lock.id in caught.value.message
    assert lock.who in caught.value.message
    await bench.stop(holder)


async def test_living_holder_is_not_unlocked_by_another_id(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", waits=True))
    holder = await bench.start_apply()
    lock = await bench.infrastructure.lock(bench.root)
    assert lock is not None
    other = type(lock)(id="another", who=lock.who, operation=lock.operation, created=lock.created)
    with pytest.raises(Refused):
        await bench.infrastructure.unlock(bench.root, other)
    assert await bench.infrastructure.lock(bench.root) == lock
    await bench.stop(holder)


async def test_cancelled_apply_leaves_no_lock_and_its_half_is_planned_again(bench: Bench) -> None:
    bench.describe(FakeResource(name="a"), FakeResource(name="b", waits=True))
    await bench.stop(await bench.start_apply())
    assert await bench.infrastructure.lock(bench.root) is None
    assert (await bench.moves())["terraform_data.b"] is ChangeAction.REPLACE


async def test_nobody_holds_an_untouched_state(bench: Bench) -> None:
    assert await bench.infrastructure.lock(bench.root) is None


async def test_sensitive_output_is_secret_text(bench: Bench) -> None:
    bench.describe(token=FakeOutput(value="t0p-s3cret", sensitive=True))
    plan = await bench.infrastructure.plan(bench.root)
    outputs = await bench.infrastructure.apply(bench.root, plan, on_event=bench.events.append)
    assert outputs["token"] == Output(value=SecretText("t0p-s3cret"), is_sensitive=True)
    assert "t0p-s3cret" not in repr((plan, outputs, bench.events))


async def test_sensitive_output_that_is_not_known_yet_stays_sensitive(bench: Bench) -> None:
    bench.describe(FakeResource(name="a", input="t0p-s3cret"), token=FakeOutput(of="a", sensitive=True))
    plan = await bench.infrastructure.plan(bench.root)
    assert plan.outputs["token"] == Output(is_known=False, is_sensitive=True)
