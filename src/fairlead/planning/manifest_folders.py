"""Folders of plain manifests that somebody applies with `kubectl apply -f`: what no kustomization and no tool takes."""

from __future__ import annotations

import contextlib
import posixpath
import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from fairlead.formats.json_data import dig_text
from fairlead.formats.manifests import read_documents
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.planning.environment_paths import meaning_of
from fairlead.planning.kustomize.objects import ObjectId, id_of, unversioned
from fairlead.planning.kustomize.roles import is_below
from fairlead.planning.kustomize.tree import KustomizeTree
from fairlead.planning.placeholders import find_placeholder, may_hold_placeholders
from fairlead.planning.tried import find_tried

SUFFIXES: Final = (".yaml", ".yml", ".json")
_OBJECT: Final = re.compile(r"""(?m)^\s{0,2}["']?(apiVersion|kind)["']?\s*:\s*["']?([^\s"',#]+)""")
_OF_TOOLS: Final = re.compile(
    r"kustomize\.config\.k8s\.io/|kind\.x-k8s\.io/|k3d\.io/|skaffold/|kubeadm\.k8s\.io/|kubelet\.config\.k8s\.io/"
    r"|client\.authentication\.k8s\.io/|backstage\.io/|fairlead\.dev/|audit\.k8s\.io/|apiserver\.config\.k8s\.io/"
    r"|ctlptl\.dev/|tilt\.dev/|kubescheduler\.config\.k8s\.io/|talos\.dev/"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestFolder:
    """*files* are its manifests; *paths* is the folder alone where every manifest-like file below it is one, else the
    files that are."""

    folder: str
    files: tuple[str, ...]
    paths: tuple[str, ...]


_KUBECONFIG: Final = ("v1", "Config")
_HEAD: Final = ("apiVersion", "kind")


def is_object_text(text: str) -> bool:
    """Whether *text* looks like Kubernetes objects, and not like the settings of a tool that are written alike."""
    found = _head(text)
    version, kind = found.get("apiVersion"), found.get("kind")
    return bool(version and kind) and not _OF_TOOLS.match(str(version)) and (version, kind) != _KUBECONFIG


def _head(text: str) -> Mapping[str, str]:
    """What *text* states at its top, first of all, by `apiVersion` and `kind`."""
    if text.lstrip().startswith("{") and "apiVersion" in text:
        with contextlib.suppress(InputError):
            documents = read_documents(text, file="").documents
            return {name: dig_text(documents[0].data, name) for name in _HEAD} if documents else {}
    found: dict[str, str] = {}
    for match in _OBJECT.finditer(text):
        found.setdefault(match[1], match[2])
    return found


def find_templates(tree: KustomizeTree, *, taken: Collection[str] = ()) -> dict[str, str]:
    """The files among what would be folders of manifests that are to be filled in first, each with what says so."""
    found = ((file, _placeholder(file, tree)) for file in _candidates(tree, taken) if _is_object(tree, file))
    return {file: sign for file, sign in found if sign}


def _placeholder(file: str, tree: KustomizeTree) -> str:
    text = tree.text(file)
    if not may_hold_placeholders(text):
        return ""
    try:
        return find_placeholder(document.data for document in tree.documents(file).documents)
    except InputError:
        return next((sign for sign in ("{{", "{%") if sign in text), "")


def find_manifest_folders(
    tree: KustomizeTree, *, taken: Collection[str] = (), left_out: Collection[str] = ()
) -> tuple[ManifestFolder, ...]:
    """The topmost folders of plain manifests outside of *taken* folders, charts and kustomizations, without the files
    *left_out*. A folder that means another environment than the one above it stands on its own, and so does one that
    has an object of the one above it: `kubectl apply -f` takes no folders, and nobody applies both."""
    plain = {file for file in _candidates(tree, taken) if _is_object(tree, file)} - set(left_out)
    folders: dict[str, list[str]] = {}
    for file in sorted(plain, key=lambda file: (file.count("/"), file)):
        folders.setdefault(posixpath.dirname(file), []).append(file)
    groups: dict[str, list[str]] = {}
    for folder, files in folders.items():
        top = _top(folder, groups)
        is_apart = top != folder and not object_ids(files, tree).isdisjoint(object_ids(groups[top], tree))
        groups.setdefault(folder if is_apart else top, []).extend(files)
    return tuple(
        ManifestFolder(folder=folder, files=tuple(sorted(files)), paths=_paths(folder, tuple(sorted(files)), tree))
        for folder, files in sorted(groups.items())
    )


def object_ids(files: Iterable[str], tree: KustomizeTree) -> frozenset[ObjectId]:
    """What *files* hold, as far as they can be read, whatever the version it is written in."""
    found: set[ObjectId] = set()
    for file in files:
        with contextlib.suppress(InputError):
            ids = (id_of(document.data) for document in tree.documents(file).documents)
            found |= {unversioned(each) for each in ids if each is not None}
    return frozenset(found)


def _candidates(tree: KustomizeTree, taken: Collection[str]) -> list[str]:
    charts = {posixpath.dirname(file) for file in tree.files if posixpath.basename(file) == "Chart.yaml"}
    closed = frozenset({*taken, *charts, *tree.kustomized, *find_tried(tree.folders)} - ({""} - set(taken)))
    return [file for file in sorted(tree.files) if _may_hold_objects(file, tree, closed)]


def _may_hold_objects(file: str, tree: KustomizeTree, closed: Collection[str]) -> bool:
    return file.endswith(SUFFIXES) and not tree.files_in(posixpath.dirname(file)) and not is_below(file, closed)


def _is_object(tree: KustomizeTree, file: str) -> bool:
    try:
        return is_object_text(tree.text(file))
    except InputError:
        return False


def _top(folder: str, groups: Mapping[str, object]) -> str:
    """The folder of *groups* that *folder* lies in and shares the environment with, else itself."""
    environment = meaning_of(folder).environment
    above = posixpath.dirname(folder)
    while above:
        if above in groups and meaning_of(above).environment == environment:
            return above
        above = posixpath.dirname(above)
    return folder


def _paths(folder: str, files: tuple[str, ...], tree: KustomizeTree) -> tuple[str, ...]:
    alike = [file for file in tree.files if file.startswith(f"{folder}/") and file.endswith(SUFFIXES)]
    return (folder,) if folder and set(alike) == set(files) else files
