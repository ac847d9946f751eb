"""Where the paths of a kustomization lead, and what is wrong with one that kustomize would not follow."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from typing import Final

from fairlead.formats.kustomization import FILE_NAMES, Kustomization
from fairlead.formats.kustomize_references import Reference, ReferenceKind
from fairlead.formats.kustomize_remote import is_remote_base, is_remote_file, is_remote_folder
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass
from fairlead.planning.kustomize.objects import id_of
from fairlead.planning.kustomize.tree import INCLUDING, KustomizeTree, Place, PlaceKind
from fairlead.planning.path_repair import path_from, repair_path

Builds = Callable[[str], bool]
"""Whether the kustomization in a folder is without fault."""

_FOLDER_ONLY: Final = ("components",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """Where a reference leads: one of *file* and *folder*, or why it leads nowhere, or why that cannot be said."""

    file: str | None = None
    folder: str | None = None
    fault: Finding | None = None
    unjudged: str = ""


def follow(
    tree: KustomizeTree,
    kustomization: Kustomization,
    reference: Reference,
    *,
    builds: Builds,
    is_restricted: bool = True,
) -> Followed:
    """Raises nothing: what is wrong is the fault. *is_restricted*: a file must lie in the kustomization's folder."""
    if is_remote(reference):
        return Followed(unjudged=f"{reference.path} lies on another machine")
    if posixpath.isabs(reference.path):
        return Followed(unjudged=f"{reference.path} is absolute")
    place = tree.find(kustomization.folder, reference.path)
    match place.kind:
        case PlaceKind.HIDDEN if reference.kind is not ReferenceKind.FILE or _is_in_hidden_folder(place):
            return Followed(unjudged=f"{reference.path} lies in a hidden folder")
        case PlaceKind.OUTSIDE:
            return Followed(fault=_leaves_project(tree, kustomization, reference, builds=builds))
        case PlaceKind.MISSING | PlaceKind.HIDDEN:
            return Followed(fault=_missing(tree, kustomization, reference, builds=builds))
        case PlaceKind.FILE:
            return _file(tree, kustomization, reference, place, is_restricted=is_restricted)
        case PlaceKind.FOLDER:
            return _folder(tree, kustomization, reference, place, builds=builds)


def _is_in_hidden_folder(place: Place) -> bool:
    """Folders like that are not looked into; a file beside the others, such as `.env`, is known."""
    return "/." in f"/{posixpath.dirname(place.path)}"


def is_remote(reference: Reference) -> bool:
    if reference.kind in (ReferenceKind.FILE, ReferenceKind.PATCH):
        return is_remote_file(reference.path)
    return is_remote_base(reference.path) or is_remote_folder(reference.path) or is_remote_file(reference.path)


def _file(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, place: Place, *, is_restricted: bool
) -> Followed:
    if reference.field in _FOLDER_ONLY:
        return Followed(fault=_not_a_folder(kustomization, reference))
    if not is_restricted or _is_below(place.path, kustomization.folder):
        return Followed(file=place.path)
    return Followed(fault=_outside(tree, kustomization, reference, place))


def _is_below(path: str, folder: str) -> bool:
    return not folder or path.startswith(f"{folder}/")


def _folder(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, place: Place, *, builds: Builds
) -> Followed:
    if reference.kind is ReferenceKind.CHART:
        return Followed(folder=place.path)
    if reference.kind in (ReferenceKind.FILE, ReferenceKind.PATCH):
        return Followed(fault=_not_a_file(kustomization, reference))
    if not tree.files_in(place.path):
        return Followed(fault=_no_kustomization(tree, kustomization, reference, builds=builds))
    if reference.field not in INCLUDING:
        return Followed(folder=place.path)
    fault = _wrong_kind(tree, kustomization, reference, place)
    return Followed(fault=fault) if fault else Followed(folder=place.path)


def _wrong_kind(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, place: Place
) -> Finding | None:
    try:
        named = tree.kustomization(place.path)
    except InputError:
        return None  # said of that file
    if named.is_component == (reference.field in _FOLDER_ONLY):
        return None
    kind, right = ("Component", "components") if named.is_component else ("Kustomization", "resources")
    return Finding(
        rule="kustomize-kind",
        message=f"{reference.path} is a {kind}, which does not stand under {reference.field}",
        hint=f"name it under `{right}`",
        location=kustomization.mark(reference.at),
    )


