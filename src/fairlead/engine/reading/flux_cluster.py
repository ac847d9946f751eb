"""What was built so far for one cluster, by the Kustomization that it was built for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from fairlead.engine.unknown_values import resolved_by_others
from fairlead.formats.flux.objects import (
    SOURCE_GROUP,
    FluxKustomization,
    FluxName,
    FluxSource,
    flux_name,
    group_of,
    read_source,
)
from fairlead.formats.flux.resource_sets import RESOURCE_SET, flux_objects_of, is_resource_set
from fairlead.formats.flux.substitution import substitute
from fairlead.formats.flux.values import Data, data_of
from fairlead.formats.manifests import Document
from fairlead.model.component import KustomizeSource, Substitution
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import Manifest, ref_of
from fairlead.model.repository import Remark
from fairlead.planning.flux.entries import OWN_NAME, FluxEntry, without_prefix
from fairlead.planning.flux.judgement import nearest_name
from fairlead.planning.flux.places import FluxPlaces, place_of
from fairlead.planning.flux.trees import Checkouts, Tree, brings_flux

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class FluxCluster:
    """*files* are those that each build read, *holders* says which build each object came from. *is_open*:
    something that may bring further objects lies elsewhere; *is_broken*: something here could not be built. *unread*
    are built from sources whose files are not here."""

    entry: FluxEntry
    places: FluxPlaces
    checkouts: Checkouts
    trees: dict[FluxName, Tree | None] = field(default_factory=dict)
    is_open: bool = False
    is_broken: bool = False
    built: dict[FluxName, tuple[Manifest, ...]] = field(default_factory=dict)
    files: dict[FluxName, frozenset[str]] = field(default_factory=dict)
    sources: dict[FluxName, KustomizeSource] = field(default_factory=dict)
    kustomizations: dict[FluxName, FluxKustomization] = field(default_factory=dict)
    holders: dict[FluxName, FluxName] = field(default_factory=dict)
    unread: list[FluxKustomization] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def entry_name(self) -> FluxName:
        return FluxName("Kustomization", "flux-system", self.entry.environment)

    def rename_entry(self, name: FluxName) -> None:
        """The cluster's folder was built before anything said what Flux calls it."""
        _rename(self.built, self.entry_name, name)
        _rename(self.files, self.entry_name, name)
        _rename(self.sources, self.entry_name, name)
        self.holders = {of: name if by == self.entry_name else by for of, by in self.holders.items()}
        before = self.entry_name.name
        self.findings = [
            replace(each, component=name.name) if each.component == before else each for each in self.findings
        ]

    def leave_unbuilt(self, name: FluxName, source: KustomizeSource) -> None:
        """What is wrong with *source* is told already."""
        self.sources[name] = source
        self.built[name] = ()
        self.is_broken = True

    def leave_out_entry(self) -> None:
        """Where a Kustomization builds all that the cluster's folder holds, people applied that only to begin."""
        begun = {ref_of(manifest) for manifest in self.built.get(self.entry_name, ())}
        others = ((name, manifests) for name, manifests in self.built.items() if name != self.entry_name)
        name = next((name for name, manifests in others if begun <= {*map(ref_of, manifests)}), None)
        if begun and name is not None:
            for kept in (self.built, self.files, self.sources):
                kept.pop(self.entry_name, None)
            self.holders = {of: name if by == self.entry_name else by for of, by in self.holders.items() if of != name}

    def objects(self) -> Iterable[tuple[FluxName, Manifest]]:
        """Every object as it would be applied, as far as what it is substituted with is known."""
        data = self.data()
        for name, manifests in self.built.items():
            known = self.kustomizations.get(name)
            substitution = substitution_of(known, data) if known else None
            for manifest in manifests:
                applied = substitute(manifest, substitution) if substitution else manifest
                yield name, applied
                if is_resource_set(applied):
                    yield from ((flux_name(applied), each) for each in flux_objects_of(applied).objects)

    def data(self) -> Data:
        return data_of(manifest for manifests in self.built.values() for manifest in manifests)

    def find_tree(self, source: FluxName, paths: Sequence[str]) -> None:
        """Settle where the files of *source* are, of which *paths* are wanted."""
        if source in self.trees:
            return
        found, is_sure = self.checkouts.find(source, paths=paths, sources=self.flux_sources(), trees=self.trees)
        self.trees[source] = found
        if found and not is_sure:
            where = "this repository" if found.base == "." else f"what lies in ./{found.base}"
            self.remark(source, f"is taken for {where}")

    def folder(self, kustomization: FluxKustomization) -> str:
        """The folder of ours that it builds; `.` where that is not here."""
        tree = self.trees.get(kustomization.source)
        return (tree.folder(kustomization.path) if tree else None) or "."

    def flux_sources(self) -> Mapping[FluxName, FluxSource]:
        return {flux_name(m): read_source(m) for _, m in self.objects() if group_of(m) == SOURCE_GROUP}

    def document(self, name: FluxName) -> Document | None:
        """Where *name* is written, or what makes it."""
        holder = self.holders.get(name)
        if holder is not None and holder.kind == RESOURCE_SET:
            return self.document(holder)
        return self.places.find(name, self.files.get(holder, frozenset()) if holder else frozenset())

    def location(self, name: FluxName) -> Location | None:
        return place_of(self.document(name))

    def chain(self, name: FluxName) -> tuple[Location, ...]:
        """What led to *name*, outermost first."""
        found: list[Location] = []
        seen = {name}
        holder = self.holders.get(name)
        while holder is not None and holder not in seen:
            seen.add(holder)
            if place := self.location(holder):
                found.insert(0, place)
            holder = self.holders.get(holder)
        return tuple(found)

    def note_resource_set(self, manifest: Manifest, *, holder: FluxName) -> None:
        """Say what is not known of what the Flux Operator makes of *manifest*."""
        name = flux_name(manifest)
        if name in self.holders:
            return
        self.holders[name] = holder
        made = flux_objects_of(manifest)
        self.is_open |= not made.is_whole
        if not made.is_whole:
            self.remark(name, "makes objects of inputs or templates that are not followed: not all of them are read")
        elif made.has_others:
            self.remark(name, "makes objects: of these Flux's own are read, the others are not rendered")

    def judge_unread(self) -> None:
        """Say of which sources *unread* are built. One that nothing defines is a fault where all else was read, and our
        own is written down, too: some people make them by other means."""
        sources = self.flux_sources()
        self.is_open |= any(each.source in sources and not brings_flux(sources[each.source]) for each in self.unread)
        for each in self.unread:
            if each.source in sources:
                read_it = f"--repository {each.source.name}=FOLDER reads a checkout of it"
                self.remark(each.id, f"is built from {each.source}, another repository: not read; {read_it}")
            elif self.checkouts.own not in sources or self.may_be_there(each.source):
                self.remark(each.id, f"is built from {each.source}, which nothing here defines: not read")
            else:
                self._tell_no_source(each, sources)
        self.is_open |= any(each.source not in sources for each in self.unread)

    def _tell_no_source(self, kustomization: FluxKustomization, sources: Mapping[FluxName, FluxSource]) -> None:
        near = nearest_name(kustomization.source, sources)
        hint = f"did you mean {near}?" if near else "define it, or correct `sourceRef`"
        err = InputError(
            f"{kustomization.id} is built from {kustomization.source}, which nothing here defines", hint=hint
        )
        self.tell(
            "flux-build", kustomization.id, err, component=kustomization.id.name, at=("spec", "sourceRef", "name")
        )

    def meant_folders(self) -> tuple[str, ...]:
        """Folders of ours that *unread* are most likely built from, as nothing defines their source."""
        sources = self.flux_sources()
        paths = {without_prefix(each.path, "") for each in self.unread if each.source not in sources}
        return tuple(sorted(path for path in paths if path != "." and path in self.checkouts.folders))

    def brought_by(self, name: FluxName) -> FluxName | None:
        """The build that *name* came from."""
        holder = self.holders.get(name)
        return self.holders.get(holder) if holder is not None and holder.kind == RESOURCE_SET else holder

    def may_be_there(self, name: FluxName) -> bool:
        """Whether *name*, which nothing that was built defines, may still be there: it lies elsewhere, or in what does
        not build. What Flux calls the cluster's own folder may be said in the cluster only."""
        is_entry = self.entry_name in self.built and name == FluxName("Kustomization", OWN_NAME, OWN_NAME)
        return self.is_open or is_entry or (self.is_broken and self.places.has(name))

    def remark(self, name: FluxName, text: str) -> None:
        """Something that is not sure, about *name*."""
        self.remarks.append(Remark(of=str(name), text=text, location=self.location(name), is_sure=False))

    def tell(
        self,
        rule: str,
        name: FluxName,
        err: InputError | Unavailable,
        *,
        component: str,
        at: Sequence[str | int] = (),
        severity: Severity = Severity.ERROR,
    ) -> None:
        """A finding about the field *at* of *name*."""
        document = self.document(name)
        self.findings.append(
            Finding(
                rule=rule,
                message=err.message,
                hint=err.hint,
                severity=severity,
                location=document.mark(at) if document else None,
                component=component,
                chain=self.chain(name),
            )
        )

    def tell_faults(self, name: FluxName, err: InputError) -> None:
        """What is wrong below the path of *name*, which led there."""
        told = [resolved_by_others(finding) for finding in err.as_findings(component=name.name)]
        self.is_open |= any(finding.severity is Severity.WARNING for finding in told)
        self.is_broken = True
        place = self.location(name)
        chain = (*self.chain(name), *((place,) if place else ()))
        self.findings += [replace(finding, chain=finding.chain or chain) for finding in told]


def _rename(kept: dict[FluxName, T], before: FluxName, after: FluxName) -> None:
    if before in kept:
        kept[after] = kept.pop(before)


def substitution_of(kustomization: FluxKustomization, data: Data) -> Substitution | None:
    """What is put into the objects of *kustomization*; None where it asks for nothing."""
    if kustomization.substitutes is None:
        return None
    values: dict[str, str] = {}
    unknown: set[str] = set()
    is_open = has_optional = False
    for reference in kustomization.substitutes_from:
        found = data.get((reference.kind, kustomization.id.namespace, reference.name))
        if found is None:
            is_open = is_open or not reference.is_optional
            has_optional = has_optional or reference.is_optional
            continue
        values |= {name: text for name, text in found.items() if text is not None}
        unknown |= {name for name, text in found.items() if text is None}
    values |= kustomization.substitutes
    if not (values or unknown or is_open or has_optional):
        return None
    missing = tuple(sorted(unknown - set(values)))
    return Substitution(values=values, unknown=missing, is_open=is_open, has_optional=has_optional)
