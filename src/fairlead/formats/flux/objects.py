"""Flux's own objects, old and current versions: what is built from where, and which charts are released.

Fields as in the API reference of kustomize.toolkit.fluxcd.io (v1beta1 to v1), helm.toolkit.fluxcd.io (v2beta1 to v2)
and source.toolkit.fluxcd.io (v1beta1 to v1). What is missing or of another type reads as empty: schemas judge it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import orjson

from fairlead.formats.json_data import as_list, dig, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest

KUSTOMIZE_GROUP: Final = "kustomize.toolkit.fluxcd.io"
HELM_GROUP: Final = "helm.toolkit.fluxcd.io"
SOURCE_GROUP: Final = "source.toolkit.fluxcd.io"
OPERATOR_GROUP: Final = "fluxcd.controlplane.io"

_LONGEST_RELEASE: Final = 53
_OVERLAY_FIELDS: Final = ("components", "namePrefix", "nameSuffix", "images")


@dataclass(frozen=True, slots=True, order=True)
class FluxName:
    """The identity of one of Flux's objects."""

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesFrom:
    """Values or variables in a ConfigMap or Secret. *path*: where the value goes, as a dotted path; empty for all."""

    kind: str
    name: str
    key: str = ""
    path: str = ""
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxKustomization:
    """*overlay* are its fields as a kustomization has them; *substitutes* is None where it asks for no substitution.
    *is_lenient*: components that are not there are left out."""

    id: FluxName
    path: str
    source: FluxName
    needs: tuple[FluxName, ...] = ()
    overlay: Mapping[str, Any] = field(default_factory=dict)
    substitutes: Mapping[str, str] | None = None
    substitutes_from: tuple[ValuesFrom, ...] = ()
    is_suspended: bool = False
    is_remote: bool = False
    is_lenient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxRelease:
    """*chart* is a name, or a path where *source* is Git; *chart_ref* is an OCIRepository or HelmChart object."""

    id: FluxName
    release: str
    namespace: str
    chart: str
    version: str
    source: FluxName
    chart_ref: FluxName | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    values_from: tuple[ValuesFrom, ...] = ()
    value_files: tuple[str, ...] = ()
    needs: tuple[FluxName, ...] = ()
    crds: str = ""
    post_renderers: tuple[Mapping[str, Any], ...] = ()
    is_suspended: bool = False
    is_remote: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxSource:
    """*url* as written; *reference* is the version, tag, semver range, branch or commit. A HelmChart has the *chart* of
    the source *of*."""

    id: FluxName
    url: str
    reference: str = ""
    is_oci: bool = False
    chart: str = ""
    of: FluxName | None = None


def group_of(manifest: Manifest) -> str:
    return dig_text(manifest, "apiVersion").partition("/")[0]


def is_flux(manifest: Manifest, group: str, kind: str) -> bool:
    return group_of(manifest) == group and manifest.get("kind") == kind


def flux_name(manifest: Manifest) -> FluxName:
    return FluxName(
        dig_text(manifest, "kind"),
        dig_text(manifest, "metadata", "namespace") or "flux-system",
        dig_text(manifest, "metadata", "name"),
    )


def read_kustomization(manifest: Manifest) -> FluxKustomization:
    spec, own = dig_map(manifest, "spec"), flux_name(manifest)
    post = dig_map(spec, "postBuild")
    asks = bool(dig(post, "substitute")) or bool(dig(post, "substituteFrom"))
    return FluxKustomization(
        id=own,
        path=dig_text(spec, "path") or "./",
        source=_reference(dig_map(spec, "sourceRef"), own, kind="GitRepository"),
        needs=_needs(spec, own),
        overlay=_overlay(spec),
        substitutes={str(k): _as_text(v) for k, v in dig_map(post, "substitute").items()} if asks else None,
        substitutes_from=_values_from(dig(post, "substituteFrom"), default_key=""),
        is_suspended=dig(spec, "suspend") is True,
        is_remote=bool(dig_map(spec, "kubeConfig")),
        is_lenient=dig(spec, "ignoreMissingComponents") is True,
    )


def read_release(manifest: Manifest) -> FluxRelease:
    spec, own = dig_map(manifest, "spec"), flux_name(manifest)
    chart = dig_map(spec, "chart", "spec")
    target = dig_text(spec, "targetNamespace")
    reference = dig_map(spec, "chartRef")
    return FluxRelease(
        id=own,
        # As helm-controller composes it: TARGET-NAME, where a target namespace is given.
        release=_short(dig_text(spec, "releaseName") or (f"{target}-{own.name}" if target else own.name)),
        namespace=target or own.namespace,
        chart=dig_text(chart, "chart"),
        version=_as_text(dig(chart, "version")),
        source=_reference(dig_map(chart, "sourceRef"), own, kind="HelmRepository"),
        chart_ref=_reference(reference, own, kind="OCIRepository") if reference else None,
        values=dig_map(spec, "values"),
        values_from=_values_from(dig(spec, "valuesFrom"), default_key="values.yaml"),
        value_files=tuple(_as_text(each) for each in as_list(dig(chart, "valuesFiles"))),
        needs=_needs(spec, own),
        crds=dig_text(spec, "install", "crds"),
        post_renderers=tuple(filter(any, map(_post_renderer, maps_in(dig(spec, "postRenderers"))))),
        is_suspended=dig(spec, "suspend") is True,
        is_remote=bool(dig_map(spec, "kubeConfig")),
    )


