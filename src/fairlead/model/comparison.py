"""What differs between two states of a project: two environments, or one environment at two revisions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from fairlead.model.change import ABSENT
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef

SCHEMA = "fairlead.dev/diff/v1"
EXPECTED_FILE = "fairlead.differences.yaml"


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
    *why_not* says why it did not render: then it cannot be compared; *is_fault*: since the files are wrong, not since
    something is not here or cannot be judged."""

    name: str
    objects: tuple[Manifest, ...] = field(default=(), repr=False)
    chart: str = ""
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    why_not: str = ""
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two states. *names* are what its environment is called in names of objects and namespaces."""

    name: str
    components: tuple[ComparedComponent, ...]
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """*is_fault* as of `ComparedComponent`."""

    component: str
    side: str
    reason: str
    is_fault: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEntry:
    """A difference that two environments have on purpose. *component*, *kind*, *namespace* and *name* are globs, an
    empty one matches all; *fields* are paths as diff shows them, in which `*` stands for anything; without any it is
    whole objects, their being there included. *between* are two environments, in either order; empty means any two.

    The version of a component's chart is `.version` of kind `Chart`, named like the component.
    """

    reason: str
    between: tuple[str, ...] = ()
    component: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    fields: tuple[str, ...] = ()
    location: Location | None = None

    def is_about(self, first: str, second: str) -> bool:
        return not self.between or set(self.between) == {first, second}

    def __str__(self) -> str:
        return str(self.location or EXPECTED_FILE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """How many differences *entry* explains, counted as in `Comparison.count`."""

    entry: ExpectedEntry
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """*first* and *second* name the states, *objects* counts what each has. *only_first* and *only_second* are
    components that one of them does not have; *absent_in* names the state that lacks the whole environment.

    *differences* are without those that are *expected*; *unused* are the entries that explain nothing. *unchanged*
    counts components that were not rendered, for they are made from the same input. *made_up* counts, by component,
    fields that are others on each rendering: nothing can be said about them.
    """

    first: str
    second: str
    environment: str = ""
    differences: tuple[Difference, ...] = ()
    components: int = 0
    objects: tuple[int, ...] = (0, 0)
    unchanged: int = 0
    made_up: Mapping[str, int] = field(default_factory=dict)
    only_first: tuple[str, ...] = ()
    only_second: tuple[str, ...] = ()
    absent_in: str = ""
    not_compared: tuple[NotCompared, ...] = ()
    expected: tuple[Expected, ...] = ()
    unused: tuple[ExpectedEntry, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything could be compared."""
        return not self.not_compared

    def count(self) -> Mapping[str, int]:
        """Differences by group: fields, and whole objects that are missing or extra."""
        counts: Counter[str] = Counter()
        for one in self.differences:
            counts[one.group.value] += len(one.fields) or 1
        return {group.value: counts[group.value] for group in DifferenceGroup}

    @property
    def has_differences(self) -> bool:
        return bool(self.differences or self.absent_in)


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffReport:
    """All that one `diff` compared. *same* are environments that do not differ between two revisions; *notes* say what
    took no part."""

    first: str
    second: str
    comparisons: tuple[Comparison, ...]
    same: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def has_differences(self) -> bool:
        return any(one.has_differences for one in self.comparisons)

    @property
    def is_whole(self) -> bool:
        """Whether everything could be compared."""
        return all(one.is_whole for one in self.comparisons)

    @property
    def has_faults(self) -> bool:
        """Whether something is not compared because the files are wrong."""
        return any(each.is_fault for one in self.comparisons for each in one.not_compared)

    def count(self) -> Mapping[str, int]:
        total = Counter[str]()
        for one in self.comparisons:
            total.update(one.count())
        return {group.value: total[group.value] for group in DifferenceGroup}
