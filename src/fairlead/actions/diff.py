"""Compares what two environments render to, or one at two revisions, without asking any cluster."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from fairlead.engine.at_hand import not_at_hand
from fairlead.engine.offline import PASSING_KEY, RenderedComponent, kubernetes_of, offline_target, render_for_comparison
from fairlead.engine.plan_options import PlanOptions
from fairlead.engine.renderer import Renderer
from fairlead.engine.sources import Sources
from fairlead.formats.digests import fold_string_data
from fairlead.model.comparison import ComparedComponent, Comparison, DiffReport, ExpectedEntry, NotCompared, Side
from fairlead.model.component import Component, HelmSource
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Severity
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest
from fairlead.model.plan import Phase
from fairlead.model.project import Project, UnknownComponent, UnknownEnvironment
from fairlead.planning.comparison import compare_sides, without_made_up
from fairlead.planning.desired import AS_STATED, DesiredObjects, placed
from fairlead.planning.expecting import without_expected
from fairlead.planning.locking import is_exact
from fairlead.planning.revision_range import RevisionRange
from fairlead.planning.selection import select
from fairlead.planning.stand_ins import stand_ins
from fairlead.ports import Revisions

WORKING_TREE = "the working tree"
_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A project as it is somewhere, and the ports that read it there."""

    project: Project
    sources: Sources

    def environment(self, name: str) -> Environment | None:
        try:
            return self.project.environment(name)
        except UnknownEnvironment:
            return None


Opener = Callable[[Path], Awaitable[State]]
"""Reads the project of a folder. Raises InputError."""


async def diff_environments(
    state: State,
    first: Environment,
    second: Environment,
    *,
    selector: Sequence[str] = (),
    expected: Iterable[ExpectedEntry] = (),
) -> DiffReport:
    """What *second* has otherwise than *first*, without what is *expected*. Raises UnknownComponent."""
    select(state.project.components, selector)
    takes = [_Take(state, each, selector) for each in (first, second)]
    before, after = await asyncio.gather(
        *(take.side(each.name) for take, each in zip(takes, (first, second), strict=True))
    )
    compared = _without_same_stated(compare_sides(before, after), *takes)
    found = without_expected(await takes[1].without_made_up(compared, after), expected)
    notes = _left_out([*takes[0].left_out, *takes[1].left_out])
    return DiffReport(first=first.name, second=second.name, comparisons=(found,), notes=notes)


async def diff_revisions(
    here: State,
    revisions: Revisions,
    wanted: RevisionRange,
    *,
    environments: Sequence[str],
    selector: Sequence[str],
    open_at: Opener,
) -> DiffReport:
    """What each of *environments*, or of all that there are, has otherwise at the second revision. A component whose
    input is the same is not rendered."""
    first = await revisions.commit(wanted.first)
    second = await revisions.commit(wanted.second) if wanted.second else ""
    parted = await revisions.merge_base(first, second) if wanted.from_merge_base else first
    name = wanted.first if parted == first else f"the merge base with {wanted.first}"
    first = parted
    names = (_named(name, first), _named(wanted.second, second) if second else WORKING_TREE)
    async with _state_at(revisions, first, names[0], open_at) as before:
        at = _state_at(revisions, second, names[1], open_at) if second else contextlib.nullcontext(here)
        async with at as after:
            return await _diff_states(before, after, names, environments=environments, selector=selector)


def _named(name: str, commit: str) -> str:
    return commit[:12] if commit.startswith(name) else f"{name} ({commit[:12]})"


@contextlib.asynccontextmanager
async def _state_at(revisions: Revisions, commit: str, name: str, open_at: Opener) -> AsyncIterator[State]:
    async with revisions.tree(commit) as folder:
        try:
            state = await open_at(folder)
        except InputError as err:
            told = [dataclasses.replace(one, message=f"at {name}: {one.message}") for one in err.findings]
            raise InputError(f"at {name}: {err}", hint=err.hint, findings=told) from err
        yield state


