"""What the target cluster remembers: a head per environment, and one record per component."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from fairlead.model.frozen import dataclass, field
from fairlead.model.maintenance import Maintenance
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.run import Bundle, Run, RunState, RunSummary
from fairlead.model.tier import Tier

SCHEMA = 1
"""Version of the record's format; a newer one is refused, never guessed."""


KEPT_BUNDLES = 10
"""Good bundles, by content, whose records are kept so that a rollback can return to them: etcd is not endless."""


KEPT_RUNS = 50
"""The last runs that are kept in the history, beside those of kept bundles."""


KEPT_REVERTS = 10
"""The last runs that only put drift back: a watch makes many, and they push no deployment out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """How we left one object, as its field *manager*: *owned_hash* over our managed fields and their values,
    *manifest_hash* over what we applied. An object with no managed fields has an empty *owned_hash*. *ignored*
    are fields that the ignore file kept us from writing: ours again when their entry ends."""

    manager: str
    owned_hash: str
    manifest_hash: str
    resource_version: str
    uid: str
    ignored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the project said of a component when it was last deployed: needed once the project does not have it."""

    tier: Tier = Tier.APPLICATIONS
    needs: tuple[str, ...] = ()
    namespace: str = ""
    prune: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRecord:
    """*objects* are normalised, secret values replaced by HMACs. *outputs* are a Terraform root's; a sensitive one is
    its HMAC, marked in *sensitive*. *revision* is the Helm revision that *objects* came from. *written* is when a run
    last changed it. *orphans* were part of the component once: they are kept, and listed, until they are pruned;
    *left* are their last baselines, as far as they are known. *shared* are objects that another component has
    alike, and applies."""

    component: str
    source_digest: str = ""
    input_digest: str = ""
    output_digest: str = ""
    objects: tuple[Manifest, ...] = ()
    baselines: Mapping[ObjectRef, Baseline] = field(default_factory=dict)
    release: str = ""
    revision: int = 0
    outputs: Mapping[str, Any] = field(default_factory=dict)
    sensitive: tuple[str, ...] = ()
    refreshed: datetime | None = None
    written: datetime | None = None
    orphans: tuple[ObjectRef, ...] = ()
    left: Mapping[ObjectRef, Baseline] = field(default_factory=dict)
    standing: Standing = Standing()
    shared: tuple[ObjectRef, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A test's last good result: the *bundle* it ran on, its own *source_digest*, and when."""

    bundle: str
    when: datetime
    source_digest: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """The environment is held at *bundle*, which run *to* deployed and rollback *run* returned to: by *who*, *when*,
    *why*. *components* (component -> output digest) is what is held; *is_whole* holds all others out too."""

    bundle: Bundle
    to: str
    run: str
    when: datetime
    who: str
    why: str = ""
    components: Mapping[str, str] = field(default_factory=dict)
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The state of one environment, swapped as a whole. *components* names the Secret that holds each record;
    *run* is the current or last run, *bundle* what the last good one deployed; *evidence* by test step. *pin* is set
    after a rollback, until Git agrees with it or somebody ends it; *maintenance* while the environment is closed."""

    environment: str
    token: int = 0
    generation: int = 0
    components: Mapping[str, str] = field(default_factory=dict)
    run: Run | None = None
    bundle: Bundle | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    pin: Pin | None = None
    maintenance: Maintenance | None = None


def records_of(head: Head) -> frozenset[str]:
    """The records that *head* names: the present ones, those of the last good bundle, those it is pinned to."""
    bundles = (head.bundle, head.pin.bundle if head.pin else None)
    return frozenset(head.components.values()).union(*(b.records.values() for b in bundles if b is not None))


def runs_of_kept_bundles(runs: Iterable[RunSummary]) -> tuple[str, ...]:
    """The newest run of each of the last `KEPT_BUNDLES` good bundles; *runs* newest first, without the head's."""
    newest: dict[str, str] = {}
    for run in runs:
        if run.state is RunState.SUCCEEDED and run.bundle:
            newest.setdefault(run.bundle, run.id)
    return tuple(newest.values())[:KEPT_BUNDLES]


def runs_to_keep(runs: Iterable[RunSummary]) -> frozenset[str]:
    """The ids of those that stay in the history; *runs* newest first, without the head's."""
    listed = tuple(runs)
    deployments = [run.id for run in listed if not run.is_revert]
    reverts = [run.id for run in listed if run.is_revert]
    return frozenset((*deployments[:KEPT_RUNS], *reverts[:KEPT_REVERTS], *runs_of_kept_bundles(listed)))
