"""What a helm component of a project file must say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.readers.project_faults import Fault, Path, suggest
from fairlead.readers.project_parts import Parts, as_map

_MAX_RELEASE: Final = 53
"""Helm's own limit, so that names made from it stay within 63."""


def _namespace_for_helm(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        if component.helm and not component.namespace and index not in parts.trimmed:
            yield Fault(
                rule="no-namespace",
                path=("components", index),
                message=f"helm component {component.name} has no namespace",
                hint=f"write one, e.g. namespace: {component.name}",
            )
        release = component.helm and (component.helm.release or component.name)
        if release and len(release) > _MAX_RELEASE:
            written = component.helm and component.helm.release
            path: Path = ("components", index, "helm", "release") if written else ("components", index, "name")
            message = f"a Helm release has at most {_MAX_RELEASE} letters in its name, {release} has {len(release)}"
            yield Fault(rule="invalid-name", path=path, message=message, hint="write helm.release")


def _charts_at_one_version(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        if component.helm is None:
            continue
        helm, path = component.helm, ("components", index, "helm")
        prefix, slash, rest = helm.chart.partition("/")
        name = helm.repository or (prefix if slash else "")
        is_oci = helm.chart.startswith("oci://")
        if is_oci and helm.repository:
            message = "the chart is a URL and has a repository too"
            yield Fault(rule="two-sources", path=(*path, "repository"), message=message, hint="keep one", at_key=True)
        elif not is_oci and "://" not in name and name not in parts.repositories and (helm.repository or helm.version):
            known = as_map(parts.raw.get("repositories"))
            if name in known:
                continue
            key = "repository" if helm.repository else "chart"
            yield Fault(
                rule="unknown-repository",
                path=(*path, key),
                message=f"unknown chart repository: {name or helm.chart}",
                hint=suggest(name, known, what="repositories")
                or f"write its URL under `repositories: {{{name or 'NAME'}: …}}`",
            )
        elif not helm.version and (is_oci or helm.repository or (name in parts.repositories and rest)):
            message = f"the chart {helm.chart} comes from a repository and has no version"
            yield Fault(rule="missing-key", path=path, message=message, hint="write one, or a range such as ~1.2")


def _one_component_per_release(parts: Parts) -> Iterator[Fault]:
    """Two would write one release in turns, each removing what the other one has."""
    first: dict[tuple[str, str, str], str] = {}
    for index, component in parts.components.items():
        if component.helm is None or not component.namespace or index in parts.trimmed:
            continue
        release = component.helm.release or component.name
        for environment in sorted(parts.places_of(component)):
            owner = first.setdefault((environment, component.namespace, release), component.name)
            if owner != component.name:
                yield Fault(
                    rule="two-owners",
                    path=("components", index),
                    message=f"{component.name} and {owner} are one Helm release: {component.namespace}/{release}",
                    hint="give one of them another helm.release or namespace",
                )
                break


HELM_RULES: Final = (
    _namespace_for_helm,
    _charts_at_one_version,
    _one_component_per_release,
)
