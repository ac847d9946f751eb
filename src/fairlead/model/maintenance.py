"""An environment that is closed for maintenance: who closed it, since when, why, and what was scaled meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from fairlead.model.errors import Refused
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import ObjectRef

MANAGER = "fairlead-maintenance"
"""The field manager of what maintenance writes, for as long as it is written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSettings:
    """*scale* maps a component, or a workload as `Kind/namespace/name`, to its replicas meanwhile. *announce* names
    the namespaces where the maintenance can be seen."""

    scale: Mapping[str, int] = field(default_factory=dict)
    announce: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """One workload: its replicas *before* and *during*; *owners* are the field managers (with operation and
    subresource) that the number belonged to, and belongs to again."""

    ref: ObjectRef
    before: int
    during: int
    owners: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """*run* is the run that closed the environment, empty where a person did. *scaled* are the workloads that are not
    scaled back yet, *announced* the namespaces that say so."""

    since: datetime
    who: str
    reason: str
    run: str = ""
    scaled: tuple[Scaled, ...] = ()
    announced: tuple[str, ...] = ()

    def __str__(self) -> str:
        by = f"run {self.run} of {self.who}" if self.run else self.who
        return f"closed for maintenance since {self.since:%Y-%m-%d %H:%M:%S} UTC by {by}: {self.reason}"


class ClosedForMaintenance(Refused):
    def __init__(self, environment: str, maintenance: Maintenance) -> None:
        goes_on = f"`fairlead resume -e {environment}` if its run was cut off, or " if maintenance.run else ""
        super().__init__(
            f"{environment} is {maintenance}",
            hint=f"{goes_on}`fairlead maintenance end -e {environment}` opens it again",
        )
        self.maintenance = maintenance
