"""helmfile: it evaluates its own files, and each release that it would install is a component."""

from __future__ import annotations

import asyncio
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Final

from fairlead.formats.helmfile.secrets import computing_line
from fairlead.formats.helmfile.state import HelmfileRelease, parse_states
from fairlead.formats.helmfile.text import line_of_release
from fairlead.model.component import Component, CrdPolicy
from fairlead.model.environment import Environment
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass
from fairlead.model.repository import Part, Remark
from fairlead.planning.cycles import find_cycles
from fairlead.planning.helmfile.entries import (
    DEFAULT,
    HelmfileEntry,
    find_helmfiles,
    members_of,
    named_files,
    silent_files,
    state_files,
    template_files,
)
from fairlead.planning.helmfile.releases import (
    NotJudged,
    PlacedRelease,
    chart_of,
    component_names,
    find_needs,
    place,
    values_of,
)
from fairlead.ports import Helmfile, ProjectFiles

_AT_ONCE: Final = 2
_ROUNDS: Final = 10
"""Helmfiles of helmfiles, this deep."""

TOOL: Final = "helmfile"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Built:
    """*read* are the files that helmfile evaluated; *faults* are why it did not evaluate others."""

    placed: tuple[PlacedRelease, ...] = ()
    read: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    faults: tuple[Finding, ...] = ()


