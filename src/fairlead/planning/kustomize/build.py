"""One build on its way: which objects there are, what was found wrong, and what only kustomize can tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig_text
from fairlead.formats.kustomization import Kustomization
from fairlead.formats.yaml.marks import PathPart
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass, field, replace
from fairlead.planning.kustomize.objects import (
    BuiltObject,
    holder_of,
    in_namespace,
    made_id,
    renamed,
    with_id,
)
from fairlead.planning.kustomize.patches import Patch, after_patch, judge_patch

_GENERATED: Final = {"configMapGenerator": "ConfigMap", "secretGenerator": "Secret"}
_SCALED: Final = ("Deployment", "StatefulSet", "ReplicaSet", "ReplicationController")


@dataclass(frozen=True, slots=True, kw_only=True)
class Unjudged:
    """What only a build can tell, and where it is asked for."""

    what: str
    location: Location


@dataclass(slots=True, kw_only=True)
class Build:
    """*objects* are all there are if it *is_complete*. With *circles* it never ends, and they mean nothing."""

    objects: list[BuiltObject] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    unjudged: list[Unjudged] = field(default_factory=list)
    is_complete: bool = True
    circles: set[str] = field(default_factory=set)

    def end_circle(self, finding: Finding) -> None:
        if finding.message not in self.circles:
            self.fault(finding)
        self.circles.add(finding.message)

    def fault(self, finding: Finding) -> None:
        self.findings.append(finding)
        self.is_complete = self.is_complete and finding.severity is not Severity.ERROR

    def leave(self, what: str, location: Location, *, changes_objects: bool) -> None:
        self.unjudged.append(Unjudged(what=what, location=location))
        self.is_complete = self.is_complete and not changes_objects

    def add(self, new: BuiltObject, *, via: Location | None = None, chain: tuple[Location, ...] = ()) -> None:
        """*via* is where it comes in, if that is not where it is written; *chain* what led there."""
        holder = holder_of(self.objects, new.current)
        if holder is None:
            self.objects.append(new)
        else:
            self.fault(replace(_duplicate(new, holder, via=via), chain=chain))

    def take(self, inner: Build, *, via: Location) -> None:
        """What a kustomization that is named at *via* came to."""
        self.take_word(inner, via=via)
        for each in () if inner.circles else inner.objects:
            self.add(each, via=via)

    def take_word(self, inner: Build, *, via: Location) -> None:
        fresh = (finding for finding in inner.findings if finding.message not in self.circles)
        self.findings += (replace(finding, chain=(via, *finding.chain)) for finding in fresh)
        self.circles |= inner.circles
        self.unjudged += inner.unjudged
        self.is_complete = self.is_complete and inner.is_complete


def _duplicate(new: BuiltObject, holder: BuiltObject, *, via: Location | None) -> Finding:
    if new.location == holder.location:
        message = f"{new.current} comes in twice, both times from {holder.location}"
    else:
        message = f"{new.current} is there already, from {holder.location}"
    return Finding(
        rule="kustomize-duplicate-id",
        message=message,
        hint="keep one of them, or tell them apart by name, namespace or namePrefix",
        location=via or new.location,
    )


def generate(build: Build, kustomization: Kustomization) -> None:
    """What `configMapGenerator` and `secretGenerator` make, or change."""
    for name, kind in _GENERATED.items():
        for index, entry in enumerate(as_list(kustomization.data.get(name))):
            if isinstance(entry, Mapping) and entry.get("name"):
                _generate_one(build, kustomization.mark((name, index)), kind, entry)


def _generate_one(build: Build, location: Location, kind: str, entry: Mapping[str, Any]) -> None:
    namespace, behavior = dig_text(entry, "namespace"), dig_text(entry, "behavior")
    made = made_id("", "v1", kind, name=str(entry["name"]), namespace=namespace)
    found = with_id(build.objects, made)
    if behavior not in ("merge", "replace"):
        if found:
            build.fault(_generated_twice(found[0], location))
        else:
            build.objects.append(BuiltObject(ids=(made,), location=location))
    elif len(found) != 1 and build.is_complete:
        build.fault(
            Finding(
                rule="kustomize-patch-target",
                message=f"there is no {made} to {behavior} with",
                hint="correct its name and namespace, or remove `behavior`",
                location=location,
            )
        )


def _generated_twice(holder: BuiltObject, location: Location) -> Finding:
    return Finding(
        rule="kustomize-duplicate-id",
        message=f"{holder.ids[0]} is there already, from {holder.location}",
        hint="write `behavior: merge` or `replace`, or take another name",
        location=location,
    )


def apply_patch(build: Build, patch: Patch) -> None:
    if build.is_complete and (build.objects or patch.target is None):
        for finding in judge_patch(patch, build.objects):
            build.fault(finding)
    build.objects = after_patch(patch, build.objects)
    if patch.renames:
        build.leave("a patch may rename objects", patch.location, changes_objects=True)


def transform(build: Build, kustomization: Kustomization) -> None:
    """`namespace`, `namePrefix`, `nameSuffix` and `replicas`, in kustomize's order."""
    if namespace := dig_text(kustomization.data, "namespace"):
        build.objects = [in_namespace(each, namespace) for each in build.objects]
        for finding in _conflicts(build.objects, namespace, kustomization.mark(("namespace",))):
            build.fault(finding)
    prefix, suffix = dig_text(kustomization.data, "namePrefix"), dig_text(kustomization.data, "nameSuffix")
    if prefix or suffix:
        build.objects = [renamed(each, prefix=prefix, suffix=suffix) for each in build.objects]
    for index, entry in enumerate(as_list(kustomization.data.get("replicas"))):
        _scale(build, dig_text(entry, "name"), kustomization, ("replicas", index))


def _conflicts(objects: list[BuiltObject], namespace: str, location: Location) -> Iterator[Finding]:
    seen: dict[object, BuiltObject] = {}
    for each in objects:
        other = seen.setdefault(each.current, each)
        if other is not each:
            yield Finding(
                rule="kustomize-namespace-conflict",
                message=f"in the namespace {namespace} two objects are {each.current}: "
                f"{other.ids[0]} from {other.location} and {each.ids[0]} from {each.location}",
                hint="give one of them another name, or build them apart",
                location=location,
            )


def _scale(build: Build, name: str, kustomization: Kustomization, path: tuple[PathPart, ...]) -> None:
    if not build.is_complete or any(i.name == name and i.kind in _SCALED for each in build.objects for i in each.ids):
        return
    build.fault(
        Finding(
            rule="kustomize-patch-target",
            message=f"there is no workload {name} whose replicas could be set",
            hint="correct its name, or remove the entry",
            location=kustomization.mark(path),
        )
    )
