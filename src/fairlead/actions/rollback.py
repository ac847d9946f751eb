"""Returns an environment, or some of its components, to a bundle that ran well there before, and pins it to that."""

from __future__ import annotations

from collections.abc import Callable

from fairlead.actions.carrying_out import Audience, held
from fairlead.actions.deploy import refuse_unevaluated_gates
from fairlead.actions.history import find_history
from fairlead.actions.maintenance import refuse_closed
from fairlead.actions.returning import arrive, carry_back, load_target
from fairlead.actions.running import RunOptions, lease_keeper
from fairlead.engine.returning import ReturnPlanner
from fairlead.engine.site import Site, remember, survey
from fairlead.model.errors import Refused
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Plan
from fairlead.model.report import Report
from fairlead.model.run import Rollback
from fairlead.planning.rollback import choose_target


@dataclass(frozen=True, slots=True, kw_only=True)
class RollbackOptions(RunOptions):
    """*to* names the run whose bundle is wanted (empty: the last good one before the present), *components* those that
    return (empty: all). *is_now*: the cluster is written to, and pinned; else it would go through Git."""

    is_now: bool
    to: str = ""
    components: tuple[str, ...] = ()
    why: str = ""
    force_conflicts: bool = False
    with_terraform: bool = False


async def rollback(site: Site, options: RollbackOptions, audience: Audience) -> Report:
    """Raises Refused (no target, what cannot return, gate, held lock, conflict), InputError, Unavailable."""
    refuse_other_ways(site.environment.name, options)
    refuse_unevaluated_gates(site.environment)
    await site.state.prepare()
    keeper = lease_keeper(site, options)
    async with held(keeper, tell=audience.tell):
        occasion = await arrive(site, options, audience, keeper, force_conflicts=options.force_conflicts)
        head = occasion.remembered.head
        refuse_closed(site.environment.name, head.maintenance if head else None)
        chosen = choose_target(await find_history(site.state), to=options.to)
        wanted = Rollback(to=chosen.id, digest=chosen.bundle, components=options.components, why=options.why)
        return await carry_back(occasion, wanted)


async def plan_rollback(site: Site, options: RollbackOptions, *, tell: Callable[[str], None]) -> Plan:
    """What a rollback would do; nothing is changed, no lock is taken. Raises as `rollback` does."""
    refuse_terraform(options)
    remembered = await remember(site.state, environment=site.environment.name)
    chosen = choose_target(await find_history(site.state), to=options.to)
    wanted = Rollback(to=chosen.id, digest=chosen.bundle, components=options.components, why=options.why)
    tell(f"planning a rollback to run {chosen.id}")
    planner = ReturnPlanner(
        site=site,
        ground=await survey(site.cluster),
        remembered=remembered,
        key=await site.state.key(make=False),
        target=await load_target(site, remembered.head, wanted),
        rollback=wanted,
    )
    _, planned = await planner.plan()
    return planned.plan


def refuse_other_ways(environment: str, options: RollbackOptions) -> None:
    """What this version cannot do must not pass for done. Raises Refused."""
    if not options.is_now:
        raise Refused(
            "a rollback through Git is not built yet",
            hint=f"`fairlead rollback -e {environment} --now` writes to the cluster and pins it; "
            "or revert the commit and deploy",
        )
    refuse_terraform(options)


def refuse_terraform(options: RollbackOptions) -> None:
    if options.with_terraform:
        raise Refused(
            "a rollback does not take Terraform back: the record has a root's outputs, not its configuration",
            hint="check out the commit of that bundle and `fairlead deploy -l kind=terraform`: its plan says what goes",
        )
