from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from fairlead.bootstrap.places import Opened
from fairlead.cli.options import choose_environment, plan_options, run_async, with_timeout
from fairlead.engine.plan_options import PlanOptions
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.environment import Environment, ReadFrom
from fairlead.model.errors import InputError
from fairlead.model.plan import Phase
from fairlead.model.project import Project, UnknownComponent, UnknownEnvironment
from fairlead.model.removal import Removal

LOCAL, STAGING = Environment(name="local"), Environment(name="staging")


def project(*environments: Environment) -> Project:
    components = tuple(Component(name=name, source=ManifestsSource(paths=())) for name in ("a", "b"))
    return Project(name="p", environments={e.name: e for e in environments}, components=components)


def options(environment: Environment = LOCAL, **given: Any) -> PlanOptions:
    flags = ("skip_terraform", "skip_helmfile", "skip_tests", "skip_crds")
    wishes = {"selector": (), "assignments": (), **dict.fromkeys(flags, False), **given}
    return plan_options(project(LOCAL, STAGING), environment, **wishes)


def test_the_only_environment_need_not_be_named() -> None:
    assert choose_environment(project(LOCAL), None) is LOCAL


def test_of_several_one_must_be_named() -> None:
    with pytest.raises(InputError, match="which environment") as caught:
        choose_environment(project(LOCAL, STAGING), None)
    assert caught.value.hint.endswith("local, staging")


def test_an_environment_is_found_by_name_or_alias() -> None:
    assert choose_environment(project(LOCAL, STAGING), "staging") is STAGING
    assert choose_environment(project(LOCAL, STAGING), "development") is LOCAL
    with pytest.raises(UnknownEnvironment, match="unknown environment: production"):
        choose_environment(project(LOCAL), "production")


def test_nothing_is_pruned_where_something_may_not_have_been_read() -> None:
    read = Environment(name="local", read_from=(ReadFrom(dialect="helmfile", path="helmfile.yaml"),))
    with pytest.raises(InputError, match="local is read from helmfile"):
        options(read, prune=True)
    assert options(read).removal == Removal()
    assert options(LOCAL, prune=True).removal.prune


@pytest.mark.parametrize(
    ("flag", "phase", "reason"),
    [
        ("skip_terraform", Phase.PROVISION, "--skip-terraform"),
        ("skip_helmfile", Phase.DEPLOY, "--skip-helmfile"),
        ("skip_tests", Phase.TEST, "--skip-tests"),
    ],
)
def test_a_flag_leaves_out_its_phase(flag: str, phase: Phase, reason: str) -> None:
    assert options(**{flag: True}).left_out.reasons == {phase: reason}


def test_selectors_pick_components() -> None:
    assert options().selected is None
    assert options(selector=("a",)).selected == {"a"}
    with pytest.raises(UnknownComponent):
        options(selector=("c",))


def test_values_are_set_in_local_only() -> None:
    assert options(assignments=("replicas=2",)).overrides
    with pytest.raises(InputError, match="--set is for the local environment only"):
        options(STAGING, assignments=("replicas=2",))


def test_a_timeout_holds_for_every_component(tmp_path: Path) -> None:
    opened = Opened(project=project(LOCAL), root=tmp_path)
    assert with_timeout(opened, None) is opened
    assert {c.timeout_seconds for c in with_timeout(opened, "1m30s").project.components} == {90}


def test_a_timeout_that_is_none_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        with_timeout(Opened(project=project(LOCAL), root=tmp_path), "soon")


def test_work_gives_its_result() -> None:
    async def work() -> int:
        return 3

    assert run_async(work()) == 3


def test_sigterm_ends_the_work_as_ctrl_c_does() -> None:
    ended = []

    async def work() -> None:
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    with pytest.raises(KeyboardInterrupt):
        run_async(work())
    assert ended
