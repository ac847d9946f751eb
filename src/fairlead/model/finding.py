"""A finding: what a rule, a reader or a schema says about one place in a file or one object."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef


class Severity(StrEnum):
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"

    @property
    def rank(self) -> int:
        """The graver, the higher."""
        return list(Severity).index(self)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A place in a project file; *line* and *column* count from 1, 0 means the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """*chain* are the places whose references led to *location*, outermost first."""

    rule: str
    message: str
    hint: str = ""
    severity: Severity = Severity.ERROR
    location: Location | None = None
    ref: ObjectRef | None = None
    component: str = ""
    chain: tuple[Location, ...] = ()

    def __str__(self) -> str:
        place = str(self.location) if self.location else str(self.ref) if self.ref else self.component
        return f"{place}: {self.message}" if place else self.message
