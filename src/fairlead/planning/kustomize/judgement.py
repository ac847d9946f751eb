"""Judges kustomizations without building them: every fault, with its place and the references that led there.

A build is followed as kustomize 5.8.1 does it: resources, generators, components, patches, namespace, prefix, suffix.
What depends on more than paths and the names of objects is left to kustomize, and said to be: charts, plugins,
replacements, what lies on another machine. What a patch does inside an object is not looked at.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import dig_text
from fairlead.formats.kustomization import (
    DEPRECATED,
    Kustomization,
    field_faults,
    is_kustomization,
)
from fairlead.formats.kustomize_references import Reference, ReferenceKind, is_inline
from fairlead.formats.manifests import Document, Documents, expand_lists
from fairlead.formats.yaml.events import is_yaml
from fairlead.formats.yaml.marks import PathPart
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass, replace
from fairlead.planning.kustomize.build import Build, Unjudged, apply_patch, generate, transform
from fairlead.planning.kustomize.objects import BuiltObject, id_of
from fairlead.planning.kustomize.patches import missing_source, read_patch
from fairlead.planning.kustomize.paths import follow, listed_as_file
from fairlead.planning.kustomize.tree import INCLUDING, KustomizeTree

_OPAQUE: Final = {
    "helmCharts": "charts",
    "helmChartInflationGenerator": "charts",
    "generators": "plugins",
    "transformers": "plugins",
    "validators": "plugins",
    "configurations": "configurations of transformers",
}
"""Fields that may change which objects there are, and are not followed."""

_LEFT_OPEN: Final = {"replacements": "replacements", "vars": "variables", "openapi": "schemas of its own"}
"""Fields that may fail, and change no object's name."""

