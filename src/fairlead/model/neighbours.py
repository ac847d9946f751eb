"""What the other projects and environments on the same cluster have there, as their records say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Who has it: a *component* of another *project*, or of another *environment* of the same one. *uid* is that of the
    object it wrote; empty for a release."""

    project: str
    environment: str
    component: str
    uid: str = ""

    def __str__(self) -> str:
        return f"component {self.component} of project {self.project} (environment {self.environment})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """*releases* are by namespace and name. What a component only left behind is nobody's."""

    objects: Mapping[ObjectRef, Holding] = field(default_factory=dict)
    releases: Mapping[tuple[str, str], Holding] = field(default_factory=dict)

    def holder(self, ref: ObjectRef, uid: str) -> Holding | None:
        """Who has the object of that name, if it is still the one that they wrote."""
        found = self.objects.get(ref)
        return found if found is not None and found.uid == uid else None


def neighbours_of(records: Iterable[tuple[str, str, ComponentRecord]]) -> Neighbours:
    """*records* with their project and environment."""
    objects: dict[ObjectRef, Holding] = {}
    releases: dict[tuple[str, str], Holding] = {}
    for project, environment, record in records:
        holding = Holding(project=project, environment=environment, component=record.component)
        objects |= {ref: dataclasses.replace(holding, uid=b.uid) for ref, b in record.baselines.items()}
        if record.release:
            releases[(record.standing.namespace, record.release)] = holding
    return Neighbours(objects=objects, releases=releases)
