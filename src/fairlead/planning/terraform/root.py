"""Which Terraform root a component is, and the name of its state in one environment."""

from __future__ import annotations

from fairlead.formats.compound_names import compound_name
from fairlead.model.component import Component, TerraformSource
from fairlead.model.environment import Environment
from fairlead.model.infrastructure import TerraformRoot
from fairlead.model.project import Project

LONGEST_SUFFIX = 63
"""The state's Secret carries it as a label."""


def terraform_root(project: Project, environment: Environment, component: Component, *, root: str) -> TerraformRoot:
    """The root that *component* names, with a state of its own for *environment*."""
    if not isinstance(component.source, TerraformSource):
        raise TypeError(f"{component.name} is no Terraform root")
    folder = component.source.folder.replace("{environment}", environment.name_for("terraform"))
    return TerraformRoot(
        component=component.name,
        folder=f"{root}/{folder}",
        program=component.source.program,
        environment=environment.name_for("terraform"),
        suffix=compound_name(project.name, environment.name, component.name, longest=LONGEST_SUFFIX),
        variables=component.source.variables,
    )
