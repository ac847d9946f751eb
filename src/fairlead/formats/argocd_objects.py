"""Argo CD's own objects: Applications, ApplicationSets, AppProjects and declared clusters.

Fields as in the API reference of argoproj.io/v1alpha1. What is missing or of another type reads as empty: schemas judge
it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig, dig_map, dig_text, maps_in
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest

GROUP: Final = "argoproj.io"
WAVE: Final = "argocd.argoproj.io/sync-wave"
HOOK: Final = "argocd.argoproj.io/hook"
IN_CLUSTER: Final = "in-cluster"
IN_CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
KINDS: Final = frozenset({"Application", "ApplicationSet", "AppProject"})
_CLUSTER_LABEL: Final = "argocd.argoproj.io/secret-type"


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmParameter:
    """One `--set`; with *is_text*, `--set-string`. *is_file*: *value* is the path of a file whose text is set."""

    name: str
    value: str
    is_text: bool = False
    is_file: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoHelm:
    """*values* is text, *values_object* replaces it where both are given. Argo CD's order, lowest first: the chart,
    *value_files*, values, *parameters*."""

    release: str = ""
    namespace: str = ""
    value_files: tuple[str, ...] = ()
    ignores_missing: bool = False
    values: str = ""
    values_object: Mapping[str, Any] | None = None
    parameters: tuple[HelmParameter, ...] = ()
    skips_crds: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoDirectory:
    recurses: bool = False
    include: str = ""
    exclude: str = ""
    has_jsonnet: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoSource:
    """*path* is a folder of the repository *url*; *chart* a chart of the chart repository *url*. *ref* is the name by
    which value files of other sources find it."""

    url: str
    path: str = ""
    chart: str = ""
    revision: str = ""
    ref: str = ""
    helm: ArgoHelm | None = None
    kustomize: Mapping[str, Any] = field(default_factory=dict)
    directory: ArgoDirectory | None = None
    plugin: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """*name* or *server* is the cluster; both empty or the cluster's own: where Argo CD runs."""

    name: str = ""
    server: str = ""
    namespace: str = ""

    @property
    def is_in_cluster(self) -> bool:
        return self.name in ("", IN_CLUSTER) and self.server.rstrip("/") in ("", IN_CLUSTER_SERVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoApplication:
    name: str
    namespace: str = ""
    project: str = "default"
    sources: tuple[ArgoSource, ...] = ()
    destination: Destination = Destination()
    wave: int = 0
    hook: str = ""
    options: tuple[str, ...] = ()
    is_automated: bool = False
    prunes: bool = False
    heals: bool = False
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoSet:
    """An ApplicationSet as written: *generators* and *template* are expanded elsewhere."""

    name: str
    namespace: str
    generators: tuple[Mapping[str, Any], ...]
    template: Mapping[str, Any]
    is_go: bool
    options: tuple[str, ...] = ()
    patch: str = ""
    wave: int = 0
    location: Location | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoProject:
    """What its applications may read, and where they may go; patterns with `*`, and `!` for what is not allowed."""

    name: str
    sources: tuple[str, ...]
    destinations: tuple[Destination, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoCluster:
    """A cluster that a Secret of the repository declares."""

    name: str
    server: str
    labels: Mapping[str, str] = field(default_factory=dict)
    annotations: Mapping[str, str] = field(default_factory=dict)


def is_argo(manifest: Manifest, kind: str) -> bool:
    return manifest.get("kind") == kind and dig_text(manifest, "apiVersion").partition("/")[0] == GROUP


def is_cluster(manifest: Manifest) -> bool:
    labelled = dig(manifest, "metadata", "labels", _CLUSTER_LABEL) == "cluster"
    return labelled and manifest.get("kind") == "Secret"


def read_application(manifest: Manifest, *, location: Location | None = None) -> ArgoApplication:
    spec, metadata = dig_map(manifest, "spec"), dig_map(manifest, "metadata")
    policy = dig_map(spec, "syncPolicy")
    automated = dig(policy, "automated")
    written = maps_in(spec.get("sources")) or (dig_map(spec, "source"),)
    return ArgoApplication(
        name=dig_text(metadata, "name"),
        namespace=dig_text(metadata, "namespace"),
        project=dig_text(spec, "project") or "default",
        sources=tuple(_source(each) for each in written if each),
        destination=_destination(dig_map(spec, "destination")),
        wave=wave_of(manifest),
        hook=dig_text(metadata, "annotations", HOOK),
        options=_texts(dig(policy, "syncOptions")),
        is_automated=isinstance(automated, Mapping) and automated.get("enabled") is not False,
        prunes=dig(automated, "prune") is True,
        heals=dig(automated, "selfHeal") is True,
        location=location,
    )


def read_set(manifest: Manifest, *, location: Location | None = None) -> ArgoSet:
    spec = dig_map(manifest, "spec")
    return ArgoSet(
        name=dig_text(manifest, "metadata", "name"),
        namespace=dig_text(manifest, "metadata", "namespace"),
        generators=maps_in(spec.get("generators")),
        template=dig_map(spec, "template"),
        is_go=spec.get("goTemplate") is True,
        options=_texts(spec.get("goTemplateOptions")),
        patch=dig_text(spec, "templatePatch"),
        wave=wave_of(manifest),
        location=location,
    )


def read_project(manifest: Manifest) -> ArgoProject:
    spec = dig_map(manifest, "spec")
    return ArgoProject(
        name=dig_text(manifest, "metadata", "name"),
        sources=_texts(spec.get("sourceRepos")),
        destinations=tuple(_destination(each) for each in maps_in(spec.get("destinations"))),
    )


def read_cluster(manifest: Manifest) -> ArgoCluster:
    """What the Secret says in the clear."""
    data = dig_map(manifest, "stringData")
    metadata = dig_map(manifest, "metadata")
    return ArgoCluster(
        name=dig_text(data, "name") or dig_text(metadata, "name"),
        server=dig_text(data, "server"),
        labels={str(k): str(v) for k, v in dig_map(metadata, "labels").items()},
        annotations={str(k): str(v) for k, v in dig_map(metadata, "annotations").items()},
    )


def wave_of(manifest: Manifest) -> int:
    """The sync wave; 0 where there is none, or no number."""
    written = str(dig(manifest, "metadata", "annotations", WAVE) or "0")
    return int(written) if written.removeprefix("-").isdecimal() else 0


def _destination(data: Mapping[str, Any]) -> Destination:
    return Destination(
        name=dig_text(data, "name"), server=dig_text(data, "server"), namespace=dig_text(data, "namespace")
    )


def _source(data: Mapping[str, Any]) -> ArgoSource:
    plugin = dig(data, "plugin")
    directory = dig_map(data, "directory")
    return ArgoSource(
        url=dig_text(data, "repoURL"),
        path=dig_text(data, "path"),
        chart=dig_text(data, "chart"),
        revision=_text(data.get("targetRevision")),
        ref=dig_text(data, "ref"),
        helm=_helm(dig_map(data, "helm")) if isinstance(data.get("helm"), Mapping) else None,
        kustomize=dig_map(data, "kustomize"),
        directory=_directory(directory) if directory else None,
        plugin=(dig_text(plugin, "name") or "plugin") if isinstance(plugin, Mapping) else "",
    )


def _helm(data: Mapping[str, Any]) -> ArgoHelm:
    values_object = data.get("valuesObject")
    files = (
        HelmParameter(name=dig_text(each, "name"), value=dig_text(each, "path"), is_file=True)
        for each in maps_in(data.get("fileParameters"))
    )
    parameters = (
        HelmParameter(
            name=dig_text(each, "name"), value=_text(each.get("value")), is_text=each.get("forceString") is True
        )
        for each in maps_in(data.get("parameters"))
    )
    return ArgoHelm(
        release=dig_text(data, "releaseName"),
        namespace=dig_text(data, "namespace"),
        value_files=_texts(data.get("valueFiles")),
        ignores_missing=data.get("ignoreMissingValueFiles") is True,
        values=dig_text(data, "values"),
        values_object=as_map(values_object) if isinstance(values_object, Mapping) else None,
        parameters=(*parameters, *files),
        skips_crds=data.get("skipCrds") is True,
    )


def _directory(data: Mapping[str, Any]) -> ArgoDirectory:
    return ArgoDirectory(
        recurses=data.get("recurse") is True,
        include=dig_text(data, "include"),
        exclude=dig_text(data, "exclude"),
        has_jsonnet=bool(dig_map(data, "jsonnet")),
    )


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(_text(each) for each in as_list(value))


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
