"""A project as its file: what cannot be found out again by reading the repository, and nothing else."""

from __future__ import annotations

from typing import Any, Final

from fairlead.formats.yaml_text import dump_yaml
from fairlead.model.environment import Delivery, Environment
from fairlead.model.project import Project

API_VERSION: Final = "fairlead.dev/v1"
_HEAD: Final = "# Written by `fairlead import`: change it as you like, it is not written again.\n"


def format_project(project: Project) -> str:
    """The text of `fairlead.yaml` for *project*, whose components its environments are read from."""
    fields: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "project": project.name,
        "environments": {name: _environment(each) for name, each in project.environments.items()},
        "components": [],
    }
    return _HEAD + dump_yaml(fields)


def _environment(environment: Environment) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if environment.delivery is not Delivery.PUSH:
        fields["delivery"] = str(environment.delivery)
    if environment.kubernetes:
        fields["kubernetes"] = environment.kubernetes
    fields["from"] = [{str(source.dialect): source.path} for source in environment.read_from]
    return fields
