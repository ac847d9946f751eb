"""What every verb that carries out a plan does alike: who runs, under which lock, by which conductor."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.engine.compare import Comparer
from fairlead.engine.conductor import Conductor
from fairlead.engine.deployment import Deployment
from fairlead.engine.journal import Journal
from fairlead.engine.lease_keeper import REQUEST_TIMEOUT_SECONDS, TTL_SECONDS, Keeper, LeaseKeeper
from fairlead.engine.places import Places
from fairlead.engine.planned import Planned
from fairlead.engine.site import Ground, Remembered, Site
from fairlead.engine.waiting import Waiter
from fairlead.model.finding import Severity
from fairlead.model.frozen import dataclass
from fairlead.model.run import Run, RunState
from fairlead.ports import EventSink


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """*run_id* names a new run, *holder* whoever runs it. *parallelism* steps write at once; times are in seconds."""

    run_id: str
    holder: str
    parallelism: int = 8
    lease_ttl: float = TTL_SECONDS
    request_timeout: float = REQUEST_TIMEOUT_SECONDS


def lease_keeper(site: Site, options: RunOptions) -> LeaseKeeper:
    return LeaseKeeper(
        site.lock,
        site.clock,
        holder=f"{options.holder}, run {options.run_id}",
        ttl=options.lease_ttl,
        request_timeout=options.request_timeout,
    )


def new_run(site: Site, options: RunOptions, planned: Planned, *, extra_test: Sequence[str]) -> Run:
    """A run of the plan that has done nothing yet; its token is not known before it has the lock."""
    plan = planned.plan
    return Run(
        id=options.run_id,
        environment=site.environment.name,
        state=RunState.RUNNING,
        intent=plan.intent,
        holder=options.holder,
        token=0,
        started=site.clock.now(),
        commit=plan.commit,
        dirty=plan.dirty,
        simulated=plan.simulated,
        extra_test=tuple(extra_test),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What one run is about: where it runs, what was found and remembered there, what is to be carried out."""

    site: Site
    ground: Ground
    remembered: Remembered
    key: bytes
    planned: Planned
    extra_test: Sequence[str] = ()
    force_conflicts: bool = False
    fail_on: Severity = Severity.ERROR
    is_thorough: bool = False


def conductor_of(
    scope: Scope, options: RunOptions, *, journal: Journal, keeper: Keeper, events: EventSink, purpose: str
) -> Conductor:
    site, ground = scope.site, scope.ground
    places = Places(options.parallelism)
    deployment = Deployment(
        site=site,
        ground=ground,
        planned=scope.planned,
        key=scope.key,
        journal=journal,
        comparer=Comparer(site.cluster, key=scope.key, ignores=site.ignores),
        waiter=Waiter(
            cluster=site.cluster,
            clock=site.clock,
            places=places,
            simulated=ground.simulated,
            gives_addresses=ground.gives_addresses,
        ),
        force_conflicts=scope.force_conflicts,
        extra_test=scope.extra_test,
        tell=lambda step, text: conductor.tell(step, text),
        fence=keeper.require,
        records=dict(scope.remembered.records),
        fail_on=scope.fail_on,
        is_thorough=scope.is_thorough,
    )
    conductor = Conductor(deployment=deployment, keeper=keeper, events=events, places=places, purpose=purpose)
    return conductor
