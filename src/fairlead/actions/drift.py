"""Says what differs between what the last runs left and what the cluster says now. Takes no lock, writes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from fairlead.engine.drift_check import DriftCheck, Looked
from fairlead.engine.releases import Releases, read_releases
from fairlead.engine.renderer import Renderer
from fairlead.engine.site import Remembered, Site, remember
from fairlead.engine.sources import Target
from fairlead.model.component import Component, TerraformSource
from fairlead.model.drift import Drift, DriftNote, DriftReport, NothingChecked
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import TerraformDrift
from fairlead.model.plan import StepKind
from fairlead.model.project import UnknownComponent
from fairlead.model.record import ComponentRecord, Head
from fairlead.model.run import Outcome, RunState
from fairlead.planning.drift_release import judge_release, judge_resources
from fairlead.planning.ignoring import expired_entries, unused_entries

_WRITING = (StepKind.APPLY, StepKind.HELM_UPGRADE, StepKind.CRDS, StepKind.TERRAFORM_APPLY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DriftOptions:
    """Only the components *selected* (None: all). *with_terraform*: its roots are compared with what is really there,
    which takes seconds each."""

    selected: frozenset[str] | None = None
    with_terraform: bool = True


class Inspector:
    """Looks at one environment, once or again and again: what did not move since the last look is not read again."""

    def __init__(self, site: Site, options: DriftOptions, *, key: bytes, tell: Callable[[str], None]) -> None:
        self._site = site
        self._options = options
        self._tell = tell
        self._check = DriftCheck(site.cluster, key=key, ignores=site.ignores)
        self._renderer = Renderer(
            Target(project=site.project, environment=site.environment, kubernetes="", kinds=None, overrides={}),
            site.sources,
            key=key,
        )

    async def look(self, remembered: Remembered) -> DriftReport:
        """Raises NothingChecked, Unavailable; InputError where a component is not known."""
        records = self._selected(remembered.records)
        deployed = {name: record for name, record in records.items() if record.baselines or record.release}
        head = remembered.head
        looked = await self._check.look(deployed, head.maintenance if head else None)
        releases = await self._releases(deployed.values())
        roots = await self._roots(records)
        drifts = [verdict.drift for verdict in looked.verdicts.values() if verdict.drift is not None]
        resources = [drift for name, root in roots.items() for drift in judge_resources(name, root)]
        found = _in_order(records, [*resources, *releases, *drifts])
        checked = sum(root.resources for root in roots.values())
        if not looked.objects and not checked and not found:
            raise _nothing(self._site, remembered)
        return DriftReport(
            environment=self._site.environment.name,
            objects=looked.objects,
            components=len(deployed) + len(roots),
            resources=checked,
            drifts=found,
            notes=_notes(looked),
            ignored=tuple(each for verdict in looked.verdicts.values() for each in verdict.ignored),
            differing=await self._differing(records),
            warnings=(
                *_warnings(remembered.head, records),
                *_empty_states(roots),
                *expired_entries(self._site.ignores),
                *self._unused_entries(looked, records),
            ),
            read=looked.read,
            run=remembered.head.run.id if remembered.head and remembered.head.run else "",
        )

    def _selected(self, records: Mapping[str, ComponentRecord]) -> dict[str, ComponentRecord]:
        """In the order of the project, those that are no longer in it last."""
        known = [c.name for c in self._site.project.components_of(self._site.environment)]
        names = [*known, *(name for name in records if name not in known)]
        wanted = self._options.selected
        for name in sorted((wanted or frozenset()) - set(names)):
            raise UnknownComponent(name, known=names)
        return {name: records[name] for name in names if name in records and (wanted is None or name in wanted)}

    async def _releases(self, records: Iterable[ComponentRecord]) -> list[Drift]:
        ours = [record for record in records if record.release]
        if not ours:
            return []
        releases = await read_releases(self._site.cluster)
        return [drift for r in ours if (drift := release_drift(r, self._component(r.component), releases))]

    def _unused_entries(self, looked: Looked, records: Mapping[str, ComponentRecord]) -> tuple[str, ...]:
        """Told only where everything was looked at: else another component may need them."""
        if self._options.selected is not None:
            return ()
        held = [(name, ref) for name, record in records.items() for ref in record.baselines]
        return unused_entries(self._site.ignores, held=held, used=looked.used)

    async def _roots(self, records: Mapping[str, ComponentRecord]) -> dict[str, TerraformDrift]:
        """What is behind the state of each Terraform root that was applied. One after the other: each is a child."""
        found = {}
        for name in records:
            component = self._component(name)
            if self._options.with_terraform and component and isinstance(component.source, TerraformSource):
                self._tell(f"refreshing {name} ({self._site.environment.name})")
                root = self._site.terraform_root(component)
                await self._site.infrastructure.init(root)
                found[name] = await self._site.infrastructure.drift(root)
        return found

    def _component(self, name: str) -> Component | None:
        return next((c for c in self._site.project.components if c.name == name), None)

    async def _differing(self, records: Mapping[str, ComponentRecord]) -> tuple[str, ...]:
        """Components whose sources are no longer those that were deployed."""
        return tuple([name for name, record in records.items() if await self._is_different(name, record)])

    async def _is_different(self, name: str, record: ComponentRecord) -> bool:
        component = self._component(name)
        if component is None:
            return True
        try:
            return await self._renderer.source_digest(component) != record.source_digest
        except InputError:  # what cannot be read is not what was deployed; `validate` says what is wrong
            return True


def release_drift(record: ComponentRecord, component: Component | None, releases: Releases) -> Drift | None:
    """What became of the release of *record*: looked for where it was deployed, not where the project, which has
    *component*, would have it by now."""
    namespace = record.standing.namespace or (component.namespace if component else "")
    if not namespace:
        return None  # a component that left the project, and a record that does not say where it was
    head = releases.find(namespace, record.release)
    return judge_release(
        record,
        namespace=namespace,
        revision=head.revision if head else 0,
        status=head.status if head else "",
        modified=head.newest.modified if head else None,
    )


async def find_drift(site: Site, options: DriftOptions, *, tell: Callable[[str], None]) -> DriftReport:
    """One look. Raises NothingChecked, Unavailable, InputError."""
    remembered = await remember(site.state, environment=site.environment.name)
    key = await site.state.key(make=False)
    try:
        return await Inspector(site, options, key=key, tell=tell).look(remembered)
    finally:
        await site.infrastructure.close()


def _in_order(records: Mapping[str, ComponentRecord], drifts: Iterable[Drift]) -> tuple[Drift, ...]:
    """By component in the order of *records*; of one component as given."""
    place = {name: number for number, name in enumerate(records)}
    return tuple(sorted(drifts, key=lambda drift: place[drift.component]))


def _notes(looked: Looked) -> tuple[DriftNote, ...]:
    return tuple(note for verdict in looked.verdicts.values() for note in verdict.notes)


def _nothing(site: Site, remembered: Remembered) -> NothingChecked:
    if remembered.head is None:
        return NothingChecked(
            f"nothing was deployed to {site.environment.name} yet, so nothing was checked",
            hint=f"deploy it first: fairlead deploy -e {site.environment.name}",
        )
    return NothingChecked("none of these components has an object that could drift", hint="see `fairlead status`")


def _warnings(head: Head | None, records: Mapping[str, ComponentRecord]) -> tuple[str, ...]:
    """Where what was found may be the work of a run of ours."""
    run = head.run if head else None
    if head is not None and head.maintenance is not None:
        return (f"it is {head.maintenance}: what that scaled is no drift",)
    if run is None or run.state is RunState.SUCCEEDED:
        return ()
    if run.state is RunState.RUNNING:
        return (f"run {run.id} has not ended: what it is writing may show here",)
    steps = [step for step in run.steps.values() if step.kind in _WRITING and step.component in records]
    names = sorted({s.component for s in steps if s.is_in_doubt or (s.result and s.result.outcome is Outcome.FAILED)})
    return tuple(f"run {run.id} did not finish {name}: what it wrote there may show here" for name in names)


def _empty_states(roots: Mapping[str, TerraformDrift]) -> tuple[str, ...]:
    return tuple(
        f"the state of {name} that this machine sees holds no resource, so nothing of it was checked"
        for name, root in roots.items()
        if not root.resources
    )
