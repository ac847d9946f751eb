"""Which bundle a rollback returns to, and what of it is written: a pure function of the history and of records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from fairlead.formats.digests import digest
from fairlead.formats.helm_release import RELEASE_NAMESPACE
from fairlead.formats.json_data import dig_text
from fairlead.model.component import Component, HelmSource, ManifestsSource
from fairlead.model.environment import OnFailure
from fairlead.model.errors import InputError, Refused
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.plan import Phase
from fairlead.model.project import UnknownComponent
from fairlead.model.record import ComponentRecord
from fairlead.model.run import Outcome, Rollback, Run, RunState, RunSummary
from fairlead.planning.attempts import is_only_attempted
from fairlead.planning.holding import holds_data, must_stay

_UNFINISHED: Final = (RunState.RUNNING, RunState.INTERRUPTED, RunState.ABANDONED)


EMPTY: Final = digest({})
"""The bundle of an environment that was destroyed: nobody returns to that."""


class Returns(StrEnum):
    """How a component of a bundle returns."""

    BY_HELM = "helm"
    BY_APPLY = "apply"
    NOT = "not"
    """Terraform roots and images: what they made is no part of the cluster."""


class NoTarget(Refused):
    """There is no bundle that a rollback may return to."""


def choose_target(runs: Sequence[RunSummary], *, to: str = "") -> RunSummary:
    """The run whose bundle is returned to. *runs* of the environment, newest first, the last one included.

    *to* names it, by its id or the beginning of it. Else it is the last good bundle before the present one: after a
    good run the newest with other content, after one that failed half-way the newest at all. Only a run that ended
    well counts: what Helm calls `deployed` is no evidence of health. Raises InputError, NoTarget.
    """
    good = [run for run in runs if run.state is RunState.SUCCEEDED and run.bundle not in ("", EMPTY)]
    if to:
        return _named(runs, to, good)
    last = next((run for run in runs if _is_decisive(run)), None)
    if last is None or not good:
        raise NoTarget("nothing here to roll back to: no run ended well", hint="mend the project and deploy again")
    present = last.bundle if last.state is RunState.SUCCEEDED else ""
    found = next((run for run in good if run.bundle != present), None)
    if found is None:
        raise NoTarget(
            "nothing here to roll back to: every good run deployed the same bundle",
            hint="see `fairlead history`, or deploy an older commit",
        )
    return found


def _is_decisive(run: RunSummary) -> bool:
    """Whether the environment is (or may be) as *run* left it."""
    return run.state is RunState.SUCCEEDED or run.changed or run.state in _UNFINISHED


def _named(runs: Sequence[RunSummary], to: str, good: Sequence[RunSummary]) -> RunSummary:
    found = [run for run in runs if run.id == to] or [run for run in runs if run.id.startswith(to)]
    known = ", ".join(run.id for run in good[:5]) or "none"
    if len(found) != 1:
        said = f"{len(found)} runs begin with {to}" if found else f"no run is kept that is called {to}"
        raise InputError(said, hint=f"good runs are {known}; see `fairlead history`")
    if found[0] not in good:
        raise NoTarget(f"run {to} {found[0].state.value}: its bundle was never verified", hint=f"good runs are {known}")
    return found[0]


def pick(names: Iterable[str], wanted: Collection[str]) -> tuple[str, ...]:
    """Those of *names*, the bundle's components that can return, that are *wanted* (empty: all)."""
    known = sorted(names)
    for name in wanted:
        if name not in known:
            raise UnknownComponent(name, known=known)
    return tuple(name for name in known if not wanted or name in wanted)


def way_back(record: ComponentRecord) -> Returns:
    if record.release and not is_only_attempted(record):
        return Returns.BY_HELM
    return Returns.BY_APPLY if record.objects or record.baselines else Returns.NOT


def is_data(manifest: Manifest) -> bool:
    """Whether no rollback makes or changes *manifest*."""
    return holds_data(ref_of(manifest))


