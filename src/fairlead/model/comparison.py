"""What differs between two states of a project: two environments, or one environment at two revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from fairlead.model.change import ABSENT
from fairlead.model.objects import Manifest, ObjectRef

SCHEMA = "fairlead.dev/diff/v1"


class DifferenceGroup(StrEnum):
    VERSION = "version"
    """Images, chart versions, API versions and the labels that repeat them."""
    CONFIGURATION = "configuration"
    MISSING = "missing"
    """In the first state only."""
    EXTRA = "extra"
    """In the second state only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldDifference:
    """One field: *path* as the API server writes it. With *is_order* the same items are in another order, and the
    values are what tells them apart."""

    path: str
    before: Any = ABSENT
    after: Any = ABSENT
    is_order: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What differs in one object, and is of one group; an object whose image and replicas differ has two. Both
    references are None where it is about the component itself. One that is missing or extra has no fields."""

    group: DifferenceGroup
    component: str
    first: ObjectRef | None = None
    second: ObjectRef | None = None
    fields: tuple[FieldDifference, ...] = ()

    @property
    def subject(self) -> str:
        found = self.first or self.second
        return str(found) if found else "chart"


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedComponent:
    """One component as it renders. *chart* is the version of its chart. *secrets* are texts that must not be shown;
    *why_not* says why it did not render: then it cannot be compared."""

    name: str
    objects: tuple[Manifest, ...] = field(default=(), repr=False)
    chart: str = ""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two states. *names* are what its environment is called in names of objects and namespaces."""

    name: str
    components: tuple[ComparedComponent, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    component: str
    side: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """*first* and *second* name the states, *objects* counts what each has. *only_first* and *only_second* are
    components that one of them does not have."""

    first: str
    second: str
    environment: str = ""
    differences: tuple[Difference, ...] = ()
    components: int = 0
    objects: tuple[int, ...] = (0, 0)
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()

    def count(self) -> Mapping[str, int]:
        """Differences by group: fields, and whole objects that are missing or extra."""
        counts: Counter[str] = Counter()
        for one in self.differences:
            counts[one.group.value] += len(one.fields) or 1
        return {group.value: counts[group.value] for group in DifferenceGroup}

    @property
    def has_differences(self) -> bool:
        return bool(self.differences)