async def _diff_states(
    before: State, after: State, names: tuple[str, str], *, environments: Sequence[str], selector: Sequence[str]
) -> DiffReport:
    """Raises UnknownEnvironment, UnknownComponent."""
    select((*before.project.components, *after.project.components), selector)
    known = dict.fromkeys((*before.project.environments, *after.project.environments))
    for name in environments:
        if before.environment(name) is None and after.environment(name) is None:
            raise UnknownEnvironment(name, known=tuple(known))
    found, same, left_out = [], [], list[Component]()
    for name in environments or known:
        takes = (_Take(before, before.environment(name), selector), _Take(after, after.environment(name), selector))
        one = await _diff_takes(*takes, names=names, environment=name)
        left_out += [c for take in takes for c in take.left_out]
        if one.has_differences or one.not_compared:
            found.append(one)
        else:
            same.append(name)
    notes = _left_out(left_out)
    return DiffReport(first=names[0], second=names[1], comparisons=tuple(found), same=tuple(same), notes=notes)


async def _diff_takes(first: _Take, second: _Take, *, names: tuple[str, str], environment: str) -> Comparison:
    if unread := [
        NotCompared(component=f"environment {environment}", side=name, reason=str(fault), is_fault=_is_fault(fault))
        for take, name in zip((first, second), names, strict=True)
        for fault in take.unread
    ]:
        return Comparison(first=names[0], second=names[1], environment=environment, not_compared=tuple(unread))
    before, after = await asyncio.gather(first.inputs(), second.inputs())
    changed = {name for name in {*before, *after} if not before.get(name) or before.get(name) != after.get(name)}
    sides = await asyncio.gather(first.side(names[0], only=changed), second.side(names[1], only=changed))
    absent = next((name for take, name in zip((first, second), names, strict=True) if take.environment is None), "")
    unchanged = len({*before, *after} - changed)
    return dataclasses.replace(compare_sides(*sides), environment=environment, absent_in=absent, unchanged=unchanged)


class _Take:
    """One environment of a state, or none where the state does not have it."""

    def __init__(self, state: State, environment: Environment | None, selector: Sequence[str]) -> None:
        self.environment = environment
        self._renderer: Renderer | None = None
        self._components: tuple[Component, ...] = ()
        self.left_out: tuple[Component, ...] = ()
        self._gaps: tuple[Finding, ...] = ()
        if environment is not None:
            target = offline_target(state.project, environment, PlanOptions())
            self._renderer = Renderer(target, state.sources, key=PASSING_KEY)
            chosen = _selected(state.project.components_of(environment), selector)
            self._components = tuple(c for c in chosen if c.phase is Phase.DEPLOY)
            self.left_out = tuple(c for c in chosen if c.phase is Phase.PROVISION)
            self._gaps = tuple(gap for gap in environment.left_out if not selector or gap.component in selector)

    @property
    def unread(self) -> tuple[Finding, ...]:
        """Why nothing can be said of the environment."""
        return self.environment.unread if self.environment else ()

    def stated(self) -> dict[str, str]:
        """What each release of one chart version is rendered from, as far as its statement alone says it: of a range,
        two clusters may have taken different ones."""
        version = kubernetes_of(self.environment) if self.environment else ""
        releases = [c for c in self._components if isinstance(c.source, HelmSource) and is_exact(c.source.version)]
        said = ((component.name, _stated_input(component)) for component in releases)
        return {name: f"{version} {text}" if text else "" for name, text in said}

    async def inputs(self) -> dict[str, str]:
        """A digest of all that each component is rendered from; empty where that cannot be said."""
        gaps = {gap.component: "" for gap in self._gaps}
        return gaps | {component.name: await self._input(component) for component in self._components}

    async def _input(self, component: Component) -> str:
        if self._renderer is None or self.environment is None:
            return ""
        try:
            source = await self._renderer.source_digest(component)
        except Unavailable:
            source = _stated_input(component)
        except InputError:
            source = ""  # rendering it will tell
        return f"{kubernetes_of(self.environment)} {source}" if source else ""

    async def side(self, name: str, *, only: Collection[str] | None = None) -> Side:
        if self._renderer is None or self.environment is None:
            return Side(name=name, components=())
        wanted = tuple(c for c in self._components if only is None or c.name in only)
        missing = await not_at_hand(self._renderer, wanted)
        rendered = await render_for_comparison(self._renderer, tuple(c for c in wanted if c.name not in missing))
        gaps = (gap for gap in self._gaps if only is None or gap.component in only)
        return Side(
            name=name,
            # One environment calls its things what it called them before.
            names=(self.environment.name, *self.environment.names.values()) if only is None else (),
            components=(
                *(ComparedComponent(name=g.component, why_not=g.message, is_fault=_is_fault(g)) for g in gaps),
                *(ComparedComponent(name=name, why_not=why) for name, why in missing.items()),
                *[await _compared(self._renderer, one) for one in rendered],
            ),
        )

    async def without_made_up(self, found: Comparison, side: Side) -> Comparison:
        """*found*, in which *side* of this is the second, without the fields that another rendering makes otherwise."""
        names = {one.component for one in found.differences if one.fields}
        wanted = tuple([c for c in self._components if c.name in names and await self._may_make_up(c)])
        if self._renderer is None or not wanted:
            return found
        anew = self._renderer.anew()
        again = tuple([await _compared(anew, one) for one in await render_for_comparison(anew, wanted)])
        once = tuple(one for one in side.components if one.name in {each.name for each in wanted})
        return without_made_up(found, compare_sides(Side(name="", components=once), Side(name="", components=again)))

    async def _may_make_up(self, component: Component) -> bool:
        if self._renderer is None or not isinstance(component.source, HelmSource):
            return False
        return (await self._renderer.chart(component)).draws_lots