class HelmfileReader:
    """Reads the helmfiles of one repository."""

    def __init__(self, files: ProjectFiles, helmfile: Helmfile) -> None:
        self._files = files
        self._helmfile = helmfile
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._there = frozenset(files.walk())
        self._folders = frozenset(str(parent) for file in self._there for parent in PurePosixPath(file).parents)

    def entries(self) -> tuple[HelmfileEntry, ...]:
        """The helmfiles of the repository that no other one names."""
        return find_helmfiles(self._texts, files=self._there)

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        """The helmfiles and their bases."""
        texts = {file: self._text(file) for file in state_files(self._there)}
        # Files of other names are found by who names them: each round may name more.
        for _ in range(_ROUNDS):
            more = {file: self._text(file) for file in named_files(texts, files=self._there) - set(texts)}
            if not more:
                break
            texts |= more
        return texts

    def _text(self, file: str) -> str:
        try:
            return self._files.read_text(file)
        except InputError:
            return ""  # judged where it is read

    async def read(self, path: str, environment: Environment) -> Part:
        """The releases of the helmfile at *path*, or of the folder of them, for *environment*. What kept helmfile from
        evaluating it is a finding of a part that is not whole."""
        name = environment.name_for(TOOL)
        built = await self._built(path, name)
        placed = built.placed
        if any(each.release.secret_trees for each in placed):
            placed = _with_secrets(placed, (await self._built(path, name, embed=False)).placed)
        if not (placed or built.faults) and (unknown := self._unknown(path, environment)):
            return Part(findings=(unknown,), is_whole=False)
        if computing := self._computing(placed):
            return Part(findings=(computing,), is_whole=False)
        part = self._part(placed, environment)
        remarks = (*part.remarks, *self._hooks(placed), *self._silent(path, name, built))
        return replace(
            part,
            remarks=remarks,
            findings=(*built.faults, *built.findings, *part.findings),
            is_whole=not built.faults,
        )

    async def _built(self, path: str, environment: str, *, embed: bool = True) -> _Built:
        """What helmfile makes of *path*. Files of a folder have nothing to do with each other: where one has a fault,
        the others are read all the same."""
        try:
            return await self._build(path, environment, embed=embed)
        except InputError as err:
            members = members_of(path, self._texts)
            if not members:
                return _Built(faults=err.findings or (_finding(err, Location(path)),))
            return _joined([await self._built(each, environment, embed=embed) for each in members])

    async def _build(self, path: str, environment: str, *, embed: bool) -> _Built:
        root = self._files.root()
        async with self._slots:
            built = await self._helmfile.build(path, environment=environment, root=root, embed=embed)
        states = parse_states(built.text)
        read = frozenset(posixpath.relpath(state.file, str(root)) for state in states)
        return _Built(placed=place(states, root=str(root)), read=read, findings=built.findings, faults=built.left_out)

    def _hooks(self, placed: Sequence[PlacedRelease]) -> Iterator[Remark]:
        for hook in self._helmfile.hooks(self._files.root()):
            if _is_of(hook.location.file, placed):
                yield Remark(text=f"hook {hook.command!r} is not run by Fairlead", location=hook.location)

    def _silent(self, path: str, environment: str, built: _Built) -> Iterator[Remark]:
        """helmfile passes over a helmfile without the environment, and says nothing."""
        if built.faults:
            return
        for file in silent_files(path, self._texts, files=self._there, environment=environment, read=built.read):
            yield Remark(
                text=f"it has no environment {environment}: helmfile takes no release from it",
                location=Location(file),
            )

    def _unknown(self, path: str, environment: Environment) -> Finding | None:
        """helmfile takes an environment that its files do not have for one without releases."""
        entry = next((each for each in self.entries() if each.path == path), None)
        name = environment.name_for(TOOL)
        if entry is None or name == DEFAULT.name or name in {each.name for each in entry.environments}:
            return None
        known = ", ".join(each.name for each in entry.environments)
        return Finding(
            rule="helmfile-environment",
            message=f"{path} has no environment {name}",
            hint=f"it has {known}: correct `as: {{helmfile: NAME}}` of {environment.name}, or add it",
            location=Location(path),
        )

    def _computing(self, placed: Sequence[PlacedRelease]) -> Finding | None:
        """Where a template makes something of a value that is encrypted: all may be otherwise with the real one."""
        encrypted = frozenset(path for each in placed for path in each.state.encrypted)
        if not encrypted:
            return None
        for file in sorted(template_files(self._there)):
            if line := computing_line(self._text(file), encrypted):
                err = NotJudged(
                    "not judged: the template computes with a value that is encrypted for the environment",
                    hint="helmfile itself decrypts it; Fairlead does not. A template that only prints it is no trouble",
                )
                return _finding(err, Location(file, line, 1))
        return None

    def _part(self, placed: Sequence[PlacedRelease], environment: Environment) -> Part:
        names = component_names([each for each in placed if not each.release.why_not])
        components: list[Component] = []
        findings: list[Finding] = []
        for each in placed:
            if each.release.why_not:
                continue
            try:
                component, missing = self._component(each, names, environment)
            except InputError as err:
                component_name = names[each.file, each.release.id]
                findings.append(_finding(err, self._location(each), component=component_name))
                continue
            components.append(component)
            findings += (_missing_need(each, need, self._location(each)) for need in missing)
        findings += (_circle(cycle, components) for cycle in find_cycles({c.name: c.needs for c in components}))
        return Part(
            components=tuple(components),
            findings=tuple(findings),
            remarks=tuple(_remarks(placed, environment)),
            taken=tuple(dict.fromkeys(_patch_files(placed))),
        )

    def _component(
        self, placed: PlacedRelease, names: Mapping[tuple[str, str], str], environment: Environment
    ) -> tuple[Component, tuple[str, ...]]:
        release = placed.release
        needs, missing = find_needs(placed, names)
        top = posixpath.dirname(placed.file)
        texts = {name: self._set_text(release, name, file, top) for name, file in release.set_files.items()}
        source = replace(
            chart_of(placed, files=self._there, folders=self._folders),
            release=release.name,
            values=values_of(release, files=texts),
            is_layered=False,
        )
        component = Component(
            name=names[placed.file, release.id],
            source=source,
            namespace=release.namespace or "default",
            needs=needs,
            environments=(environment.name,),
            secrets=tuple(path for file in release.secrets if self._files.find(path := _below(top, file))),
            crds=CrdPolicy.SKIP if release.skip_crds else CrdPolicy.CREATE,
            labels=release.labels,
            location=self._location(placed),
        )
        return (replace(component, timeout_seconds=release.timeout) if release.timeout else component), missing

    def _set_text(self, release: HelmfileRelease, name: str, file: str, top: str) -> str:
        if "://" in file:
            raise NotJudged(
                f"not judged: release {release.name} sets {name} from {file}", hint="copy the file into the project"
            )
        path = _below(top, file)
        if not self._files.find(path):
            raise InputError(
                f"release {release.name} sets {name} from {path}, which does not exist",
                hint="correct the path, which starts at the folder of the helmfile, or add the file",
            )
        return self._files.read_text(path)

    def _location(self, placed: PlacedRelease) -> Location:
        line = line_of_release(self._text(placed.file), placed.release.name)
        return Location(placed.file, line, 1) if line else Location(placed.file)


