"""An Application as components: one for each source that brings objects."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from fairlead.formats.argocd_objects import ArgoApplication, ArgoDirectory, ArgoHelm, ArgoSource
from fairlead.model.component import Component, CrdPolicy, HelmSource, KustomizeSource, ManifestsSource, Source
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.repository import Remark
from fairlead.planning.argocd.overlay import kustomize_overlay, not_judged
from fairlead.planning.argocd.places import ArgoTree, SourceKind, directory_files, folder_of
from fairlead.planning.argocd.values import helm_values

ANY_VERSION: Final = "*"
_NO_PRUNING: Final = "Prune=false"


@dataclass(slots=True, kw_only=True)
class Made:
    """What came of one Application. *components* have no `needs` and no environments yet. *taken* are the folders that
    it builds in a way that is not known here."""

    components: list[Component] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """*holds_objects*: whether a file holds Kubernetes objects; Argo CD takes no others of a folder."""

    tree: ArgoTree
    read_text: Callable[[str], str]
    holds_objects: Callable[[str], bool]


def make_components(application: ArgoApplication, ground: Ground) -> Made:
    made = Made()
    for source in application.sources:
        kind = ground.tree.kind_of(source)
        if kind is SourceKind.VALUES:
            continue
        try:
            found = _source(application, source, kind, ground, made)
        except InputError as err:
            made.findings.append(_fault("argocd-source", err, application))
            continue
        if found is not None:
            name = (
                application.name
                if not made.components
                else f"{application.name}-{_suffix(source, len(made.components))}"
            )
            made.components.append(_component(application, source, name, found))
    return made


def _source(
    application: ArgoApplication, source: ArgoSource, kind: SourceKind, ground: Ground, made: Made
) -> Source | None:
    if kind is SourceKind.CHART:
        return _chart(application, source, ground, made)
    if not ground.tree.is_own(source.url):
        made.remarks.append(_said(application, f"is read from {source.url or 'nowhere'}, another repository: not read"))
        return None
    folder = folder_of(source)
    if folder not in ground.tree.folders:
        made.findings.append(_no_folder(application, folder, ground.tree))
        return None
    match kind:
        case SourceKind.PLUGIN:
            made.remarks.append(_said(application, f"is built by {source.plugin}, a plugin: not judged"))
            made.taken.append(folder)
            return None
        case SourceKind.KUSTOMIZE:
            return _kustomize(application, source, folder, ground, made)
        case SourceKind.HELM:
            return _helm(application, source, HelmSource(chart=folder), ground, made)
        case _:
            return _directory(application, source, folder, ground, made)


def _chart(application: ArgoApplication, source: ArgoSource, ground: Ground, made: Made) -> HelmSource:
    url = source.url.rstrip("/")
    chart = source.chart
    if not chart:  # an OCI artifact that is a chart as a whole
        url, _, chart = url.rpartition("/")
    repository = url if "://" in url else f"oci://{url}"
    place = HelmSource(chart=chart, repository=repository, version=source.revision or ANY_VERSION)
    return _helm(application, source, place, ground, made)


def _helm(
    application: ArgoApplication, source: ArgoSource, place: HelmSource, ground: Ground, made: Made
) -> HelmSource:
    values = helm_values(application, source, tree=ground.tree, read_text=ground.read_text)
    made.findings += values.findings
    made.remarks += (
        _said(application, f"has {each} elsewhere: its values are not all known") for each in values.unknown
    )
    return replace(
        place,
        release=(source.helm or ArgoHelm()).release or application.name,
        values=values.values,
        value_files=values.files,
        is_layered=False,
        unknown=tuple(values.unknown),
    )


def _kustomize(
    application: ArgoApplication, source: ArgoSource, folder: str, ground: Ground, made: Made
) -> KustomizeSource:
    def read_patch(path: str) -> str:
        return ground.read_text(posixpath.normpath(posixpath.join(folder, path)))

    made.remarks += (_said(application, f"has kustomize.{n}: not judged") for n in not_judged(source.kustomize))
    return KustomizeSource(folder=folder, overlay=kustomize_overlay(source.kustomize, read_text=read_patch))


def _directory(
    application: ArgoApplication, source: ArgoSource, folder: str, ground: Ground, made: Made
) -> ManifestsSource | None:
    rules = source.directory or ArgoDirectory()
    top = "" if folder == "." else f"{folder}/"
    has_jsonnet = any(file.startswith(top) and file.endswith(".jsonnet") for file in ground.tree.files)
    if has_jsonnet:
        made.remarks.append(_said(application, f"has jsonnet in {folder}: not judged"))
    files = directory_files(folder, rules, ground.tree.files)
    kept = tuple(file for file in files if ground.holds_objects(file))
    made.remarks += (
        _said(application, f"passes over {file}, which holds no object") for file in files if file not in kept
    )
    if not kept:
        made.remarks += () if has_jsonnet else (_said(application, f"takes nothing of {folder}: no manifest is in it"),)
        return None
    return ManifestsSource(paths=kept)


def _component(application: ArgoApplication, source: ArgoSource, name: str, found: Source) -> Component:
    return Component(
        name=name,
        source=found,
        namespace=(source.helm.namespace if source.helm else "") or application.destination.namespace,
        crds=CrdPolicy.SKIP if source.helm and source.helm.skips_crds else CrdPolicy.UPGRADE,
        prune=_NO_PRUNING not in application.options,
        location=application.location,
    )


def _suffix(source: ArgoSource, index: int) -> str:
    return source.chart or posixpath.basename(folder_of(source)).strip(".") or str(index + 1)


def waves(siblings: Iterable[ArgoApplication]) -> Mapping[str, tuple[str, ...]]:
    """Which of *siblings* each needs: those of the wave before its own. By name."""
    by_wave: dict[int, list[str]] = {}
    for each in siblings:
        by_wave.setdefault(each.wave, []).append(each.name)
    found: dict[str, tuple[str, ...]] = {}
    before: tuple[str, ...] = ()
    for wave in sorted(by_wave):
        found |= dict.fromkeys(by_wave[wave], before)
        before = tuple(sorted(by_wave[wave]))
    return found


def _no_folder(application: ArgoApplication, folder: str, tree: ArgoTree) -> Finding:
    near = tree.near_folder(folder)
    return Finding(
        rule="argocd-path-missing",
        message=f"{application.name} is built from {folder}, which does not exist",
        hint=f"write path: {near}" if near else "correct its path",
        location=application.location,
        component=application.name,
    )


def _fault(rule: str, err: InputError, application: ArgoApplication) -> Finding:
    place = err.location or application.location
    return Finding(rule=rule, message=err.message, hint=err.hint, location=place, component=application.name)


def _said(application: ArgoApplication, text: str) -> Remark:
    return Remark(text=f"application {application.name} {text}", location=application.location)