_FOLLOWED_APART: Final = (*INCLUDING, "patches.path", "patchesJson6902.path", "patchesStrategicMerge")


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """*objects* counts what would be built; None where that cannot be said."""

    findings: tuple[Finding, ...]
    unjudged: tuple[Unjudged, ...]
    objects: int | None

    @property
    def is_fine(self) -> bool:
        """Whether nothing was found that would keep it from being built."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)


class KustomizeJudge:
    """Judges the kustomizations of one tree; a base is judged once for all that name it. *is_restricted*: a
    kustomization may name files of its own folder only."""

    def __init__(self, tree: KustomizeTree, *, is_restricted: bool = True) -> None:
        self.tree = tree
        self._is_restricted = is_restricted
        self._built: dict[str, Build] = {}
        self._reached: dict[str, frozenset[str]] = {}
        self._verdicts: dict[str, bool] = {}
        self._trial: dict[str, Build] | None = None

    def judge(self, folder: str) -> Judgement:
        """What a build of *folder*, which holds a kustomization, would say."""
        build = self._build(folder, ())
        count = len(build.objects) if build.is_complete else None
        findings = [*build.findings, *self._nothing(folder, build)]
        return Judgement(findings=tuple(findings), unjudged=tuple(build.unjudged), objects=count)

    def objects(self, folder: str) -> tuple[BuiltObject, ...]:
        """What a build of *folder*, which holds a kustomization, gives, as far as that can be told."""
        return tuple(self._build(folder, ()).objects)

    def overlaid(self, folder: str, patches: Sequence[Any], *, location: Location) -> tuple[Finding, ...]:
        """What is wrong with *patches*, stated at *location*, that are laid over the build of *folder*, which holds a
        kustomization. One whose target names no object is meant for whatever there is."""
        inner = self._build(folder, ())
        build = Build(objects=[*inner.objects], is_complete=inner.is_complete)
        for entry in (each for each in patches if isinstance(each, Mapping) and each.get("patch")):
            before = len(build.findings)
            _apply(build, dig_text(entry, "patch"), file="", location=location, entry=entry)
            if "target" in entry and not dig_text(entry, "target", "name"):
                del build.findings[before:]
        return tuple(build.findings)

    def _nothing(self, folder: str, build: Build) -> Iterator[Finding]:
        if build.is_complete and not build.objects and not build.findings:
            yield Finding(
                rule="kustomize-empty",
                message="the kustomization builds, and no object comes out",
                hint="name what belongs to it, or remove it",
                severity=Severity.WARNING,
                location=self.tree.kustomization(folder).mark(),
            )

    def reach(self, folder: str) -> frozenset[str]:
        """*folder* and every kustomization that a build of it takes in."""
        if folder not in self._reached:
            found, pending = {folder}, [folder]
            while pending:
                new = {path for _, path in self.tree.included(pending.pop())} - found
                found |= new
                pending += new
            self._reached[folder] = frozenset(found)
        return self._reached[folder]

    def _build(self, folder: str, stack: tuple[str, ...]) -> Build:
        """*stack* are the folders whose builds led here. What is found depends on them only where a cycle ends."""
        if stack and not self.reach(folder).isdisjoint(_with_tops(stack)):
            return self._accumulated(folder, (*stack, folder), Build())
        known = self._built if self._trial is None or folder in self._built else self._trial
        if folder not in known:
            known[folder] = self._accumulated(folder, (folder,), Build())
        return known[folder]

    def _accumulated(self, folder: str, stack: tuple[str, ...], build: Build) -> Build:
        """*build* with what the kustomization in *folder* adds and changes."""
        kustomization = self._kustomization(folder, build)
        if kustomization is None:
            return build
        _judge_fields(kustomization, build)
        self._resources(kustomization, stack, build)
        generate(build, kustomization)
        self._components(kustomization, stack, build)
        for reference in kustomization.references:
            if reference.field not in _FOLLOWED_APART:
                self._other(kustomization, reference, build)
        self._patches(kustomization, build, "patchesStrategicMerge")
        self._patches(kustomization, build, "patches")
        transform(build, kustomization)
        self._patches(kustomization, build, "patchesJson6902")
        return build

    def _kustomization(self, folder: str, build: Build) -> Kustomization | None:
        files = self.tree.files_in(folder)
        if len(files) > 1:
            names = ", ".join(posixpath.basename(file) for file in files)
            message = f"the folder holds more than one kustomization: {names}"
            build.fault(
                Finding(rule="kustomize-invalid", message=message, hint="keep one", location=Location(files[1]))
            )
            return None
        try:
            return self.tree.kustomization(folder)
        except InputError as err:
            build.fault(_not_yaml(err, files[0]))
            return None

    def _resources(self, kustomization: Kustomization, stack: tuple[str, ...], build: Build) -> None:
        for reference in _of_fields(kustomization, "resources", "bases"):
            file, folder = self._follow(kustomization, reference, build)
            via = kustomization.mark(reference.at)
            if file is not None:
                self._manifests(kustomization, reference, file, build)
            elif folder is not None and not _ends_cycle(folder, stack, via, build):
                build.take(self._build(folder, stack), via=via)

    def _components(self, kustomization: Kustomization, stack: tuple[str, ...], build: Build) -> None:
        """A component works on the objects of whoever names it."""
        for reference in _of_fields(kustomization, "components"):
            _, folder = self._follow(kustomization, reference, build)
            via = kustomization.mark(reference.at)
            if folder is None or _ends_cycle(folder, stack, via, build):
                continue
            inner = Build(objects=build.objects, is_complete=build.is_complete)
            self._accumulated(folder, (*stack, folder), inner)
            build.objects = inner.objects
            build.take_word(inner, via=via)

    def _follow(
        self, kustomization: Kustomization, reference: Reference, build: Build
    ) -> tuple[str | None, str | None]:
        """The file or the folder that *reference* leads to; what keeps it from that is said in *build*."""

        def would_build(path: str) -> bool:
            return self._would_build(path, into=kustomization.folder)

        followed = follow(self.tree, kustomization, reference, builds=would_build, is_restricted=self._is_restricted)
        if followed.fault:
            build.fault(followed.fault)
        elif followed.unjudged:
            changes = reference.field in INCLUDING or reference.kind is not ReferenceKind.FILE
            build.leave(followed.unjudged, kustomization.mark(reference.at), changes_objects=changes)
        return followed.file, followed.folder

    def _would_build(self, folder: str, *, into: str) -> bool:
        """Whether *folder* is fine and may be named in *into*. While that is tried, nothing is proposed."""
        if self._trial is not None or into in self.reach(folder):
            return False
        if folder not in self._verdicts:
            self._trial = {}
            try:
                # A component has its objects from whoever names it: only its own faults count.
                alone = Build(is_complete=not self.tree.is_component(folder))
                build = self._accumulated(folder, (folder,), alone)
            finally:
                self._trial = None
            self._verdicts[folder] = not any(finding.severity is Severity.ERROR for finding in build.findings)
        return self._verdicts[folder]

    def _manifests(self, kustomization: Kustomization, reference: Reference, file: str, build: Build) -> None:
        via = kustomization.mark(reference.at)
        try:
            documents = self.tree.documents(file)
            expanded = expand_lists(documents.documents)
        except InputError as err:
            if "tag" in err.message and is_yaml(self.tree.text(file)):
                build.leave(f"{file} has a tag of its own", via, changes_objects=True)
            else:
                build.fault(replace(_not_yaml(err, file), chain=(via,)))
            return
        for finding in _overwritten(documents):
            build.fault(replace(finding, chain=(via,)))
        for document in expanded:
            self._manifest(kustomization, reference, document, build)

    def _manifest(self, kustomization: Kustomization, reference: Reference, document: Document, build: Build) -> None:
        made = id_of(document.data)
        if is_kustomization(document.data):
            fault = listed_as_file(kustomization, reference, folder=posixpath.dirname(document.file))
            # One with a name is an object to kustomize, which no cluster takes.
            build.fault(replace(fault, severity=Severity.WARNING) if made else fault)
        elif made is None and not str(document.data.get("kind", "")).endswith("List"):  # those need no name
            build.fault(replace(_no_object(document), chain=(kustomization.mark(reference.at),)))
        if made is not None:
            new = BuiltObject(ids=(made,), location=Location(document.file, document.line, 1))
            build.add(new, chain=(kustomization.mark(reference.at),))

    def _other(self, kustomization: Kustomization, reference: Reference, build: Build) -> None:
        """Files and folders that kustomize only has to find."""
        if reference.kind is ReferenceKind.PLUGIN and is_inline(reference.path):
            return
        if reference.kind is not ReferenceKind.CHART or not reference.is_fetched:
            self._follow(kustomization, reference, build)

    def _patches(self, kustomization: Kustomization, build: Build, name: str) -> None:
        entries = kustomization.data.get(name)
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, str):
                self._patch_text(kustomization, build, {"patch": entry}, at=(name, index))
            elif isinstance(entry, Mapping):
                self._patch(kustomization, build, entry, at=(name, index))

    def _patch_text(
        self, kustomization: Kustomization, build: Build, entry: Mapping[str, Any], *, at: tuple[PathPart, ...]
    ) -> None:
        """An entry of `patchesStrategicMerge`: a path, or the patch."""
        written = entry["patch"]
        if is_inline(written):
            _apply(build, written, file="", location=kustomization.mark(at), entry={})
        else:
            self._patch_file(kustomization, build, {}, at=at)

    def _patch(
        self, kustomization: Kustomization, build: Build, entry: Mapping[str, Any], *, at: tuple[PathPart, ...]
    ) -> None:
        fault = missing_source(entry, kustomization.mark(at))
        if fault:
            build.fault(fault)
        elif inline := dig_text(entry, "patch"):
            _apply(build, inline, file="", location=kustomization.mark((*at, "patch")), entry=entry)
        else:
            self._patch_file(kustomization, build, entry, at=(*at, "path"))

    def _patch_file(
        self, kustomization: Kustomization, build: Build, entry: Mapping[str, Any], *, at: tuple[PathPart, ...]
    ) -> None:
        for reference in kustomization.references:
            if reference.at == at:
                file, _ = self._follow(kustomization, reference, build)
                if file is not None:
                    via = kustomization.mark(at)
                    _apply(build, self.tree.text(file), file=file, location=via, entry=entry)


def _apply(build: Build, text: str, *, file: str, location: Location, entry: Mapping[str, Any]) -> None:
    patch = read_patch(text, file=file, location=location, entry=entry)
    start = len(build.findings)
    if isinstance(patch, Finding):
        build.fault(patch)
    else:
        apply_patch(build, patch)
    if file:
        build.findings[start:] = [
            replace(each, chain=(location,)) if each.location != location else each for each in build.findings[start:]
        ]


def _judge_fields(kustomization: Kustomization, build: Build) -> None:
    for fault in field_faults(kustomization.data):
        place = kustomization.mark(fault.path)
        build.fault(Finding(rule="kustomize-invalid", message=fault.message, hint=fault.hint, location=place))
    if kustomization.is_empty:
        message, hint = "the kustomization is empty, and kustomize refuses that", "write `resources: []`, or remove it"
        build.fault(Finding(rule="kustomize-empty", message=message, hint=hint, location=kustomization.mark()))
    for name, instead in DEPRECATED.items():
        if kustomization.data.get(name):
            build.fault(_deprecated(name, instead, kustomization))
    for name, what in (_OPAQUE | _LEFT_OPEN).items():
        if kustomization.data.get(name):
            build.leave(what, kustomization.mark((name,)), changes_objects=name in _OPAQUE)


def _deprecated(name: str, instead: str, kustomization: Kustomization) -> Finding:
    return Finding(
        rule="kustomize-deprecated",
        message=f"the field {name} is deprecated",
        hint=f"use {instead}; `kustomize edit fix` rewrites it",
        severity=Severity.WARNING,
        location=kustomization.mark((name,)),
    )


def _of_fields(kustomization: Kustomization, *names: str) -> Iterator[Reference]:
    return (each for name in names for each in kustomization.references if each.field == name)


def _ends_cycle(folder: str, stack: tuple[str, ...], via: Location, build: Build) -> bool:
    """Whether *folder* is, or holds, one whose build led here: kustomize refuses both."""
    met = next((index for index, each in enumerate(stack) if folder in (each, *_tops(each))), None)
    if met is None:
        return False
    if folder != stack[met]:
        message = f"{folder or '.'} is named, and holds {stack[met]}, whose build led here"
    elif met == len(stack) - 1:
        message = f"the kustomization in {folder or '.'} names itself"
    else:
        message = f"kustomizations name each other in a circle: {_circle(stack[met:])}"
    hint = "remove one of the references"
    build.end_circle(Finding(rule="kustomize-cycle", message=message, hint=hint, location=via))
    return True


def _circle(folders: tuple[str, ...]) -> str:
    """The same text wherever the circle was entered."""
    first = folders.index(min(folders))
    turned = (*folders[first:], *folders[:first], folders[first])
    return " -> ".join(folder or "." for folder in turned)


def _with_tops(stack: tuple[str, ...]) -> frozenset[str]:
    return frozenset(path for folder in stack for path in (folder, *_tops(folder)))


def _tops(folder: str) -> Iterator[str]:
    """The folders that hold *folder*, up to the top."""
    while folder:
        folder = posixpath.dirname(folder)
        yield folder


def _not_yaml(err: InputError, file: str) -> Finding:
    return Finding(
        rule="kustomize-not-yaml", message=err.message, hint=err.hint, location=err.location or Location(file)
    )


def _overwritten(documents: Documents) -> Iterator[Finding]:
    """A key that stands twice: kustomize refuses it in a manifest."""
    for finding in documents.findings:
        if finding.rule == "duplicate-key":
            message = finding.message.partition(";")[0]
            yield replace(finding, rule="kustomize-not-yaml", message=message, severity=Severity.ERROR)


def _no_object(document: Document) -> Finding:
    missing = "kind" if not document.data.get("kind") else "metadata.name"
    return Finding(
        rule="kustomize-no-object",
        message=f"this is no object: it has no {missing}",
        hint="correct it, or take the file off the resources",
        location=Location(document.file, document.line, 1),
    )
