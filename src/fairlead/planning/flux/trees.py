"""Where the files of Flux's sources are: in this repository, or in the checkout of another one beside it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from fairlead.formats.flux.objects import FluxName, FluxSource
from fairlead.formats.kustomization import Kustomization
from fairlead.model.frozen import dataclass
from fairlead.model.repository import Checkout
from fairlead.planning.argocd.places import plain_url
from fairlead.planning.flux.entries import is_below, path_prefix, without_prefix

_FLUX_ITSELF: Final = re.compile(r"/(flux-manifests|fluxcd/flux2(\.git)?)/?$")
_INSTALLED: Final = re.compile(r"github\.com[/:]fluxcd/flux2(\.git)?/")


def brings_flux(source: FluxSource | None) -> bool:
    """Whether *source* is what Flux installs itself from: controllers, and none of the objects that they work on."""
    return source is not None and bool(_FLUX_ITSELF.search(source.url))


def installs_flux(kustomization: Kustomization) -> bool:
    """Whether people apply it by hand, once, for the controllers of a release of Flux."""
    return any(_INSTALLED.search(reference.path) for reference in kustomization.references)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """*base* is the folder of ours where it begins. *prefix* is what its paths have before that; with *is_part* other
    paths of it are not here."""

    base: str = "."
    prefix: str = ""
    is_part: bool = False

    def folder(self, path: str) -> str | None:
        """*path* of the source as a folder of ours; None where that is not here."""
        if self.is_part and not is_below(path, self.prefix):
            return None
        return posixpath.normpath(posixpath.join(self.base, without_prefix(path, self.prefix)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkouts:
    """What is known of trees before anything is built: *folders* of ours; *own* stands for this repository, *begun_in*
    is the cluster's folder, *given* are other repositories that somebody has named."""

    folders: Collection[str]
    begun_in: str
    own: FluxName | None = None
    given: Sequence[Checkout] = ()

    def find(
        self,
        source: FluxName,
        *,
        paths: Sequence[str],
        sources: Mapping[FluxName, FluxSource],
        trees: Mapping[FluxName, Tree | None],
    ) -> tuple[Tree | None, bool]:
        """The tree of *source*, from which *paths* are built, and whether that is sure; None where it is not here.
        *trees* are those that were found before."""
        if source == self.own or _is_same(sources.get(source), sources.get(self.own) if self.own else None):
            return self._own(paths), True
        if checkout := self.checkout(source, sources.get(source)):
            return Tree(base=checkout.folder), True
        if found := self._beside(sources.get(source), trees.get(self.own) if self.own else None):
            return Tree(base=found), False
        if source in sources and source.kind in ("OCIRepository", "Bucket") and self._holds(paths):
            return Tree(prefix=path_prefix(paths, folders=self.folders)), False
        return None, True

    def checkout(self, name: FluxName, source: FluxSource | None) -> Checkout | None:
        """The one of *given* that is called as *source*, by its URL or its name."""
        url = plain_url(source.url) if source else ""
        return next((each for each in self.given if each.source == name.name or plain_url(each.source) == url), None)

    def _own(self, paths: Sequence[str]) -> Tree:
        """It begins at our top, unless none of *paths* is there, but below a folder on the way to the cluster: several
        repositories lie side by side then."""
        counts = {base: sum(Tree(base=base).folder(path) in self.folders for path in paths) for base in self._bases()}
        base = max(counts, key=counts.__getitem__, default=".")
        is_beside = counts.get(base, 0) and not any(without_prefix(path, "") in self.folders for path in paths)
        return Tree(base=base) if is_beside else Tree(prefix=self._prefix(paths))

    def _prefix(self, paths: Sequence[str]) -> str:
        # The top is always there: only where the cluster's folder is it, a path that means it makes a prefix right.
        return path_prefix(paths, folders=set(self.folders) - (set() if self.begun_in == "." else {"."}))

    def _bases(self) -> Iterable[str]:
        parts = self.begun_in.split("/")
        return ("/".join(parts[:count]) for count in range(1, len(parts)))

    def _beside(self, source: FluxSource | None, own: Tree | None) -> str:
        """The folder beside ours that is called as the repository of *source*."""
        name = source.url.rstrip("/").rpartition("/")[2].removesuffix(".git") if source else ""
        place = posixpath.join(posixpath.dirname(own.base), name) if own and own.base != "." and name else ""
        return place if place in self.folders else ""

    def _holds(self, paths: Sequence[str]) -> bool:
        """Whether all of *paths* are here, and tell enough to say so."""
        normal = [without_prefix(path, "") for path in paths]
        return all("/" in path and path in self.folders for path in normal)


def _is_same(first: FluxSource | None, second: FluxSource | None) -> bool:
    if first is None or second is None:
        return False
    return bool(first.url) and (first.url, first.reference) == (second.url, second.reference)
