"""What can still be said about a project whose own file is faulty: its manifests and values are checked anyway."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from fairlead.actions.validate import scan_files
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.adapters.schemas.validator import SchemaValidator
from fairlead.engine.environment_build import value_paths
from fairlead.engine.offline import DEFAULT_KUBERNETES
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.validation import Validation
from fairlead.readers.project_paths import find_project


def scan_beside_faults(error: InputError, start: Path) -> Validation:
    """The findings of *error*, and those of the files that the project file names. Raises *error* if it has none."""
    if not error.findings:
        raise error
    file = find_project(start)
    data = _read(file)
    environments = [_environment(name, said) for name, said in _items(data.get("environments"))]
    components = [c for c in _listed(data.get("components")) if isinstance(c, dict)]
    files = ProjectFolder(file.parent)
    scanned = scan_files(
        files,
        manifests=_inside(files, (p for e in environments for c in components for p in _manifests(c, e))),
        values=_inside(files, (p for e in environments for p in _values(components, e))),
        schemas=SchemaValidator(),
        kubernetes=DEFAULT_KUBERNETES,
    )
    scanned.findings = [*error.findings, *scanned.findings]
    return scanned


def _read(file: Path) -> dict[str, Any]:
    try:
        data: Any = yaml.safe_load(file.read_text())
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def _environment(name: str, said: Any) -> Environment:
    """Only what paths need of it."""
    names = said.get("as") if isinstance(said, dict) else None
    return Environment(name=name, names={k: v for k, v in _items(names) if isinstance(v, str)})


def _manifests(component: dict[str, Any], environment: Environment) -> Iterator[str]:
    paths = component.get("manifests")
    listed = [paths] if isinstance(paths, str) else _listed(paths)
    yield from (expand(path, environment) for path in listed if isinstance(path, str))


def _values(components: list[dict[str, Any]], environment: Environment) -> Iterator[str]:
    yield f"environments/{environment.name_for('values')}/values.yaml"
    for component in components:
        helm = component.get("helm")
        if isinstance(helm, dict) and isinstance(component.get("name"), str):
            stated = [path for path in _listed(helm.get("valueFiles")) if isinstance(path, str)]
            yield from value_paths(component["name"], stated, environment)


def _inside(files: ProjectFolder, paths: Iterator[str]) -> list[str]:
    """*paths*, each once, without those that leave the project: its own findings name them."""
    return [path for path in dict.fromkeys(paths) if files.holds(path)]


def _items(value: Any) -> list[tuple[str, Any]]:
    return [(k, v) for k, v in value.items() if isinstance(k, str)] if isinstance(value, dict) else []


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
