"""A project: what one repository deploys, where to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fairlead.model.component import Component
from fairlead.model.environment import ALIASES, Environment
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass, field


class UnknownEnvironment(InputError):
    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        super().__init__(f"unknown environment: {name}", hint=f"known environments are {', '.join(known)}")
        self.name = name


class UnknownComponent(InputError):
    def __init__(self, name: str, *, known: Sequence[str]) -> None:
        super().__init__(f"no component matches: {name}", hint=f"known components are {', '.join(known)}")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """*file* is the project file's path as given, for messages; *groups* names sets of environments."""

    name: str
    environments: Mapping[str, Environment]
    components: tuple[Component, ...]
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    file: str = "fairlead.yaml"

    @property
    def is_read_elsewhere(self) -> bool:
        """Whether other tools' files say what some environment deploys."""
        return any(environment.read_from for environment in self.environments.values())

    def environment(self, name: str) -> Environment:
        """Raises UnknownEnvironment. Accepts the aliases of `ALIASES`."""
        found = self.environments.get(name) or self.environments.get(ALIASES.get(name, ""))
        if found is None:
            raise UnknownEnvironment(name, known=tuple(self.environments))
        return found

    def components_of(self, environment: Environment) -> tuple[Component, ...]:
        return tuple(c for c in self.components if c.is_in(environment.name))
