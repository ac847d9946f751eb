"""Uninstalls a Helm release that nobody wants any more. What must stay is no part of it when helm looks."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.engine.busy_releases import refuse_newcomer_at
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.handover import Handover
from fairlead.engine.holding_back import HoldingBack
from fairlead.engine.releases import ReleaseHead, read_releases, released_by
from fairlead.engine.steps.prune import deleter_of, judge_again, remaining
from fairlead.formats.json_data import dig_text
from fairlead.formats.ownership import is_owned_by
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord
from fairlead.model.removal import Fate, Verdict
from fairlead.model.run import Outcome, StepResult


async def uninstall_release(step: Step, deployment: Deployment) -> Done:
    record, head = deployment.records[step.component], deployment.planned.removals.releases[step.component]
    component = released_by(record, namespace=head.ref.namespace, timeout=step.timeout_seconds)
    now = (await read_releases(deployment.site.cluster, of=component)).head(component)
    refuse_newcomer_at(step, component, now, head, deployment.journal.run)
    fates, around = await judge_again(step, record, deployment)
    going = {f.item.ref: dig_text(around.live[f.item.ref], "metadata", "uid") for f in fates if _goes(f)}
    await _disown_the_rest(record, head, going, deployment)
    await HoldingBack(handover=Handover(cluster=deployment.site.cluster, fence=deployment.fence)).free(going)
    deployment.fence()
    await deployment.site.sources.charts.uninstall(
        record.release, namespace=head.ref.namespace, timeout=step.timeout_seconds
    )
    await deleter_of(deployment).wait_until_gone(
        going, timeout=step.timeout_seconds, tell=lambda text: deployment.tell(step, text)
    )
    after = remaining(record, _of_release(fates), deployment)
    reason = f"revision {head.revision} uninstalled, {len(going)} objects with it"
    result = StepResult(outcome=Outcome.CHANGED, reason=reason, checked=len(fates), written=len(going))
    return Done(result=result, record=after, is_forgotten=after is None)


def _goes(fate: Fate) -> bool:
    return fate.verdict is Verdict.DELETE


def _of_release(fates: Sequence[Fate]) -> list[Fate]:
    return [fate for fate in fates if fate.item.manager == "helm"]


async def _disown_the_rest(
    record: ComponentRecord, head: ReleaseHead, going: dict[ObjectRef, str], deployment: Deployment
) -> None:
    """Helm removes what carries the release's marks: all that is not to go loses them."""
    cluster = deployment.site.cluster
    others = [ref for ref in {*record.baselines, *record.orphans} if ref not in going]
    handover = Handover(cluster=cluster, fence=deployment.fence)
    for ref, live in (await cluster.observe(others)).items():
        if is_owned_by(live, release=record.release, namespace=head.ref.namespace):
            await handover.disown(ref)