def writable(record: ComponentRecord) -> tuple[Manifest, ...]:
    """The recorded objects that a rollback writes back."""
    return tuple(manifest for manifest in record.objects if not is_data(manifest))


def as_recorded(record: ComponentRecord, present: Component | None) -> Component:
    """The component as *record* has it: its order from the *present* project where it is still there, its content from
    nowhere else. Raises Refused for a release that nobody can find."""
    standing, nothing = record.standing, ManifestsSource(paths=())
    ordered = present or Component(
        name=record.component, source=nothing, tier=standing.tier, needs=standing.needs, prune=standing.prune
    )
    is_helm = way_back(record) is Returns.BY_HELM
    source = HelmSource(chart="", release=record.release) if is_helm else nothing
    return Component(
        name=record.component,
        source=source,
        tier=ordered.tier,
        namespace=_namespace(record, present) if is_helm else "",
        needs=ordered.needs,
        pod_security=ordered.pod_security,
        timeout_seconds=ordered.timeout_seconds,
        prune=ordered.prune,
    )


def _namespace(record: ComponentRecord, present: Component | None) -> str:
    """The namespace of a release, as Helm notes it on each of its objects."""
    noted = (dig_text(manifest, "metadata", "annotations", RELEASE_NAMESPACE) for manifest in record.objects)
    known = record.standing.namespace or (present.namespace if present else "")
    found = next((text for text in noted if text), known)
    if not found:
        raise Refused(
            f"the record of {record.component} does not say where its release {record.release} is",
            hint="check out the commit of that bundle and deploy it",
        )
    return found


def intent_of(rollback: Rollback, environment: str) -> str:
    """The digest of what is wanted: `resume` binds to it."""
    return digest({"rollback": rollback.digest, "components": list(rollback.components), "environment": environment})


def left_alone(target: Mapping[str, ComponentRecord], present: Mapping[str, ComponentRecord]) -> tuple[str, ...]:
    """A line for each component that a rollback of all does not bring back: roots that changed, components that came
    later."""
    lines = []
    for name, record in sorted(target.items()):
        now = present.get(name)
        if way_back(record) is Returns.NOT and now is not None and now.output_digest != record.output_digest:
            lines.append(f"{name} has other outputs than in that bundle: left as it is (a rollback runs no Terraform)")
    came = sorted(name for name in present.keys() - target.keys() if way_back(present[name]) is not Returns.NOT)
    lines += [f"component {name} is not in that bundle: kept (`fairlead deploy --prune` removes it)" for name in came]
    return tuple(lines)


def removed_data(present: Mapping[ObjectRef, Manifest], wanted: Collection[ObjectRef]) -> tuple[ObjectRef, ...]:
    """Objects with data in the release as *present* that its older revision has not: helm would remove them."""
    return tuple(ref for ref, manifest in present.items() if must_stay(ref, manifest) and ref not in wanted)


def removed_from_others(
    present: Iterable[ObjectRef], wanted: Collection[ObjectRef], others: Mapping[str, ComponentRecord]
) -> tuple[tuple[ObjectRef, str], ...]:
    """Objects in the release as *present* that its older revision has not, and the component among *others* that had
    them in that bundle: they moved since, and helm would remove them."""
    return tuple(
        (ref, name)
        for ref in present
        if ref not in wanted
        for name, record in others.items()
        if ref in record.baselines
    )


def should_return(run: Run, policy: OnFailure) -> bool:
    """Whether what *run* did is taken back: it changed something, and phase deploy, secure or test failed. What was
    to be destroyed is not."""
    if run.removal is not None and run.removal.destroy:
        return False
    if policy is OnFailure.STOP or run.state is not RunState.FAILED or not run.has_changed:
        return False
    late = (Phase.DEPLOY, Phase.SECURE, Phase.TEST)
    return any(
        s.phase in late and s.result is not None and s.result.outcome is Outcome.FAILED for s in run.steps.values()
    )