def _joined(parts: Sequence[_Built]) -> _Built:
    return _Built(
        placed=tuple(each for part in parts for each in part.placed),
        read=frozenset().union(*(part.read for part in parts)),
        findings=tuple(each for part in parts for each in part.findings),
        faults=tuple(each for part in parts for each in part.faults),
    )


def _with_secrets(embedded: Sequence[PlacedRelease], plain: Sequence[PlacedRelease]) -> tuple[PlacedRelease, ...]:
    """helmfile prints either the values of files or their paths: those of secrets come from the second."""
    paths = {(each.file, each.release.id): each.release.secrets for each in plain}
    return tuple(
        replace(each, release=replace(each.release, secrets=paths.get((each.file, each.release.id), ())))
        for each in embedded
    )


def _patch_files(placed: Sequence[PlacedRelease]) -> Iterator[str]:
    """They are parts of objects, and none that somebody applies."""
    for each in placed:
        yield from (_below(posixpath.dirname(each.file), path) for path in each.release.patch_files)


def _remarks(placed: Sequence[PlacedRelease], environment: Environment) -> list[Remark]:
    said = [
        Remark(
            text=f"release {each.release.id} is not in {environment.name}: {each.release.why_not}",
            location=Location(each.file),
        )
        for each in placed
        if each.release.why_not
    ]
    said += [
        Remark(text=f"release {each.release.id}: hook {hook!r} is not run by Fairlead", location=Location(each.file))
        for each in placed
        for hook in each.release.hooks
        if not each.release.why_not
    ]
    versions = {each.file: each.state.kube_version for each in placed if each.state.kube_version}
    return said + [
        Remark(
            text=f"`kubeVersion` is {version}: say it under `kubernetes` of the environment",
            location=Location(file),
            is_sure=False,
        )
        for file, version in versions.items()
    ]


def _is_of(file: str, placed: Sequence[PlacedRelease]) -> bool:
    """Whether *file* is one of the states, or a base beside or above one."""
    return any(each.file == file or posixpath.dirname(each.file).startswith(posixpath.dirname(file)) for each in placed)


def _below(folder: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(folder, path))


def _missing_need(placed: PlacedRelease, need: str, location: Location) -> Finding:
    return Finding(
        rule="helmfile-needs",
        message=f"release {placed.release.id} needs {need}, which is not installed by this helmfile",
        hint="correct `needs`, or install it",
        severity=Severity.WARNING,
        location=location,
        component=placed.release.name,
    )


def _circle(cycle: tuple[str, ...], components: Sequence[Component]) -> Finding:
    first = next(each for each in components if each.name == cycle[0])
    return Finding(
        rule="helmfile-needs",
        message=f"releases need each other: {' -> '.join((*cycle, cycle[0]))}",
        hint="remove one of the `needs`: helmfile installs none of them",
        location=first.location,
        component=first.name,
    )


def _finding(err: InputError, location: Location, *, component: str = "") -> Finding:
    is_judged = not isinstance(err, NotJudged)
    return Finding(
        rule="helmfile-release" if is_judged else "helmfile-not-judged",
        message=err.message,
        hint=err.hint,
        severity=Severity.ERROR if is_judged else Severity.WARNING,
        location=err.location or location,
        component=component,
    )
