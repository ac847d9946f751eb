"""The values that Argo CD would give to a chart: value files, then `valuesObject` or `values`, then parameters."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fairlead.formats.argocd_objects import ArgoApplication, ArgoHelm, ArgoSource, HelmParameter
from fairlead.formats.manifests import load_value_file
from fairlead.model.finding import Finding
from fairlead.planning.argocd.places import ArgoTree, folder_of, nearest, value_file
from fairlead.planning.values import Layer, merge


@dataclass(slots=True, kw_only=True)
class ArgoValues:
    """Either *files* alone, or all of it merged into *values*. *unknown* names what does not lie in the repository."""

    values: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    unknown: list[str] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def helm_values(
    application: ArgoApplication, source: ArgoSource, *, tree: ArgoTree, read_text: Callable[[str], str]
) -> ArgoValues:
    """Raises InputError on values that are no map."""
    helm = source.helm or ArgoHelm()
    found = ArgoValues()
    files = tuple(each for text in helm.value_files if (each := _file(text, application, source, tree, found)))
    own = _own_values(application, helm)
    if not own and not helm.parameters:
        found.files = files
        return found
    layers = [Layer(name=file, values=load_value_file(read_text(file), file=file)) for file in files]
    sets = {p.name: _value(p, application, source, tree, read_text, found) for p in _in_order(helm.parameters)}
    found.values = merge([*layers, Layer(name="values", values=own), Layer(name="parameters", sets=sets)]).values
    return found


def _own_values(application: ArgoApplication, helm: ArgoHelm) -> Mapping[str, Any]:
    if helm.values_object is not None:
        return helm.values_object
    return load_value_file(helm.values, file=f"values of {application.name}") if helm.values else {}


def _in_order(parameters: tuple[HelmParameter, ...]) -> list[HelmParameter]:
    """As Helm takes its flags: `--set`, `--set-string`, `--set-file`."""
    return sorted(parameters, key=lambda each: (each.is_file, each.is_text))


def _file(written: str, application: ArgoApplication, source: ArgoSource, tree: ArgoTree, found: ArgoValues) -> str:
    """The value file as a path of this repository; empty where it is not to be had."""
    path, ref = value_file(written, folder=folder_of(source))
    if ref:
        named = next((each for each in application.sources if each.ref == ref), None)
        if named is None:
            found.findings.append(
                Finding(
                    rule="argocd-ref-missing",
                    message=f"{application.name} takes {written}, but none of its sources has ref: {ref}",
                    hint=f"add `ref: {ref}` to the source that holds {path}",
                    location=application.location,
                    component=application.name,
                )
            )
            return ""
        is_here = tree.is_own(named.url)
    else:
        is_here = bool(path) and not source.chart and tree.is_own(source.url)
    if not is_here:
        found.unknown.append(f"value file {written}")
        return ""
    if path not in tree.files:
        if not (source.helm and source.helm.ignores_missing):
            found.findings.append(_missing(path, written, application, source, tree, ref=ref))
        return ""
    return path


def _missing(
    path: str, written: str, application: ArgoApplication, source: ArgoSource, tree: ArgoTree, *, ref: str
) -> Finding:
    near = nearest(path, [file for file in tree.files if file.endswith((".yaml", ".yml"))])
    right = f"${ref}/{near}" if ref else posixpath.relpath(f"/{near}", f"/{folder_of(source)}")
    return Finding(
        rule="argocd-values-file-missing",
        message=f"{application.name} takes its values from {written}, but there is no {path}",
        hint=f"write {right}" if near else "correct the path, or set ignoreMissingValueFiles",
        location=application.location,
        component=application.name,
    )


def _value(
    parameter: HelmParameter,
    application: ArgoApplication,
    source: ArgoSource,
    tree: ArgoTree,
    read_text: Callable[[str], str],
    found: ArgoValues,
) -> Any:
    if not parameter.is_file:
        return parameter.value if parameter.is_text else _typed(parameter.value)
    path = _file(parameter.value, application, source, tree, found)
    return read_text(path) if path else ""


def _typed(text: str) -> Any:
    """A value as `helm --set` reads it: words of truth, whole numbers and lists have their type, all else is text."""
    if text.startswith("{") and text.endswith("}"):
        return [_typed(each.strip()) for each in text[1:-1].split(",") if each.strip()]
    words = {"true": True, "false": False, "null": None}
    if text in words:
        return words[text]
    digits = text.removeprefix("-")
    is_number = digits.isascii() and digits.isdecimal() and (digits == "0" or not digits.startswith("0"))
    return int(text) if is_number else text
