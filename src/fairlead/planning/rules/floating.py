"""What may be another thing tomorrow without a commit: images without a version, and charts of a range."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.model.finding import Finding, Severity
from fairlead.planning.locking import is_exact
from fairlead.planning.rules.environment_objects import EnvironmentObjects, FieldPath, JudgedObject, Judgement
from fairlead.planning.rules.pod_security_pod import pod_in

_MOVING: Final = frozenset({"latest", "main", "master", "edge", "nightly", "dev", "develop", "canary", "rolling"})
_FILLED_IN: Final = frozenset({"auto"})
"""Istio puts its proxy's image there."""
_HELD_BY_RANGE: Final = re.compile(r"[~^*<>|, xX]")


def image_tag(image: str) -> str | None:
    """The tag of *image*; empty where it has neither tag nor digest, None where a digest says which one it is."""
    if "@" in image:
        return None
    return image.rpartition("/")[2].partition(":")[2]


def check_images(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """A warning for each image of a pod that its registry may change: each named once in an object."""
    for index, one in enumerate(scene.objects):
        pod = pod_in(one.manifest)
        told: set[str] = set()
        placed = zip(pod.containers(), pod.placed_containers(), strict=True) if pod else ()
        for (place, container), (path, _) in placed:
            image = dig_text(container, "image")
            tag = image_tag(image)
            if not image or "${" in image or image in _FILLED_IN or image in told or tag is None:
                continue
            if tag in _MOVING or not tag:
                told.add(image)
                why = f"has the tag {tag}, which moves" if tag else "has neither a tag nor a digest"
                finding = Finding(
                    rule="floating-image",
                    message=f"{place}: {image} {why}",
                    hint="name a version, or a digest; `fairlead resolve --images` writes digests into the lock file",
                    severity=Severity.WARNING,
                    ref=one.ref,
                )
                yield Judgement(index=index, finding=finding, path=(*path, "image"))


def check_charts(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """Charts that the objects of Flux and Argo CD name without an exact version: the cluster takes what it finds."""
    released = frozenset(_released_charts(scene))
    for index, one in enumerate(scene.objects):
        for path, chart, version in _charts(one, released):
            if is_exact(version) or "${" in version:
                continue
            wanted = f"in the range {version}" if version else "without a version"
            finding = Finding(
                rule="floating-chart",
                message=f"takes the chart {chart} {wanted}: the cluster updates it on its own",
                hint="name one version, and let a bot propose the next",
                severity=Severity.WARNING,
                ref=one.ref,
            )
            yield Judgement(index=index, finding=finding, path=path)


def _released_charts(scene: EnvironmentObjects) -> Iterator[tuple[str, str, str]]:
    """Kind, namespace and name of what a HelmRelease takes its chart from as a whole."""
    for one in scene.objects:
        reference = dig_map(one.manifest, "spec", "chartRef")
        if one.ref.group == "helm.toolkit.fluxcd.io" and reference:
            namespace = dig_text(reference, "namespace") or one.ref.namespace
            yield dig_text(reference, "kind"), namespace, dig_text(reference, "name")


def _charts(one: JudgedObject, released: Collection[tuple[str, str, str]]) -> Iterator[tuple[FieldPath, str, str]]:
    match one.ref.group, one.ref.kind:
        case "helm.toolkit.fluxcd.io", "HelmRelease":
            # In a GitRepository or Bucket the chart is as it lies there, and `version` is not read.
            spec = dig_map(one.manifest, "spec", "chart", "spec")
            if spec and dig_text(spec, "sourceRef", "kind") == "HelmRepository":
                yield ("spec", "chart", "spec", "version"), dig_text(spec, "chart"), _text(spec.get("version"))
        case "source.toolkit.fluxcd.io", "OCIRepository":
            reference = dig_map(one.manifest, "spec", "ref")
            is_chart = (one.ref.kind, one.ref.namespace, one.ref.name) in released
            if not reference.get("digest") and (is_chart or dig(one.manifest, "spec", "layerSelector", "mediaType")):
                yield from _oci_chart(one, _text(reference.get("semver")), _text(reference.get("tag")))
        case "source.toolkit.fluxcd.io", "HelmChart":
            spec = dig_map(one.manifest, "spec")
            if dig_text(spec, "sourceRef", "kind") == "HelmRepository":
                yield ("spec", "version"), dig_text(spec, "chart"), _text(spec.get("version"))
        case "argoproj.io", "Application":
            yield from _argo_charts(dig_map(one.manifest, "spec"), ("spec",))
        case "argoproj.io", "ApplicationSet":
            yield from _set_charts(dig_map(one.manifest, "spec"))


def _argo_charts(spec: Mapping[str, Any], at: FieldPath) -> Iterator[tuple[FieldPath, str, str]]:
    sources = maps_in(spec.get("sources"))
    for position, source in enumerate(sources or (dig_map(spec, "source"),)):
        if chart := dig_text(source, "chart"):
            place: FieldPath = ("sources", position) if sources else ("source",)
            yield (*at, *place, "targetRevision"), chart, _text(source.get("targetRevision"))


def _set_charts(spec: Mapping[str, Any]) -> Iterator[tuple[FieldPath, str, str]]:
    """Nothing of what generators fill in: a chart may turn out to be none there, and a version to be exact."""
    of_generators = (dig(one, kind, "template") for one in maps_in(spec.get("generators")) for kind in one)
    if "source" in dig_text(spec, "templatePatch") or any(of_generators):
        return
    for path, chart, version in _argo_charts(dig_map(spec, "template", "spec"), ("spec", "template", "spec")):
        if "{{" not in f"{chart}{version}":
            yield path, chart, version


def _oci_chart(one: JudgedObject, semver: str, tag: str) -> Iterator[tuple[FieldPath, str, str]]:
    field, version = ("semver", semver) if semver else ("tag", tag)
    if version == "" or version in _MOVING or _HELD_BY_RANGE.search(version):
        yield ("spec", "ref", field), dig_text(one.manifest, "spec", "url"), version


def _text(value: object) -> str:
    return "" if value is None else str(value)
