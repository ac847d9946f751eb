"""All objects that one environment gets, as rules look at them together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias

from fairlead.formats.json_data import dig_text
from fairlead.model.environment import Delivery
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef

FieldPath: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedObject:
    """*is_hook* is true of what only Helm runs; *is_release* where Helm itself writes it. *ref* has its namespace."""

    component: str
    manifest: Manifest
    ref: ObjectRef
    is_hook: bool = False
    is_release: bool = False

    @property
    def is_open(self) -> bool:
        """Whether its name is not known before the cluster fills it in (`${NAME}` of Flux)."""
        return "${" in self.ref.name or "${" in self.ref.namespace

    def text(self, *names: str) -> str:
        return dig_text(self.manifest, *names)


@dataclass(frozen=True, kw_only=True)
class EnvironmentObjects:
    """*is_whole* is false where a component was not built: what is missing may be in it. *guessed* are components that
    are one only by their look: nobody says that they are applied together."""

    objects: Sequence[JudgedObject]
    delivery: Delivery = Delivery.PUSH
    is_whole: bool = True
    guessed: Collection[str] = ()

    @cached_property
    def by_namespace(self) -> dict[str, list[JudgedObject]]:
        found: dict[str, list[JudgedObject]] = {}
        for one in self.objects:
            found.setdefault(one.ref.namespace, []).append(one)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """*index* of the object in `EnvironmentObjects.objects`, *path* of the field that the finding is about; *other* is
    the index of another one that it is about, too."""

    index: int
    finding: Finding
    path: FieldPath = ()
    other: int | None = None


ObjectRule: TypeAlias = Callable[[EnvironmentObjects], Iterator[Judgement]]
