"""The values that Argo CD would give to a chart: value files, then `valuesObject` or `values`, then parameters."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fairlead.formats.argocd_objects import ArgoApplication, ArgoHelm, ArgoSource, HelmParameter
from fairlead.formats.glob import matches
from fairlead.formats.manifests import load_value_file
from fairlead.model.finding import Finding
from fairlead.planning.argocd.build_environment import is_of_the_commit, substituted
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
    files = _in_place([_files(text, application, source, tree, found) for text in helm.value_files])
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """What one entry of `valueFiles` stands for, as paths of this repository."""

    paths: tuple[str, ...] = ()
    is_pattern: bool = False


def _in_place(entries: Sequence[_Files]) -> tuple[str, ...]:
    """Each file once: at the place where it is named itself, else at that of the first pattern that covers it."""
    named = {path for each in entries if not each.is_pattern for path in each.paths}
    kept: list[str] = []
    for each in entries:
        kept += (path for path in each.paths if not each.is_pattern or path not in {*named, *kept})
    return tuple(kept)


def _files(written: str, application: ArgoApplication, source: ArgoSource, tree: ArgoTree, found: ArgoValues) -> _Files:
    """None where they are not to be had."""
    path, ref = value_file(substituted(written, application, source), folder=folder_of(source))
    if is_of_the_commit(path):
        found.unknown.append(f"value file {written}")
        return _Files()
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
            return _Files()
        is_here = tree.is_own(named.url)
    else:
        is_here = bool(path) and not source.chart and tree.is_own(source.url)
    if not is_here:
        found.unknown.append(f"value file {written}")
        return _Files()
    is_pattern = path not in tree.files and any(each in path for each in "*?[")
    paths = _matching(path, tree) if is_pattern else tuple({path} & tree.files)
    if not paths and not (source.helm and source.helm.ignores_missing):
        found.findings.append(_missing(path, written, application, source, tree, ref=ref, is_pattern=is_pattern))
    return _Files(paths=paths, is_pattern=is_pattern)


def _matching(pattern: str, tree: ArgoTree) -> tuple[str, ...]:
    """By name, at each level the files before the folders."""
    return tuple(sorted((file for file in tree.files if matches(file, pattern)), key=_files_first))


def _files_first(path: str) -> list[tuple[bool, str]]:
    *folders, name = path.split("/")
    return [*((True, each) for each in folders), (False, name)]


def _missing(
    path: str,
    written: str,
    application: ArgoApplication,
    source: ArgoSource,
    tree: ArgoTree,
    *,
    ref: str,
    is_pattern: bool,
) -> Finding:
    near = "" if is_pattern else nearest(path, [file for file in tree.files if file.endswith((".yaml", ".yml"))])
    right = f"${ref}/{near}" if ref else posixpath.relpath(f"/{near}", f"/{folder_of(source)}")
    why = f"nothing matches {path}" if is_pattern else f"there is no {path}"
    return Finding(
        rule="argocd-values-file-missing",
        message=f"{application.name} takes its values from {written}, but {why}",
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
    if parameter.is_file:
        paths = _files(parameter.value, application, source, tree, found).paths
        return "".join(map(read_text, paths))
    text = substituted(parameter.value, application, source)
    if is_of_the_commit(text):
        found.unknown.append(f"the value of parameter {parameter.name}")
    return text if parameter.is_text else _typed(text)


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