def _without_same_stated(found: Comparison, first: _Take, second: _Take) -> Comparison:
    """*found* without the releases that neither side can render, and that both state alike."""
    stated = second.stated()
    alike = {name for name, said in first.stated().items() if said and said == stated.get(name)}
    gaps = Counter(one.component for one in found.not_compared if not one.is_fault)
    same = {name for name in alike if gaps[name] == len((first, second))}
    kept = tuple(one for one in found.not_compared if one.component not in same)
    return dataclasses.replace(found, not_compared=kept, unchanged=found.unchanged + len(same))


def _stated_input(component: Component) -> str:
    """What a release whose chart is not at hand is rendered from: the same statement gets the same chart. Empty where
    files say more."""
    source = component.source
    if not isinstance(source, HelmSource) or not source.is_read or not source.repository or component.secrets:
        return ""
    return repr((source, component.namespace, component.crds))


def _is_fault(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR


def _selected(components: tuple[Component, ...], selector: Sequence[str]) -> tuple[Component, ...]:
    """A selector that picks nothing here may pick something on the other side."""
    if not selector:
        return components
    picked: set[str] = set()
    for each in selector:
        with contextlib.suppress(UnknownComponent):
            picked |= select(components, (each,)) or frozenset()
    return tuple(c for c in components if c.name in picked)


def _left_out(components: Iterable[Component]) -> tuple[str, ...]:
    names = [*dict.fromkeys(component.name for component in components)]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (f"Terraform and images take no part: {', '.join(names[:_NAMED])}{more}",) if names else ()


async def _compared(renderer: Renderer, rendered: RenderedComponent) -> ComparedComponent:
    component, desired = rendered.component, rendered.desired
    if desired is None:
        return ComparedComponent(name=component.name, why_not=rendered.why_not, is_fault=True)
    is_helm = isinstance(component.source, HelmSource)
    return ComparedComponent(
        name=component.name,
        objects=(*desired.crds.values(), *desired.objects.values(), *(_hooks(component, desired) if is_helm else ())),
        chart=(await renderer.chart(component)).version if is_helm else "",
        secrets=await renderer.secret_texts(component, stand_ins(component)) if is_helm else frozenset(),
    )


def _hooks(component: Component, desired: DesiredObjects) -> Iterator[Manifest]:
    """Where helm puts them, as far as their kinds are known."""
    for hook in desired.hooks:
        yield placed(fold_string_data(hook), namespace=component.namespace, scopes=AS_STATED)
