from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.component import (
    CheckSource,
    Component,
    HelmSource,
    ManifestsSource,
    TerraformSource,
    TestKind,
    TestSource,
)
from fairlead.model.errors import InputError
from fairlead.model.image import ImageSource
from fairlead.model.project import UnknownComponent
from fairlead.model.tier import Tier
from fairlead.planning.selection import select


def component(name: str, source: Any, **given: Any) -> Component:
    return Component(**{"name": name, "source": source, **given})


COMPONENTS = (
    component("infra", TerraformSource(folder="t")),
    component("db", HelmSource(chart="c"), tier=Tier.STORAGE, namespace="data"),
    component("web", HelmSource(chart="c"), namespace="shop"),
    component("pages", ManifestsSource(paths=("p",)), namespace="shop"),
    component("ready", CheckSource(command=("true",))),
    component("smoke", TestSource(kind=TestKind.ROLLOUTS)),
    component("picture", ImageSource(packages=("redis-server",))),
)


@pytest.mark.parametrize(
    ("selectors", "picked"),
    [
        (["web"], "web"),
        (["name=web"], "web"),
        (["web", "db"], "web db"),
        (["kind=helm"], "db web"),
        (["kind=helm,namespace=shop"], "web"),
        (["kind=helm, tier=storage"], "db"),
        (["tier=storage", "namespace=shop"], "db web pages"),
        (["kind!=helm"], "infra pages picture ready smoke"),
        (["phase=deploy,name!=web"], "db pages"),
        (["kind=test"], "smoke"),
        (["kind=image"], "picture"),
        (["kind=check"], "ready"),
        (["phase=provision"], "infra picture"),
    ],
)
def test_selectors_pick(selectors: list[str], picked: str) -> None:
    assert select(COMPONENTS, selectors) == set(picked.split())


def test_no_selector_is_no_choice() -> None:
    assert select(COMPONENTS, []) is None


@pytest.mark.parametrize("selector", ["nobody", "name=nobody", "", "kind=helm,name=pages"])
def test_a_selector_that_picks_nothing_is_a_fault(selector: str) -> None:
    with pytest.raises(UnknownComponent) as caught:
        select(COMPONENTS, ["web", selector])
    assert caught.value.hint.startswith("known components are infra, db")


@pytest.mark.parametrize("selector", ["colour=red", "colour!=red"])
def test_an_unknown_key_is_a_fault(selector: str) -> None:
    with pytest.raises(InputError, match="unknown key in selector: colour"):
        select(COMPONENTS, [selector])


@pytest.mark.parametrize(
    ("selector", "picked"),
    [("team=web", {"a"}), ("tier=front", {"a"}), ("tier=applications", {"a", "b"}), ("team!=web", {"b"})],
)
def test_labels_pick_components_beside_the_keys(selector: str, picked: set[str]) -> None:
    labelled = Component(name="a", source=HelmSource(chart="x"), labels={"team": "web", "tier": "front"})
    assert select((labelled, Component(name="b", source=HelmSource(chart="x"))), [selector]) == picked
