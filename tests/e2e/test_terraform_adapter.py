"""What the real adapter does beyond the contract: variables, secrets, folders, programs. Runs OpenTofu, no network."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.terraform.infrastructure import TofuInfrastructure
from fairlead.model.errors import InputError, StepFailed, Unavailable
from fairlead.model.infrastructure import Output, StateLock, TerraformRoot
from fairlead.model.secret import SecretText
from terraform_programs import PinnedTofu

pytestmark = pytest.mark.e2e

ECHO = 'variable "a" {}\noutput "a" {\n  value = var.a\n}\n'
Root = Callable[..., TerraformRoot]


@pytest.fixture
def infrastructure(tmp_path: Path) -> TofuInfrastructure:
    return TofuInfrastructure(PinnedTofu(), data_root=tmp_path / "data", project=tmp_path)


@pytest.fixture
def root(tmp_path: Path) -> Root:
    def write(text: str, **variables: Any) -> TerraformRoot:
        folder = tmp_path / "infra"
        folder.mkdir(exist_ok=True)
        (folder / "main.tf").write_text(text)
        return TerraformRoot(
            component="infra",
            folder=str(folder),
            program="tofu",
            environment="development",
            suffix="infra-local",
            variables=variables,
        )

    return write


def nothing(line: str) -> None:
    """Events do not matter here."""


async def planned(infrastructure: TofuInfrastructure, root: TerraformRoot) -> dict[str, Output]:
    return dict((await infrastructure.plan(root)).outputs)


async def test_environment_is_given_where_it_is_declared(infrastructure: TofuInfrastructure, root: Root) -> None:
    declared = root('variable "environment" {}\noutput "e" {\n  value = var.environment\n}\n')
    assert await planned(infrastructure, declared) == {"e": Output(value="development")}


async def test_environment_is_not_given_where_it_is_not_declared(
    infrastructure: TofuInfrastructure, root: Root
) -> None:
    assert await planned(infrastructure, root('output "e" {\n  value = 1\n}\n')) == {"e": Output(value=1)}


async def test_variable_of_the_component_wins_over_the_environments_name(
    infrastructure: TofuInfrastructure, root: Root
) -> None:
    declared = root('variable "environment" {}\noutput "e" {\n  value = var.environment\n}\n', environment="mine")
    assert await planned(infrastructure, declared) == {"e": Output(value="mine")}


@pytest.mark.parametrize("value", ["text", 3, True, ["a", 1], {"b": {"c": None}}])
async def test_variables_keep_their_type(infrastructure: TofuInfrastructure, root: Root, value: Any) -> None:
    assert await planned(infrastructure, root(ECHO, a=value)) == {"a": Output(value=value)}


async def test_undeclared_variable_is_an_error_with_the_likely_name(
    infrastructure: TofuInfrastructure, root: Root
) -> None:
    with pytest.raises(InputError, match="declares no variable 'regoin'") as caught:
        await infrastructure.plan(root('variable "region" {}\n', regoin="x"))
    assert caught.value.hint == "did you mean 'region'?"


async def test_missing_value_names_the_variable_and_its_place(infrastructure: TofuInfrastructure, root: Root) -> None:
    with pytest.raises(InputError, match='"a" is not set') as caught:
        await infrastructure.plan(root(ECHO))
    assert str(caught.value.location) == "infra/main.tf:1:1"


async def test_secret_variable_reaches_terraform_and_nothing_else(
    infrastructure: TofuInfrastructure, root: Root
) -> None:
    text = 'variable "a" {}\nresource "terraform_data" "x" {\n  input = var.a\n  provisioner "local-exec" {\n'
    text += '    command = "echo ${var.a}; exit 3"\n  }\n}\n'
    secret = root(text, a=SecretText("t0p-s3cret"))
    plan = await infrastructure.plan(secret)
    events: list[str] = []
    with pytest.raises(StepFailed) as caught:
        await infrastructure.apply(secret, plan, on_event=events.append)
    assert any("***" in line for line in events)
    assert "t0p-s3cret" not in repr((plan, events, caught.value.message, caught.value.hint))


async def test_secret_that_comes_out_undeclared_is_masked(infrastructure: TofuInfrastructure, root: Root) -> None:
    found = await planned(infrastructure, root(ECHO, a=SecretText("t0p-s3cret")))
    assert found == {"a": Output(value=SecretText("t0p-s3cret"), is_sensitive=True)}


async def test_ephemeral_variable_is_there_when_the_plan_is_applied(
    infrastructure: TofuInfrastructure, root: Root
) -> None:
    text = 'variable "a" {\n  ephemeral = true\n}\nresource "terraform_data" "x" {\n  provisioner "local-exec" {\n'
    written = root(text + "    command = \"test -n '${var.a}'\"\n  }\n}\n", a=SecretText("t0p-s3cret"))
    await infrastructure.apply(written, await infrastructure.plan(written), on_event=nothing)
    assert not (await infrastructure.plan(written)).has_changes


async def test_users_folder_stays_as_it_was(infrastructure: TofuInfrastructure, root: Root) -> None:
    written = root('resource "terraform_data" "x" {}\n')
    await infrastructure.init(written)
    plan = await infrastructure.plan(written)
    await infrastructure.apply(written, plan, on_event=nothing)
    assert [path.name for path in Path(written.folder).iterdir()] == ["main.tf"]


async def test_plan_is_readable_for_us_only_and_gone_after_its_use(
    infrastructure: TofuInfrastructure, root: Root, tmp_path: Path
) -> None:
    written = root(ECHO, a="x")
    plan = await infrastructure.plan(written)
    runs = tmp_path / "data" / "infra-local" / "runs"
    files = [path for path in runs.rglob("*") if path.is_file()]
    assert Path(plan.file) in files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    await infrastructure.apply(written, plan, on_event=nothing)
    assert list(runs.iterdir()) == []


async def test_failed_plan_leaves_nothing(infrastructure: TofuInfrastructure, root: Root, tmp_path: Path) -> None:
    with pytest.raises(InputError):
        await infrastructure.plan(root("x ="))
    assert list((tmp_path / "data" / "infra-local" / "runs").iterdir()) == []


async def test_close_removes_plans_that_nobody_applied(
    infrastructure: TofuInfrastructure, root: Root, tmp_path: Path
) -> None:
    await infrastructure.plan(root(ECHO, a="x"))
    await infrastructure.close()
    assert list((tmp_path / "data" / "infra-local" / "runs").iterdir()) == []


@pytest.mark.parametrize("name", ["terraform.tfstate", "terraform.tfstate.d"])
async def test_state_made_by_hand_is_not_ignored(infrastructure: TofuInfrastructure, root: Root, name: str) -> None:
    written = root("")
    (Path(written.folder) / name).mkdir()
    with pytest.raises(InputError, match="holds a state that no environment uses") as caught:
        await infrastructure.init(written)
    assert "infra-local/terraform.tfstate" in caught.value.hint


async def test_local_backend_is_used_as_it_is_written(
    infrastructure: TofuInfrastructure, root: Root, tmp_path: Path
) -> None:
    written = root(
        'terraform {\n  backend "local" {\n    path = "../state/mine"\n  }\n}\noutput "a" {\n  value = 1\n}\n'
    )
    await infrastructure.init(written)
    await infrastructure.apply(written, await infrastructure.plan(written), on_event=nothing)
    assert (tmp_path / "state" / "mine").is_file()
    assert await infrastructure.outputs(written) == {"a": Output(value=1)}
    assert await infrastructure.lock(written) is None


async def test_registry_that_does_not_answer_is_unavailable(infrastructure: TofuInfrastructure, root: Root) -> None:
    text = 'terraform {\n  required_providers {\n    x = {\n      source = "localhost:1/a/x"\n    }\n  }\n}\n'
    with pytest.raises(Unavailable, match="localhost:1/a/x") as caught:
        await infrastructure.init(root(text))
    assert caught.value.hint


async def test_module_that_is_not_there_fails_init(infrastructure: TofuInfrastructure, root: Root) -> None:
    with pytest.raises(StepFailed, match="Unreadable module directory"):
        await infrastructure.init(root('module "m" {\n  source = "./none"\n}\n'))


async def test_missing_terraform_is_unavailable(
    infrastructure: TofuInfrastructure, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(Unavailable, match="terraform is not on the search path") as caught:
        await infrastructure.plan(replace(root(""), program="terraform"))
    assert "tofu" in caught.value.hint


async def test_unknown_program_is_an_input_error(infrastructure: TofuInfrastructure, root: Root) -> None:
    with pytest.raises(InputError, match="unknown program: pulumi"):
        await infrastructure.plan(replace(root(""), program="pulumi"))


async def test_missing_folder_is_an_input_error(infrastructure: TofuInfrastructure, root: Root) -> None:
    with pytest.raises(InputError, match="no such folder"):
        await infrastructure.plan(replace(root(""), folder="/nowhere"))


async def test_lock_in_a_cluster_cannot_be_read_without_one(infrastructure: TofuInfrastructure, root: Root) -> None:
    with pytest.raises(Unavailable, match="no cluster is connected"):
        await infrastructure.lock(root('terraform {\n  backend "kubernetes" {}\n}\n'))


async def test_lock_of_another_backend_is_not_known(infrastructure: TofuInfrastructure, root: Root) -> None:
    assert await infrastructure.lock(root('terraform {\n  backend "http" {}\n}\n')) is None


async def test_apply_that_takes_too_long_fails_and_leaves_no_lock(tmp_path: Path, root: Root) -> None:
    hasty = TofuInfrastructure(PinnedTofu(), data_root=tmp_path / "data", project=tmp_path, timeout_seconds=1)
    text = 'resource "terraform_data" "x" {\n  provisioner "local-exec" {\n    command = "exec sleep 120"\n  }\n}\n'
    slow = root(text)
    plan = await hasty.plan(slow)
    with pytest.raises(StepFailed, match="did not end within 1 s"):
        await hasty.apply(slow, plan, on_event=nothing)
    assert await hasty.lock(slow) is None


async def test_unlock_of_a_free_state_does_nothing(infrastructure: TofuInfrastructure, root: Root) -> None:
    await infrastructure.unlock(root(""), StateLock(id="i", who="", operation="", created=""))
