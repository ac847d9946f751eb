"""What could be read of a project file, for the rules about how its parts go together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fairlead.model.environment import ALIASES
from fairlead.readers.project_faults import Fault, Path, suggest
from fairlead.readers.project_schema import SOURCE_KEYS, ComponentFields, EnvironmentFields


def canonical(environment: str) -> str:
    return ALIASES.get(environment, environment)


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What could be read of a file. *raw* is all of it; the rest holds only what is valid by itself, components by
    their place in the list. *trimmed* are components of which a wrong key was left out."""

    raw: Mapping[str, Any]
    environments: Mapping[str, EnvironmentFields]
    components: Mapping[int, ComponentFields]
    repositories: Mapping[str, str]
    groups: Mapping[str, tuple[str, ...]]
    trimmed: frozenset[int] = frozenset()

    @cached_property
    def environment_names(self) -> tuple[str, ...]:
        """Of all environments, canonical, also of those that could not be read."""
        return tuple(dict.fromkeys(canonical(name) for name in as_map(self.raw.get("environments"))))

    @cached_property
    def kinds(self) -> Mapping[str, str]:
        """The kind of every component by name, also of those that could not be read; empty where it has none."""
        raw = self.raw.get("components")
        entries = [as_map(entry) for entry in raw] if isinstance(raw, list) else []
        return {
            entry["name"]: next((key for key in SOURCE_KEYS if key in entry), "")
            for entry in entries
            if isinstance(entry.get("name"), str)
        }

    @cached_property
    def by_name(self) -> Mapping[str, ComponentFields]:
        return {component.name: component for component in self.components.values()}

    def places_of(self, component: ComponentFields) -> frozenset[str]:
        """The environments that *component* belongs to; groups are resolved."""
        if not component.environments:
            return frozenset(self.environment_names)
        return frozenset(
            canonical(member) for name in component.environments for member in self.groups.get(name, (name,))
        )


def as_map(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def not_of_kind(name: str, parts: Parts, *, kinds: Sequence[str], path: Path, why: str) -> Fault:
    """The fault of naming *name* where a component of one of *kinds* is wanted; *why* only those will do."""
    wanted = " or ".join(kinds)
    if name in parts.kinds:
        message, hint = f"{name} is no {wanted} component", why
    else:
        names = tuple(other for other, kind in parts.kinds.items() if kind in kinds)
        message, hint = f"unknown component: {name}", suggest(name, names, what=f"{wanted} components")
    return Fault(rule="unknown-component", path=path, message=message, hint=hint)


def not_in_all_places(component: ComponentFields, other: str, parts: Parts, *, path: Path) -> Iterator[Fault]:
    """The fault of using *other* in an environment that it does not belong to."""
    if other not in parts.by_name or parts.trimmed:
        return
    missing = parts.places_of(component) - parts.places_of(parts.by_name[other])
    if missing:
        places = ", ".join(sorted(missing))
        yield Fault(
            rule="not-there",
            path=path,
            message=f"component {other} does not belong to {places}, {component.name} does",
            hint="write `environments:` alike in both",
        )
