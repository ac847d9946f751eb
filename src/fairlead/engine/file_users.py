"""Who is deployed from which file of the project: a file that others read as well is not changed for one of them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Final

from fairlead.engine.renderer import Renderer
from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass


def files_of(renderer: Renderer, component: Component) -> tuple[str, ...]:
    """The files that *component* is rendered from, but for charts; none where they cannot be told."""
    try:
        return tuple(_files(renderer, component))
    except InputError:
        return ()


def _files(renderer: Renderer, component: Component) -> Iterator[str]:
    files, environment = renderer.sources.files, renderer.target.environment
    match component.source:
        case KustomizeSource() as source:
            root = files.root()
            yield from (os.path.relpath(path, root) for path in renderer.overlay_files(component, source))
        case ManifestsSource(paths=paths):
            yield from files.expand([expand(path, environment) for path in paths])
        case HelmSource(value_files=value_files, is_layered=is_layered):
            yield from (os.path.normpath(expand(path, environment)) for path in value_files)
            yield from own_value_files(environment, component) if is_layered else ()
        case _ if any(expression.startswith("global") for expression in component.set.values()):
            yield own_value_files(environment, component)[0]


def own_value_files(environment: Environment, component: Component) -> tuple[str, str]:
    """Those that every release of an environment reads where they are there, lowest first."""
    seen = environment.name_for("values")
    return f"environments/{seen}/values.yaml", f"environments/{seen}/{component.name}.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class FileUsers:
    """Who reads a file besides one component: *here* are components of its environment, *elsewhere* says who reads it
    in other environments: `api (staging) and 2 more`."""

    here: tuple[str, ...] = ()
    elsewhere: str = ""


NOBODY: Final = FileUsers()


def other_users(renderers: Mapping[str, Renderer], *, environment: str, component: str) -> dict[str, FileUsers]:
    """By file. *renderers* are by environment."""
    users: dict[str, list[tuple[str, str]]] = {}
    for name, renderer in renderers.items():
        for each in renderer.target.project.components_of(renderer.target.environment):
            if (name, each.name) != (environment, component):
                for file in files_of(renderer, each):
                    users.setdefault(file, []).append((name, each.name))
    return {
        file: FileUsers(
            here=tuple(component for name, component in found if name == environment),
            elsewhere=_named([f"{component} ({name})" for name, component in found if name != environment]),
        )
        for file, found in users.items()
    }


def _named(names: list[str]) -> str:
    return f"{names[0]} and {len(names) - 1} more" if len(names) > 1 else "".join(names)
