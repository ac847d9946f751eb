"""The lock file of an environment: what ranges, remote bases and tags meant when somebody last resolved them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from fairlead.model.frozen import dataclass, field

LOCK_NAME = "fairlead.lock.yaml"
NO_BASES: Final[Mapping[str, str]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLock:
    """One chart of a repository: *wanted* is the range that was resolved, *version* what it came to, *digest* is
    `sha256:` and the hex digits of the archive."""

    name: str
    repository: str
    wanted: str
    version: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentLock:
    """*chart* is None for a chart of the project; *dependencies* are the archives that such a chart needs. *bases*
    maps the URL of a remote base to its commit, *images* a reference as rendered to the digest behind its tag."""

    chart: ChartLock | None = None
    dependencies: tuple[ChartLock, ...] = ()
    bases: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return self == NOTHING_LOCKED

    def dependency(self, *, name: str, repository: str) -> ChartLock | None:
        found = (each for each in self.dependencies if (each.name, each.repository) == (name, repository))
        return next(found, None)


NOTHING_LOCKED: Final = ComponentLock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartNeed:
    """A dependency of a chart of the project that must be fetched: *wanted* as Chart.yaml says, *version* where its
    Chart.lock settles it, else empty."""

    name: str
    repository: str
    wanted: str
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """*file* is its path in the project, for messages; it need not be there."""

    file: str
    environment: str
    components: Mapping[str, ComponentLock] = field(default_factory=dict)

    def of(self, component: str) -> ComponentLock:
        return self.components.get(component, NOTHING_LOCKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class LockChange:
    """What resolving changed for one component, in words: *before* and *after* are empty where there was, or is,
    none."""

    component: str
    subject: str
    before: str = ""
    after: str = ""
