"""Where the sources of Applications lie: in which repository, in which folder, of which kind."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Collection, Iterable
from difflib import SequenceMatcher, get_close_matches
from enum import Enum, auto
from typing import Final

from fairlead.formats.argocd_objects import ArgoDirectory, ArgoSource
from fairlead.formats.glob import matches
from fairlead.model.frozen import dataclass

KUSTOMIZATIONS: Final = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_MANIFESTS: Final = (".yaml", ".yml", ".json")
_NEAR: Final = 0.75


class SourceKind(Enum):
    """What Argo CD makes of a source."""

    CHART = auto()
    """A chart of a repository of charts."""
    HELM = auto()
    """A chart in a folder."""
    KUSTOMIZE = auto()
    DIRECTORY = auto()
    PLUGIN = auto()
    VALUES = auto()
    """Nothing but a place for value files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoTree:
    """The files and folders of the repository; *own* are its URLs as `plain_url` has them, none where they are not
    known."""

    files: frozenset[str]
    folders: frozenset[str]
    own: frozenset[str] = frozenset()

    def is_own(self, url: str) -> bool:
        return plain_url(url) in self.own

    def has_kustomization(self, folder: str) -> bool:
        return any(_join(folder, name) in self.files for name in KUSTOMIZATIONS)

    def is_chart(self, folder: str) -> bool:
        return _join(folder, "Chart.yaml") in self.files

    def kind_of(self, source: ArgoSource) -> SourceKind:
        """As Argo CD detects it: what the source says, else by the files of its folder."""
        folder = folder_of(source)
        if source.plugin:
            return SourceKind.PLUGIN
        if source.chart or source.url.startswith("oci://"):
            return SourceKind.CHART
        if source.ref and not source.path:
            return SourceKind.VALUES
        if source.kustomize or (self.has_kustomization(folder) and source.helm is None):
            return SourceKind.KUSTOMIZE
        if self.is_chart(folder):
            return SourceKind.HELM
        return SourceKind.DIRECTORY

    def near_folder(self, folder: str) -> str:
        return nearest(folder, self.folders)


def plain_url(url: str) -> str:
    """*url* without what does not change the repository: scheme, user, port, `.git`."""
    text = re.sub(r"^[a-z+]+://", "", url.strip().lower())
    text = text.rpartition("@")[2] if "@" in text.partition("/")[0] else text
    text = re.sub(r"^([^/:]+):(?:\d+/)?", r"\1/", text)
    return text.rstrip("/").removesuffix(".git")


def likely_own(sources: Iterable[tuple[str, str]], *, folders: Collection[str]) -> str:
    """The repository most of whose paths are here; empty where none has any. *sources* are (URL, path) of
    Applications."""
    found = [(plain_url(url), path) for url, path in sources if _is_url(url)]
    hits = Counter(url for url, path in found if _normal(path) in folders and _normal(path) != ".")
    tops = Counter(url for url, path in found if path and _normal(path) == ".")
    counts = hits or tops
    used = Counter(url for url, _ in found)
    return max(sorted(counts), key=lambda url: (counts[url], used[url]), default="")


def _is_url(text: str) -> bool:
    """Whether it names a place; a template or `REPLACED` does not."""
    return "/" in text and "{{" not in text and "$" not in text


def folder_of(source: ArgoSource) -> str:
    """The folder from the top of its repository; `.` for the top."""
    return _normal(source.path)


def directory_files(folder: str, rules: ArgoDirectory, files: Iterable[str]) -> tuple[str, ...]:
    """The manifest files that Argo CD takes of *folder*, in name order."""
    top = "" if folder == "." else f"{folder}/"
    found = []
    for file in files:
        below = file.removeprefix(top)
        if not file.startswith(top) or not file.endswith(_MANIFESTS) or ("/" in below and not rules.recurses):
            continue
        if rules.include and not matches(below, rules.include):
            continue
        if rules.exclude and matches(below, rules.exclude):
            continue
        found.append(file)
    return tuple(sorted(found))


def value_file(written: str, *, folder: str) -> tuple[str, str]:
    """The path, from the top of a repository, that *written* means, and the `ref` of that repository: empty for the
    source's own. The path is empty for a URL."""
    if written.startswith("$"):
        ref, _, path = written[1:].partition("/")
        return _normal(path), ref
    if "://" in written:
        return "", ""
    if written.startswith("/"):
        return _normal(written), ""
    return _normal(posixpath.join(folder, written)), ""


def nearest(path: str, known: Collection[str]) -> str:
    """What of *known* was probably meant: the same ending elsewhere, or nearly the same text. Empty where nothing is,
    or where two are equally near."""
    parts = path.split("/")
    for count in range(len(parts), 0, -1):
        ending = "/".join(parts[-count:])
        same = [each for each in known if each == ending or each.endswith(f"/{ending}")]
        if same:
            return _closest(path, same)
    close = get_close_matches(path, sorted(known), n=1, cutoff=_NEAR)
    return close[0] if close else ""


def _closest(path: str, places: Collection[str]) -> str:
    """The one of *places* that is nearer to *path* than each other one."""
    ranked = sorted(((SequenceMatcher(a=path, b=each).ratio(), each) for each in places), reverse=True)
    is_tied = len(ranked) > 1 and ranked[0][0] == ranked[1][0]
    return "" if is_tied else ranked[0][1]


def _normal(path: str) -> str:
    return posixpath.normpath(path.strip().lstrip("/") or ".")


def _join(folder: str, name: str) -> str:
    return name if folder == "." else f"{folder}/{name}"
