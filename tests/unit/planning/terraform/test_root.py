from __future__ import annotations

import pytest

from fairlead.model.component import Component, ManifestsSource, TerraformSource
from fairlead.model.environment import Environment
from fairlead.model.project import Project
from fairlead.planning.terraform.root import terraform_root

LOCAL = Environment(name="local", names={"terraform": "development"})
PROJECT = Project(name="homelab", environments={"local": LOCAL}, components=())


def test_a_root_sees_the_name_that_terraform_is_given() -> None:
    component = Component(name="infra", source=TerraformSource(folder="terraform/{environment}", variables={"a": 1}))
    root = terraform_root(PROJECT, LOCAL, component, root="/p")
    assert (root.folder, root.environment, root.variables) == ("/p/terraform/development", "development", {"a": 1})


def test_each_environment_and_component_has_a_state_of_its_own() -> None:
    def suffix(environment: str, name: str) -> str:
        component = Component(name=name, source=TerraformSource(folder="t"))
        return terraform_root(PROJECT, Environment(name=environment), component, root="/p").suffix

    pairs = [("prod", "eu-net"), ("prod-eu", "net"), ("prod", "eu"), ("prod-eu", "eu")]
    assert len({suffix(*pair) for pair in pairs}) == len(pairs)


def test_what_is_no_root_is_a_bug() -> None:
    with pytest.raises(TypeError):
        terraform_root(PROJECT, LOCAL, Component(name="x", source=ManifestsSource(paths=())), root="/p")
