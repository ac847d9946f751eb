"""A finding that is accepted on purpose: with a reason, an owner and an end."""

from __future__ import annotations

from datetime import date

from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass

WAIVER_FILE = "fairlead.waivers.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """*rule* is the id of one rule. *file*, *component*, *kind*, *namespace* and *name* are globs, an empty one matches
    all. It holds to the end of the day *expires* (UTC). *owner* is who decided it."""

    rule: str
    reason: str
    owner: str
    expires: date
    file: str = ""
    component: str = ""
    kind: str = ""
    namespace: str = ""
    name: str = ""
    location: Location | None = None

    def __str__(self) -> str:
        said = (self.file, self.component, self.kind, self.namespace, self.name)
        names = ("file", "component", "kind", "namespace", "name")
        return " ".join([self.rule, *(f"{n}={text}" for n, text in zip(names, said, strict=True) if text)])


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """A finding that does not count, and why."""

    finding: Finding
    waiver: Waiver
