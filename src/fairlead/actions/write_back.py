"""Takes drift into the user's files: looks, finds by rendering what gives each field, asks, writes. Commits nothing,
writes nothing to the cluster and takes no lock."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Mapping

from fairlead.actions.carrying_out import NotConfirmed
from fairlead.actions.drift import DriftOptions, Inspector
from fairlead.engine.site import Site, remember
from fairlead.engine.sources import Target
from fairlead.engine.trial_rendering import TrialRendering
from fairlead.engine.write_back import WriteBackPlanner
from fairlead.model.drift import Drift
from fairlead.model.environment import Environment
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Kinds
from fairlead.model.write_back import WriteBack, WrittenBack
from fairlead.ports import Drafts


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteBackOptions:
    """*is_trial*: what would be written is told, and not written."""

    drift: DriftOptions
    is_trial: bool = False


async def write_back(
    site: Site,
    options: WriteBackOptions,
    drafts: Drafts,
    *,
    confirm: Callable[[WriteBack], Awaitable[bool]],
    tell: Callable[[str], None],
) -> WrittenBack:
    """Raises NothingChecked, InputError, Unavailable; NotConfirmed."""
    remembered = await remember(site.state, environment=site.environment.name)
    key = await site.state.key(make=False)
    # A Terraform resource is in no manifest, so that refreshing the roots would cost time for nothing.
    look = dataclasses.replace(options.drift, with_terraform=False)
    found = await Inspector(site, look, key=key, tell=tell).look(remembered)
    if not found.drifts:
        return WrittenBack(found=found, plan=WriteBack())
    tell(f"looking for what gives {_count(found.drifts)} in the files")
    trials = await _trials(site, drafts, key=key)
    here = trials.pop(site.environment.name)
    plan = await WriteBackPlanner(here, others=trials, records=remembered.records).plan(found.drifts)
    if not plan.after or options.is_trial:
        return WrittenBack(found=found, plan=plan)
    if not await confirm(plan):
        raise NotConfirmed
    drafts.write(plan.after, before=plan.before)
    return WrittenBack(found=found, plan=plan, is_written=True)


async def _trials(site: Site, drafts: Drafts, *, key: bytes) -> dict[str, TrialRendering]:
    version, kinds = await site.cluster.version(), await site.cluster.kinds()

    def trial(environment: Environment, served: Kinds | None) -> TrialRendering:
        target = Target(
            project=site.project, environment=environment, kubernetes=version.git_version, kinds=served, overrides={}
        )
        return TrialRendering(target, site.sources, drafts, key=key)

    environments: Mapping[str, Environment] = site.project.environments
    return {name: trial(each, kinds if name == site.environment.name else None) for name, each in environments.items()}


def _count(drifts: tuple[Drift, ...]) -> str:
    fields = sum(len(drift.fields) or 1 for drift in drifts)
    return "1 difference" if fields == 1 else f"{fields} differences"
