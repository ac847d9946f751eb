"""Finds, by rendering, the change of a file that gives a drifted field its found value and changes nothing else.

One field after the other: what one was given is part of what the next is tried on. Nothing is written.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.engine.file_users import NOBODY, FileUsers, files_of, other_users, own_value_files
from fairlead.engine.trial_rendering import Objects, TrialRendering
from fairlead.formats.field_paths import value_at
from fairlead.formats.plan_text import format_value
from fairlead.model.change import ABSENT
from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource
from fairlead.model.drift import Drift, FieldDrift
from fairlead.model.environment import expand
from fairlead.model.errors import InputError
from fairlead.model.objects import ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.model.write_back import FoundField, Left, Taken, WriteBack
from fairlead.planning.stand_ins import stand_ins
from fairlead.planning.value_path import format_path
from fairlead.planning.values import Layer, explain, merge
from fairlead.planning.write_back import (
    Candidate,
    Wish,
    document_candidates,
    find_rendered,
    sort_out,
    stray_change,
)
from fairlead.planning.write_back_helm import Guess, ValueFiles, guess_values, value_candidate
from fairlead.planning.write_back_kustomize import Overlay, kustomize_candidates

_TEXTS: Final = (".yaml", ".yml", ".json", "Kustomization")
_ABOVE_FILES: Final = ("set", "secrets", "--set")
_RENDERED: Final = (HelmSource, KustomizeSource, ManifestsSource)


class WriteBackPlanner:
    """*trials* renders the environment; *others* are trials of the project's other environments, by name, of which only
    the files that they read are asked."""

    def __init__(
        self,
        trials: TrialRendering,
        *,
        others: Mapping[str, TrialRendering],
        records: Mapping[str, ComponentRecord],
    ) -> None:
        self._trials = trials
        self._others = others
        self._records = records
        self._before: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        self._rendered: dict[str, Objects] = {}
        self._random: dict[str, set[ObjectRef]] = {}
        self._users: dict[str, Mapping[str, FileUsers]] = {}
        self._renderer = trials.renderer({})
        environment = self._renderer.target.environment
        self._components = {c.name: c for c in self._renderer.target.project.components_of(environment)}

    async def plan(self, drifts: Sequence[Drift]) -> WriteBack:
        """Raises Unavailable."""
        found, left = sort_out(drifts)
        taken: list[Taken] = []
        more: list[Left] = []
        for each in found:
            outcome = await self._take(each)
            if isinstance(outcome, Taken):
                taken.append(outcome)
            else:
                more.append(Left(drift=each.drift, path=each.field.path, reason=outcome))
        return WriteBack(taken=tuple(taken), left=(*left, *more), before=self._before, after=self._texts)

    async def _take(self, found: FoundField) -> Taken | str:
        """What gives the field its found value, or why nothing does."""
        component = self._components.get(found.drift.component)
        if component is None:
            return "its component is no longer in the project"
        if not isinstance(component.source, _RENDERED):
            return "its component renders no objects"
        try:
            rendered = await self._render(component)
        except InputError as err:
            return f"the files do not render: {err}"
        target = find_rendered(rendered, found.target)
        if target is None:
            return "the files do not render the object any more"
        before = value_at(rendered[target], found.field.path)
        if before == found.field.found:
            return Taken(found=found)
        if (recorded := self._recorded(component, found.target, found.field)) != before:
            return f"the files say {format_value(before)} by now, and {format_value(recorded)} was deployed"
        return await self._try(component, found, Wish(target=target, before=rendered[target], field=found.field))

    def _recorded(self, component: Component, target: ObjectRef, field: FieldDrift) -> Any:
        record = self._records.get(component.name)
        manifest = next((each for each in record.objects if ref_of(each) == target), None) if record else None
        return value_at(manifest, field.path) if manifest is not None else ABSENT

    async def _render(self, component: Component) -> Objects:
        """As the files would be with what was taken so far; without what is another at each rendering."""
        if component.name not in self._rendered:
            first = await self._trials.render(component, self._texts)
            may_be_random = isinstance(component.source, HelmSource)
            again = await self._trials.render(component, self._texts) if may_be_random else first
            self._random[component.name] = {ref for ref, manifest in first.items() if again.get(ref) != manifest}
            self._rendered[component.name] = self._without_random(component, first)
        return self._rendered[component.name]

    def _without_random(self, component: Component, rendered: Objects) -> Objects:
        return {ref: m for ref, m in rendered.items() if ref not in self._random[component.name]}

    async def _try(self, component: Component, found: FoundField, wish: Wish) -> Taken | str:
        reasons: list[str] = []
        seen: set[tuple[str, str]] = set()
        async for candidate in self._candidates(component, wish):
            if isinstance(candidate, str):
                reasons.append(candidate)
                continue
            if (candidate.file, candidate.text) in seen or candidate.text == self._text(candidate.file):
                continue
            seen.add((candidate.file, candidate.text))
            after = await self._after(component, candidate)
            stray = after if isinstance(after, str) else self._stray(component, wish, after)
            if not stray:
                stray = await self._neighbour_change(component, candidate)
            if not stray:
                self._accept(component, candidate, after)
                return Taken(found=found, file=candidate.file, how=candidate.how)
            reasons.append(f"with {candidate.how} of {candidate.file} changed, {stray}")
        nothing = "no value of the chart" if isinstance(component.source, HelmSource) else "nothing in the files"
        return "; ".join(dict.fromkeys(reasons[:2])) or f"{nothing} was found that gives it"

    async def _after(self, component: Component, candidate: Candidate) -> Objects | str:
        """What *component* renders to with *candidate*, or why it does not."""
        try:
            after = await self._trials.render(component, {**self._texts, candidate.file: candidate.text})
        except InputError as err:
            return f"{component.name} would not render: {err.message}"
        return self._without_random(component, after)

    def _stray(self, component: Component, wish: Wish, after: Objects) -> str:
        return stray_change(self._rendered[component.name], after, target=wish.target, field=wish.field)

    async def _neighbour_change(self, component: Component, candidate: Candidate) -> str:
        """What would change of other components of the environment that read the file, too."""
        for name in self._users_of(component, candidate.file).here:
            neighbour = self._components[name]
            if not isinstance(neighbour.source, _RENDERED):
                return f"{name}, which reads it too, may change"
            before, after = await self._render(neighbour), await self._after(neighbour, candidate)
            if isinstance(after, str):
                return after
            if before != after:
                return f"{name}, which reads it too, would change"
        return ""

    def _accept(self, component: Component, candidate: Candidate, after: Objects | str) -> None:
        files = self._renderer.sources.files
        if candidate.file not in self._texts and files.find(candidate.file):
            self._before[candidate.file] = files.read_text(candidate.file)
        self._texts[candidate.file] = candidate.text
        if not isinstance(after, str):
            self._rendered[component.name] = after

    def _text(self, file: str) -> str:
        if file in self._texts:
            return self._texts[file]
        files = self._renderer.sources.files
        return files.read_text(file) if files.find(file) else ""

    async def _candidates(self, component: Component, wish: Wish) -> AsyncIterator[Candidate | str]:
        match component.source:
            case ManifestsSource():
                for each in self._in_manifests(component, wish):
                    yield each
            case KustomizeSource() as source:
                for each in kustomize_candidates(wish, self._overlay(component, source)):
                    yield each
            case HelmSource():
                async for each in self._in_values(component, wish):
                    yield each

    def _in_manifests(self, component: Component, wish: Wish) -> Iterator[Candidate | str]:
        for file in files_of(self._renderer, component):
            for candidate in document_candidates(wish, {file: self._text(file)}):
                yield self._refused(component, file) or candidate

    def _refused(self, component: Component, file: str) -> str:
        """Why *file* is not changed for this environment alone; empty where it may be."""
        elsewhere = self._users_of(component, file).elsewhere
        return f"{file} is also what {elsewhere} is made of, and would change that, too" if elsewhere else ""

    def _overlay(self, component: Component, source: KustomizeSource) -> Overlay:
        files = [file for file in files_of(self._renderer, component) if not file.startswith("..")]
        shared = {file: self._users_of(component, file).elsewhere for file in files}
        return Overlay(
            folder=os.path.normpath(expand(source.folder, self._renderer.target.environment)),
            files={file: self._text(file) for file in files if file.endswith(_TEXTS)},
            shared={file: users for file, users in shared.items() if users},
        )

    async def _in_values(self, component: Component, wish: Wish) -> AsyncIterator[Candidate | str]:
        renderer = self._trials.renderer(self._texts)
        layers = await renderer.layers(component, stand_ins(component))
        defaults = renderer.sources.charts.defaults(await renderer.chart(component))
        chart = [Layer(name="chart", values=values) for values in defaults]
        values = merge([*chart, *layers]).values
        for guess in guess_values(wish, values):
            for candidate in self._value_candidates(component, guess, layers, values):
                yield candidate

    def _value_candidates(
        self, component: Component, guess: Guess, layers: Sequence[Layer], values: Mapping[str, Any]
    ) -> Iterator[Candidate | str]:
        """Where it is given now, if that is one file of this environment; else above all other files."""
        said = [origin for origin in explain(layers, format_path(guess.path)) if origin.is_effective]
        if above := [origin.layer for origin in said if origin.layer in _ABOVE_FILES]:
            yield f"{guess} comes from `{above[0]}` of the component"
            return
        *_, own = own_value_files(self._renderer.target.environment, component)
        read = set(files_of(self._renderer, component))
        givers = {origin.file for origin in said} & read
        places = dict.fromkeys((*(givers if len(givers) == 1 else ()), *({own} & read)))
        if not places:
            yield f"{guess} is given by what another tool's files say of the release: change it there"
        for file in places:
            reason = self._refused(component, file)
            yield reason or value_candidate(guess, ValueFiles(file=file, text=self._text(file), values=values))

    def _users_of(self, component: Component, file: str) -> FileUsers:
        if component.name not in self._users:
            environment = self._renderer.target.environment.name
            renderers = {name: trials.renderer({}) for name, trials in self._others.items()}
            renderers[environment] = self._renderer
            self._users[component.name] = other_users(renderers, environment=environment, component=component.name)
        return self._users[component.name].get(file, NOBODY)
