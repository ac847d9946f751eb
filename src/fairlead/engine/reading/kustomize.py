"""Plain trees of kustomizations, and folders of manifests: what is deployed, and to which environment, by the paths."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Final

from fairlead.engine.kustomize_judging import tree_of
from fairlead.model.component import Component, KustomizeSource, ManifestsSource
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.repository import Part, Remark
from fairlead.planning.environment_paths import DEFAULT_ENVIRONMENT, PathMeaning, component_name, dns_name, meaning_of
from fairlead.planning.flux.trees import installs_flux
from fairlead.planning.kustomize.judgement import KustomizeJudge
from fairlead.planning.kustomize.objects import ObjectId, unversioned
from fairlead.planning.kustomize.parallel import with_clusters
from fairlead.planning.kustomize.roles import Role, find_roles, is_below
from fairlead.planning.kustomize.tree import KustomizeTree
from fairlead.planning.kustomize.variants import with_variants
from fairlead.planning.manifest_folders import ManifestFolder, find_manifest_folders, find_templates, object_ids
from fairlead.planning.tried import find_tried
from fairlead.ports import ProjectFiles

_SHOWN: Final = 5

Source = KustomizeSource | ManifestsSource


@dataclass(slots=True, kw_only=True)
class _Found:
    """One thing to deploy, in all environments that have it at the same place."""

    source: Source
    meanings: list[PathMeaning] = field(default_factory=list)


def read_kustomize(files: ProjectFiles, path: str = "", *, taken: Collection[str] = (), is_flux: bool = False) -> Part:
    """Every root below *path*, and every folder of plain manifests that nothing takes. *taken* are folders that another
    tool deploys; with *is_flux* a root that installs Flux is none of ours. A component is in the environments that its
    folder is found for: `{environment}` stands in its path.
    """
    tree = tree_of(files)
    top, closed = _plain(path), {_plain(each) for each in taken}
    roles = find_roles(tree, taken=closed, tried=_tried(tree, closed))
    begun = [folder for folder in roles.having(Role.ROOT) if is_flux and _installs_flux(tree, folder)]
    roots = [folder for folder in roles.having(Role.ROOT) if is_below(folder, (top,)) and folder not in begun]
    closed |= roles.reached
    templates = {file: sign for file, sign in find_templates(tree, taken=closed).items() if is_below(file, (top,))}
    flats = {
        flat.folder: flat
        for flat in find_manifest_folders(tree, taken=closed, left_out=templates)
        if is_below(flat.folder, (top,))
    }
    judge = KustomizeJudge(tree)

    def ids(folder: str) -> frozenset[ObjectId]:
        if folder in flats:
            return object_ids(flats[folder].files, tree)
        return frozenset(unversioned(each.current) for each in judge.objects(folder))

    found: dict[tuple[str, ...], _Found] = {}
    meanings = with_clusters({each: meaning_of(each) for each in (*roots, *flats)}, objects=ids)
    for folder, meaning in with_variants(meanings, objects=ids).items():
        _note(found, meaning, _flat(flats[folder]) if folder in flats else _root)
    return Part(
        components=tuple(_components(found.values(), top=files.root().name)),
        remarks=(*_remarks(found.values()), *map(_begun_remark, begun), *map(_tried_remark, roles.having(Role.TRIED))),
        findings=(
            *(_unused(tree, folder) for folder in roles.having(Role.UNUSED) if is_below(folder, (top,))),
            *(_template(file, sign) for file, sign in templates.items()),
        ),
    )


def _tried(tree: KustomizeTree, taken: Collection[str]) -> frozenset[str]:
    """Folders of what is shown or tried, where there is anything else."""
    tried = find_tried(tree.folders)
    is_all = not taken and all(is_below(folder, tried) for folder in tree.kustomized)
    return frozenset() if is_all and not find_manifest_folders(tree) else tried


def _plain(path: str) -> str:
    return "" if path == "." else path


def _root(pattern: str) -> Source:
    return KustomizeSource(folder=pattern or ".")


def _flat(flat: ManifestFolder) -> Callable[[str], Source]:
    if flat.paths == (flat.folder,):
        return lambda pattern: ManifestsSource(paths=(pattern,))
    return lambda pattern: ManifestsSource(
        paths=tuple(file.replace(flat.folder, pattern, 1) if flat.folder else file for file in flat.paths)
    )


def _note(found: dict[tuple[str, ...], _Found], meaning: PathMeaning, make: Callable[[str], Source]) -> None:
    source = make(meaning.pattern)
    paths = (source.folder, "") if isinstance(source, KustomizeSource) else source.paths
    found.setdefault((meaning.pattern, *paths), _Found(source=source)).meanings.append(meaning)


def _components(found: Iterable[_Found], *, top: str) -> Iterator[Component]:
    names: set[str] = set()
    for each in found:
        name = next(name for name in _names(each, top=top) if name not in names)
        names.add(name)
        environments = tuple(meaning.environment for meaning in each.meanings)
        yield Component(name=name, source=each.source, environments=environments)


def _names(found: _Found, *, top: str) -> Iterator[str]:
    """What it may be called, best first; the last ones have a number, so that there is no end of them."""
    pattern = found.meanings[0].pattern
    first, whole = component_name(pattern, top=top), dns_name(pattern.replace("{environment}", ""))
    yield first
    if whole:
        yield whole
    yield from (f"{first}-{number}" for number in count(2))


def _remarks(found: Collection[_Found]) -> Iterator[Remark]:
    """One for each environment, with what it was read from."""
    patterns: dict[str, list[PathMeaning]] = {}
    for each in found:
        for meaning in each.meanings:
            patterns.setdefault(meaning.environment, []).append(meaning)
    for environment, meanings in patterns.items():
        is_sure = any(meaning.is_sure for meaning in meanings)
        yield Remark(text=f"environment {dns_name(environment)}: {_why(environment, meanings)}", is_sure=is_sure)


def _why(environment: str, meanings: Collection[PathMeaning]) -> str:
    places = _few(dict.fromkeys(meaning.pattern or "." for meaning in meanings))
    if environment == DEFAULT_ENVIRONMENT:
        return f"no folder names an environment of {places}"
    if any(meaning.is_variant for meaning in meanings):
        return f"read from {places}: what lies beside it holds the same objects, and a cluster can have one of them"
    return f"read from {places}"


def _installs_flux(tree: KustomizeTree, folder: str) -> bool:
    try:
        return installs_flux(tree.kustomization(folder))
    except InputError:
        return False


def _begun_remark(folder: str) -> Remark:
    return Remark(text=f"nothing is read from {folder or '.'}: it installs Flux, which deploys the rest")


def _tried_remark(folder: str) -> Remark:
    return Remark(text="is not read: it lies where things are shown or tried", of=folder)


def _template(file: str, sign: str) -> Finding:
    return Finding(
        rule="manifest-template",
        message=f"{sign!r} is filled in before this is applied, by what is not known: it is not read",
        hint="state what it is filled in to as a component, or leave it to what fills it in",
        severity=Severity.WARNING,
        location=Location(file),
    )


def _few(names: Collection[str]) -> str:
    shown = sorted(names)[:_SHOWN]
    return ", ".join(shown) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")


def _unused(tree: KustomizeTree, folder: str) -> Finding:
    return Finding(
        rule="kustomize-unused",
        message=f"no kustomization names {folder}, which is called like a part of others",
        hint="remove it, or name it",
        severity=Severity.WARNING,
        location=Location(tree.files_in(folder)[0]),
    )
