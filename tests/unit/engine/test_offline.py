"""The plan where no cluster answers, on a project on disk with plain manifests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fairlead.adapters.git.repository import GitRepository
from fairlead.bootstrap.places import Opened, Places, open_project
from fairlead.bootstrap.sources import open_sources
from fairlead.engine.offline import NOT_OBSERVED, PASSING_KEY, offline_target, plan_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.model.change import ChangeAction
from fairlead.model.errors import InputError
from fairlead.model.plan import Plan

WIDGETS: dict[str, Any] = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "widgets.example.com"},
    "spec": {"group": "example.com", "scope": "Namespaced", "names": {"kind": "Widget", "plural": "widgets"}},
}


def config_map(name: str, namespace: str = "") -> dict[str, Any]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata}


def write(folder: Path, **components: list[dict[str, Any]]) -> Opened:
    """A project with one `manifests` component for each of *components*."""
    folder.joinpath("fairlead.yaml").write_text(
        yaml.safe_dump(
            {
                "apiVersion": "fairlead.dev/v1",
                "project": "p",
                "environments": {"local": {"cluster": {"driver": "embedded"}}},
                "components": [{"name": name, "manifests": [f"{name}.yaml"]} for name in components],
            }
        )
    )
    for name, manifests in components.items():
        folder.joinpath(f"{name}.yaml").write_text(yaml.safe_dump_all(manifests))
    return open_project(folder)


async def plan(opened: Opened, **options: Any) -> Plan:
    wishes = PlanOptions(**options)
    places = Places(cache=opened.root / "cache", state=opened.root / "state")
    sources = open_sources(places, opened, tell=lambda _: None)
    target = offline_target(opened.project, opened.project.environment("local"), wishes)
    renderer = Renderer(target, sources, key=PASSING_KEY)
    return await plan_offline(renderer, GitRepository(opened.root), wishes)


async def test_every_change_says_that_no_cluster_was_observed(tmp_path: Path) -> None:
    found = await plan(write(tmp_path, web=[config_map("a"), config_map("b")]))
    changes = found.step("web").changes
    assert [(c.action, c.reason) for c in changes] == [(ChangeAction.UNKNOWN, NOT_OBSERVED)] * 2
    assert not found.cluster_observed


async def test_a_namespace_that_a_component_defines_is_no_step_of_its_own(tmp_path: Path) -> None:
    space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "x"}}
    found = await plan(write(tmp_path, base=[space], web=[config_map("a", "x")]))
    assert found.step("web").after == ("base",)
    assert "namespace/x" not in {step.name for step in found.steps}


async def test_a_namespace_that_nobody_defines_is_a_step(tmp_path: Path) -> None:
    found = await plan(write(tmp_path, web=[config_map("a", "x")]))
    assert found.step("web").after == ("namespace/x",)


async def test_users_of_a_kind_are_after_its_definition(tmp_path: Path) -> None:
    widget = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "default"}}
    found = await plan(write(tmp_path, operator=[WIDGETS], user=[widget]))
    assert found.step("user").after == ("operator/crds",)


async def test_words_after_the_flags_are_in_it_too(tmp_path: Path) -> None:
    found = await plan(write(tmp_path, web=[config_map("a")]), extra_test=("true",))
    assert found.step("test/command")


async def test_two_plans_of_one_project_are_equal(tmp_path: Path) -> None:
    opened = write(tmp_path, web=[config_map("a")], other=[config_map("b")])
    assert await plan(opened) == await plan(opened)


async def test_only_what_is_selected_is_planned(tmp_path: Path) -> None:
    opened = write(tmp_path, web=[config_map("a")], other=[config_map("b")])
    found = await plan(opened, selected=frozenset({"web"}))
    assert "other" not in {step.component for step in found.steps}
    assert found.left_out == ("component other: not selected",)


async def test_one_object_that_two_components_have_otherwise_is_refused(tmp_path: Path) -> None:
    different = {**config_map("a"), "data": {"other": "1"}}
    with pytest.raises(InputError, match=r"components web \(.*\) and other \(.*\) both have it, and differ"):
        await plan(write(tmp_path, web=[config_map("a")], other=[different]))


async def test_one_object_that_two_components_have_alike_is_planned_once(tmp_path: Path) -> None:
    found = await plan(
        write(tmp_path, web=[config_map("a"), config_map("b")], other=[config_map("a"), config_map("c")])
    )
    changed = [change.subject for step in found.steps for change in step.changes if "ConfigMap" in change.subject]
    assert [name.rpartition("/")[2] for name in changed] == ["a", "b", "c"]
