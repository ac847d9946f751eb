"""What follows a deployment that failed half-way, as the environment's `onFailure` says."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from fairlead.actions.carrying_out import Audience
from fairlead.actions.history import find_history
from fairlead.actions.returning import arrive, carry_back, load_target
from fairlead.actions.running import RunOptions
from fairlead.engine.lease_keeper import LeaseKeeper, LockLost
from fairlead.engine.planned import Planned
from fairlead.engine.returning import find_uninstalled
from fairlead.engine.site import Site
from fairlead.model.environment import OnFailure
from fairlead.model.errors import FairleadError
from fairlead.model.exit_codes import ExitCode
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Phase
from fairlead.model.report import Report
from fairlead.model.run import Rollback, RunState
from fairlead.planning.rollback import NoTarget, Returns, choose_target, should_return, way_back


async def after_failure(
    report: Report,
    site: Site,
    options: RunOptions,
    audience: Audience,
    keeper: LeaseKeeper,
    *,
    seen: Mapping[ObjectRef, Manifest],
) -> Report:
    """*report* itself, or that of the rollback that followed, with *report* as what it took back.

    The rollback is a run of its own, under the same lock; it does not pin: what comes next is a mended project.
    """
    policy = site.environment.on_failure
    if not should_return(report.run, policy):
        return report
    if report.run.maintenance:
        return _noted(report, "not rolled back: the environment is closed for maintenance, and stays so")
    if policy is OnFailure.ASK and (audience.agree is None or not await audience.agree(report.plan)):
        said = "not rolled back: nobody was there to agree (`onFailure: ask`)" if audience.agree is None else ""
        return _noted(report, said or "not rolled back, as you said")
    try:
        back = await _carry_back(report, site, options, audience, keeper, seen=seen)
    except LockLost:
        raise
    except NoTarget as err:
        return _noted(report, f"not rolled back: {err}")
    except FairleadError as err:
        said = f"the automatic rollback did not start: {err}{f' ({err.hint})' if err.hint else ''}"
        return dataclasses.replace(_noted(report, said), exit_code=ExitCode.FAILED)
    code = back.exit_code if back.run.state is RunState.SUCCEEDED else ExitCode.FAILED
    return dataclasses.replace(back, before=report, changed=True, exit_code=code)


async def _carry_back(
    report: Report,
    site: Site,
    options: RunOptions,
    audience: Audience,
    keeper: LeaseKeeper,
    *,
    seen: Mapping[ObjectRef, Manifest],
) -> Report:
    failed = report.run
    options = dataclasses.replace(options, run_id=f"{failed.id}-rollback")
    occasion = await arrive(site, options, audience, keeper, force_conflicts=False)
    chosen = choose_target(await find_history(site.state))
    wanted = Rollback(
        to=chosen.id, digest=chosen.bundle, why=f"run {failed.id} failed: {failed.cause}", after=failed.id
    )
    records = (await load_target(site, occasion.remembered.head, wanted)).records
    touched = {step.component for step in report.plan.steps if step.phase is Phase.DEPLOY}
    able = {n: r for n, r in records.items() if n in touched and way_back(r) is not Returns.NOT}
    lost = await find_uninstalled(site.cluster, able)
    returning = tuple(sorted(able.keys() - set(lost)))
    if not returning:
        raise NoTarget("nothing that it deployed was in the last good bundle, or can return to it")
    wanted = dataclasses.replace(wanted, components=returning)
    audience.tell(f"rolling back to run {chosen.id}, as `onFailure: {site.environment.on_failure.value}` says")
    back = await carry_back(dataclasses.replace(occasion, seen=seen), wanted, pins=False, is_asked=False)
    return _noted(back, f"not brought back, since the run uninstalled it: {', '.join(lost)}") if lost else back


def live_before(planned: Planned) -> Mapping[ObjectRef, Manifest]:
    """The objects as planning found them: Secrets that the run then changed have their older values there."""
    found = (c for prepared in planned.prepared.values() for c in prepared.comparisons)
    return {comparison.ref: comparison.live for comparison in found if comparison.live is not None}


def _noted(report: Report, text: str) -> Report:
    return dataclasses.replace(report, notes=(*report.notes, text))