def _missing(tree: KustomizeTree, kustomization: Kustomization, reference: Reference, *, builds: Builds) -> Finding:
    right = _right_path(tree, kustomization, reference, builds=builds)
    return Finding(
        rule="kustomize-path-wrong" if right else "kustomize-path-missing",
        message=f"{reference.path} does not exist{_of(reference)}",
        hint=f"write {right}" if right else "make it, or remove the line",
        location=kustomization.mark(reference.at),
    )


def _no_kustomization(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, *, builds: Builds
) -> Finding:
    right = _right_path(tree, kustomization, reference, builds=builds)
    return Finding(
        rule="kustomize-path-wrong" if right else "kustomize-path-missing",
        message=f"the folder {reference.path} holds no kustomization.yaml{_of(reference)}",
        hint=f"write {right}" if right else "give it one, or name its files",
        location=kustomization.mark(reference.at),
    )


def _right_path(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, *, builds: Builds
) -> str | None:
    named = tree.named(kustomization.folder) | {path for _, path in tree.included(kustomization.folder)}

    def is_acceptable(path: str) -> bool:
        if path in named:
            return False
        if path in tree.files:
            is_kustomization = posixpath.basename(path) in FILE_NAMES
            takes_files = reference.kind not in (ReferenceKind.FOLDER, ReferenceKind.CHART)
            if not takes_files or is_kustomization or not _is_below(path, kustomization.folder):
                return False
            return reference.field not in INCLUDING or _holds_objects(tree, path)
        if reference.kind not in (ReferenceKind.FOLDER, ReferenceKind.RESOURCE) or not tree.files_in(path):
            return False
        is_own = _is_below(f"{kustomization.folder}/", path)
        return not is_own and tree.is_component(path) == (reference.field in _FOLDER_ONLY) and builds(path)

    return repair_path(tree, kustomization.folder, reference.path, is_acceptable=is_acceptable)


def _holds_objects(tree: KustomizeTree, file: str) -> bool:
    try:
        documents = tree.documents(file).documents
    except InputError:
        return False
    return bool(documents) and all(id_of(document.data) for document in documents)


def _outside(tree: KustomizeTree, kustomization: Kustomization, reference: Reference, place: Place) -> Finding:
    folder = posixpath.dirname(place.path)
    if posixpath.basename(place.path) in FILE_NAMES and reference.field in INCLUDING:
        return listed_as_file(kustomization, reference, folder=folder)
    hint = "move the file below it, or give its folder a kustomization: folders may be named from anywhere"
    if reference.field in INCLUDING and tree.files_in(folder) and not _is_below(f"{kustomization.folder}/", folder):
        hint = f"name its folder: {path_from(kustomization.folder, folder)}"
    return Finding(
        rule="kustomize-outside-root",
        message=f"{reference.path} lies outside the kustomization's folder{_of(reference)}",
        hint=hint,
        location=kustomization.mark(reference.at),
    )


def listed_as_file(kustomization: Kustomization, reference: Reference, *, folder: str) -> Finding:
    is_own = folder == kustomization.folder
    return Finding(
        rule="kustomize-listed-as-file",
        message=f"{reference.path} is a kustomization, and is named as if it were a manifest",
        hint="remove the line" if is_own else f"name its folder: {path_from(kustomization.folder, folder)}",
        location=kustomization.mark(reference.at),
    )


def _leaves_project(
    tree: KustomizeTree, kustomization: Kustomization, reference: Reference, *, builds: Builds
) -> Finding:
    right = _right_path(tree, kustomization, reference, builds=builds)
    return Finding(
        rule="kustomize-path-wrong" if right else "kustomize-outside-root",
        message=f"{reference.path} lies outside the project{_of(reference)}",
        hint=f"write {right}" if right else "copy it into the project",
        location=kustomization.mark(reference.at),
    )


def _not_a_folder(kustomization: Kustomization, reference: Reference) -> Finding:
    return Finding(
        rule="kustomize-kind",
        message=f"{reference.path} is a file; {reference.field} names folders",
        hint="name the folder of a Component",
        location=kustomization.mark(reference.at),
    )


def _not_a_file(kustomization: Kustomization, reference: Reference) -> Finding:
    return Finding(
        rule="kustomize-kind",
        message=f"{reference.path} is a folder; {reference.field} names files",
        hint="name a file",
        location=kustomization.mark(reference.at),
    )


def _of(reference: Reference) -> str:
    """Which field names it, where that is not the usual one."""
    return "" if reference.field in INCLUDING else f" ({reference.field})"
