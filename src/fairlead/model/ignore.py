"""What is ignored on purpose when the cluster differs: with a reason, an owner and an end."""

from __future__ import annotations

from datetime import date

from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass

IGNORE_FILE = "fairlead.ignore.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class IgnoreEntry:
    """Fields of some objects. *component*, *kind*, *namespace* and *name* are globs, an empty one matches all; *fields*
    are paths as drift shows them, in which `*` stands for anything. An entry without fields ignores whole objects.

    It holds to the end of the day *expires* (UTC). *owner* is who decided it.
    """

    kind: str
    name: str
    reason: str
    owner: str
    expires: date
    component: str = ""
    namespace: str = ""
    fields: tuple[str, ...] = ()
    location: Location | None = None

    def __str__(self) -> str:
        place = f"{self.location}: " if self.location else ""
        space = f"{self.namespace}/" if self.namespace else ""
        return f"{place}{self.kind} {space}{self.name}"
