"""Makes a plan and shows it; changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from fairlead.engine.offline import PASSING_KEY, offline_target, plan_offline
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.planner import Planner
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Site, remember, survey
from fairlead.engine.sources import Sources
from fairlead.model.environment import Environment
from fairlead.model.plan import Plan
from fairlead.model.project import Project
from fairlead.ports import Repository


async def make_plan(site: Site, options: PlanOptions, *, is_saved: bool, tell: Callable[[str], None]) -> Plan:
    """The plan of this moment. *is_saved*: its preconditions must be comparable later, so the key is made if needed."""
    if is_saved:
        await site.state.prepare()
    planner = Planner(
        site,
        ground=await survey(site.cluster),
        remembered=await remember(site.state, environment=site.environment.name),
        key=await site.state.key(make=is_saved),
        options=options,
        tell=tell,
    )
    try:
        return (await planner.plan()).plan
    finally:
        await site.infrastructure.close()


async def make_plan_without_cluster(
    project: Project, environment: Environment, sources: Sources, repository: Repository, options: PlanOptions
) -> Plan:
    """What would be deployed, every change "cluster not observed"."""
    renderer = Renderer(offline_target(project, environment, options), sources, key=PASSING_KEY)
    return await plan_offline(renderer, repository, options)
