"""What a component renders to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendering:
    """*objects* are what is applied, *hooks* what only Helm runs, *crds* what the chart's `crds/` hold. *templates* are
    the files that made them, from the chart's name on, by `Kind/name`; without what two of them call alike."""

    objects: tuple[Manifest, ...] = ()
    hooks: tuple[Manifest, ...] = ()
    crds: tuple[Manifest, ...] = ()
    templates: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartRequest:
    """One release as helm is asked for it. *chart* is an absolute path of a folder or archive.

    *values* may hold SecretText leaves; they reach helm by a pipe only.
    """

    release: str
    namespace: str
    chart: str
    values: Mapping[str, Any] = field(default_factory=dict)
    timeout_seconds: float = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartFiles:
    """A chart at hand: *path* absolute, *digest* over the content of all its files, *reads_capabilities* whether any
    template mentions `.Capabilities` (then the target's versions are an input), *reads_cluster* whether any calls
    `lookup` (then the live cluster is one), *has_crds* whether it or a subchart has a `crds/` folder,
    *has_waiting_hooks* whether it has post-install or post-upgrade hooks, *draws_lots* whether any template may make
    something else at each rendering."""

    path: str
    digest: str
    name: str
    version: str
    reads_capabilities: bool
    has_crds: bool
    reads_cluster: bool = False
    has_waiting_hooks: bool = False
    draws_lots: bool = False


class ReleaseStatus:
    """The values of a release's status that Fairlead tells apart (helm's own words)."""

    DEPLOYED = "deployed"
    FAILED = "failed"
    UNINSTALLING = "uninstalling"
    PENDING = ("pending-install", "pending-upgrade", "pending-rollback")


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A revision of a release as Helm stores it."""

    name: str
    namespace: str
    revision: int
    status: str
    objects: tuple[Manifest, ...] = ()
    hooks: tuple[Manifest, ...] = ()
    manifest_digest: str = ""
    apply_method: str = ""
    description: str = ""
