"""Settles who applies what several components of an environment have. Nobody, where they have it otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence

from fairlead.engine.planning_faults import raise_all
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource
from fairlead.model.environment import Environment, expand
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.model.record import ComponentRecord
from fairlead.planning.desired import DesiredObjects
from fairlead.planning.sharing import Claim, find_sharing
from fairlead.ports import ProjectFiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A component with what it wants; where that was not rendered, with what it has on record."""

    component: Component
    desired: DesiredObjects | None = None
    record: ComponentRecord | None = None
    is_planned: bool = True

    def refs(self) -> Collection[ObjectRef]:
        if self.desired is not None:
            return {*self.desired.objects, *self.desired.crds}
        return self.record.baselines.keys() if self.record else ()

    def claims(self, refs: Collection[ObjectRef], *, key: bytes) -> Iterator[Claim]:
        recorded = self.record.baselines if self.record else {}
        for ref, manifest in self._manifests(key):
            if ref in refs:
                yield Claim(
                    component=self.component.name,
                    ref=ref,
                    manifest=manifest,
                    is_release=self._is_release(ref),
                    is_recorded=ref in recorded,
                    is_planned=self.is_planned,
                )

    def _manifests(self, key: bytes) -> Iterator[tuple[ObjectRef, Manifest]]:
        if self.desired is not None:
            for ref, manifest in {**self.desired.crds, **self.desired.objects}.items():
                yield ref, self.desired.masked(manifest, key)
        elif self.record is not None:
            found = ((ref_of(manifest), manifest) for manifest in self.record.objects)
            yield from ((ref, manifest) for ref, manifest in found if ref in self.record.baselines)

    def _is_release(self, ref: ObjectRef) -> bool:
        """Whether helm writes it: all but the definitions in a chart's `crds/`."""
        if self.desired is not None:
            return isinstance(self.component.source, HelmSource) and ref in self.desired.objects
        return self.record is not None and self.record.baselines[ref].manager == "helm"


def settle_owners(
    holders: Sequence[Holder], files: ProjectFiles, environment: Environment, *, key: bytes
) -> Mapping[str, Mapping[ObjectRef, str]]:
    """By component, what another one has alike and applies. Raises InputError naming both places where two that are
    planned have an object otherwise."""
    count = Counter(ref for holder in holders for ref in holder.refs())
    several = {ref for ref, number in count.items() if number > 1}
    if not several:
        return {}
    claims = [claim for holder in holders for claim in holder.claims(several, key=key)]
    sharing = find_sharing(claims, delivery=environment.delivery)
    components = {holder.component.name: holder.component for holder in holders}

    def place(name: str, ref: ObjectRef) -> str:
        return _place(components[name], ref, files, environment)

    raise_all([InputError(str(found), findings=[found], hint=found.hint) for found in sharing.findings(place)])
    return sharing.owners


def _place(component: Component, ref: ObjectRef, files: ProjectFiles, environment: Environment) -> str:
    """Where *component* has *ref*, for people: file and line where a file of ours has it."""
    source = component.source
    if isinstance(source, ManifestsSource):
        paths = [expand(path, environment) for path in source.paths]
        return next(_lines(ref, files, paths), ", ".join(paths))
    return source.folder if isinstance(source, KustomizeSource) else ""


def _lines(ref: ObjectRef, files: ProjectFiles, paths: Sequence[str]) -> Iterator[str]:
    for file in files.expand(paths):
        for document in expand_lists(read_documents(files.read_text(file), file=file).documents):
            metadata = document.data.get("metadata") or {}
            named = (document.data.get("kind"), metadata.get("namespace") or ref.namespace, metadata.get("name"))
            if named == (ref.kind, ref.namespace, ref.name):
                yield str(document.mark(("metadata", "name")))