def read_synced(manifest: Manifest) -> FluxKustomization | None:
    """The Kustomization that the Flux Operator makes to keep a cluster in step with a path, as a FluxInstance asks for,
    or the values of the chart that makes one; None where *manifest* is neither."""
    if is_flux(manifest, OPERATOR_GROUP, "FluxInstance"):
        sync = dig_map(manifest, "spec", "sync")
    elif is_flux(manifest, HELM_GROUP, "HelmRelease"):
        sync = dig_map(manifest, "spec", "values", "instance", "sync")
    else:
        return None
    if not dig_text(sync, "path"):
        return None
    namespace = dig_text(manifest, "metadata", "namespace") or "flux-system"
    name = dig_text(sync, "name") or namespace
    return FluxKustomization(
        id=FluxName("Kustomization", namespace, name),
        path=dig_text(sync, "path"),
        source=FluxName(dig_text(sync, "kind") or "GitRepository", namespace, name),
    )


def read_source(manifest: Manifest) -> FluxSource:
    """A HelmRepository, GitRepository, OCIRepository, Bucket or HelmChart."""
    if manifest.get("kind") == "HelmChart":
        return _read_chart(manifest)
    spec, reference = dig_map(manifest, "spec"), dig_map(manifest, "spec", "ref")
    # A tag says which version a digest beside it is of.
    stated = (dig(reference, name) for name in ("commit", "semver", "tag", "digest", "name", "branch"))
    url = dig_text(spec, "url")
    return FluxSource(
        id=flux_name(manifest),
        url=url,
        reference=next((_as_text(each) for each in stated if each), ""),
        is_oci=url.startswith("oci://") or dig(spec, "type") == "oci",
    )


def _read_chart(manifest: Manifest) -> FluxSource:
    spec, own = dig_map(manifest, "spec"), flux_name(manifest)
    return FluxSource(
        id=own,
        url="",
        reference=_as_text(dig(spec, "version")),
        chart=dig_text(spec, "chart"),
        of=_reference(dig_map(spec, "sourceRef"), own, kind="HelmRepository"),
    )


def _reference(data: Mapping[str, Any], own: FluxName, *, kind: str) -> FluxName:
    return FluxName(
        dig_text(data, "kind") or kind, dig_text(data, "namespace") or own.namespace, dig_text(data, "name")
    )


def _needs(spec: Mapping[str, Any], own: FluxName) -> tuple[FluxName, ...]:
    return tuple(_reference(each, own, kind=own.kind) for each in maps_in(dig(spec, "dependsOn")))


def _overlay(spec: Mapping[str, Any]) -> Mapping[str, Any]:
    found: dict[str, Any] = {name: spec[name] for name in _OVERLAY_FIELDS if spec.get(name)}
    if target := dig_text(spec, "targetNamespace"):
        found["namespace"] = target
    patches = [*maps_in(dig(spec, "patches")), *_old_patches(spec)]
    if patches:
        found["patches"] = patches
    common = dig_map(spec, "commonMetadata")
    if labels := dig_map(common, "labels"):
        found["labels"] = [{"pairs": dict(labels)}]
    if annotations := dig_map(common, "annotations"):
        found["commonAnnotations"] = dict(annotations)
    return found


def _post_renderer(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Its fields as a kustomization has them, without those that are empty."""
    spec = dig_map(data, "kustomize")
    fields = {"patches": [*maps_in(dig(spec, "patches")), *_old_patches(spec)], "images": maps_in(dig(spec, "images"))}
    return {name: list(found) for name, found in fields.items() if found}


def _short(release: str) -> str:
    """As helm-controller shortens names that Helm would refuse."""
    if len(release) <= _LONGEST_RELEASE:
        return release
    mark = hashlib.sha256(release.encode()).hexdigest()[:12]
    return f"{release[: _LONGEST_RELEASE - len(mark) - 1]}-{mark}"


def _old_patches(spec: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    """`patchesStrategicMerge` and `patchesJson6902` of the versions before v1, as `patches`."""
    for each in maps_in(dig(spec, "patchesStrategicMerge")):
        yield {"patch": _as_json(each)}
    for each in maps_in(dig(spec, "patchesJson6902")):
        yield {"target": dig_map(each, "target"), "patch": _as_json(dig(each, "patch"))}


def _as_json(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _values_from(value: Any, *, default_key: str) -> tuple[ValuesFrom, ...]:
    return tuple(
        ValuesFrom(
            kind=dig_text(each, "kind") or "ConfigMap",
            name=dig_text(each, "name"),
            key=dig_text(each, "valuesKey") or default_key,
            path=dig_text(each, "targetPath"),
            is_optional=dig(each, "optional") is True,
        )
        for each in maps_in(value)
    )


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
