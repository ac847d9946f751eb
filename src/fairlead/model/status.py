"""What runs in an environment, as it is now."""

from __future__ import annotations

from datetime import datetime

from fairlead.model.frozen import dataclass
from fairlead.model.health import HealthStatus
from fairlead.model.lease import Lease
from fairlead.model.maintenance import Maintenance
from fairlead.model.record import Pin
from fairlead.model.run import Bundle, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentStatus:
    """*version* is the Helm revision or the output digest, *chart* and *images* say what that is; *since* when the run
    that wrote it ended that step. *problem* is the first of *problems*, *look* the command that shows more of it."""

    name: str
    version: str
    objects: int
    since: datetime | None
    health: HealthStatus
    problem: str = ""
    chart: str = ""
    images: tuple[str, ...] = ()
    look: str = ""
    problems: int = 0

    @property
    def runs(self) -> str:
        """Chart or images, then the exact version."""
        more = f" and {len(self.images) - 1} more" if len(self.images) > 1 else ""
        what = self.chart or (f"{self.images[0]}{more}" if self.images else "")
        return ", ".join(part for part in (what, self.version) if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentStatus:
    """*terminating* says of each namespace and object of ours that is being deleted who holds it, and what to do."""

    environment: str
    kubernetes: str
    nodes_ready: int
    nodes: int
    simulated: bool
    components: tuple[ComponentStatus, ...]
    run: Run | None = None
    bundle: Bundle | None = None
    lock: Lease | None = None
    terminating: tuple[str, ...] = ()
    pin: Pin | None = None
    maintenance: Maintenance | None = None
