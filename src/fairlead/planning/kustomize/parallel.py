"""Trees beside each other with folders of the same names that give the same objects: each is a cluster's."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import combinations

from fairlead.planning.environment_paths import DEFAULT_ENVIRONMENT, PathMeaning
from fairlead.planning.kustomize.objects import ObjectId

Tops = tuple[str, str, str]
"""The folder that two trees lie in, and their names."""


def with_clusters(
    meanings: Mapping[str, PathMeaning], *, objects: Callable[[str], frozenset[ObjectId]]
) -> dict[str, PathMeaning]:
    """*meanings*, by folder, in which `east/shop` and `east/till` beside `west/shop` and `west/till` are of the
    environments `east` and `west`, where no path ascribes them to one and most of what both have is alike. One folder
    of a name may be so by chance."""
    found, common = defaultdict[Tops, list[bool]](list), _in_common(meanings)
    for tops, first, second in common:
        found[tops].append(are_alike(objects(first), objects(second)))
    clusters = {
        posixpath.join(above, name)
        for (above, *names), alike in found.items()
        if sum(alike) > 1 and 2 * sum(alike) > len(alike)
        for name in names
    }
    return {folder: _of_cluster(folder, meaning, clusters) for folder, meaning in meanings.items()}


def are_alike(first: frozenset[ObjectId], second: frozenset[ObjectId]) -> bool:
    """Most of the smaller one is in the other, namespaces apart, which many folders happen to name."""
    first, second = _without_namespaces(first), _without_namespaces(second)
    return 2 * len(first & second) > min(len(first), len(second))


def _without_namespaces(ids: frozenset[ObjectId]) -> frozenset[ObjectId]:
    return frozenset(each for each in ids if each.kind != "Namespace")


def _in_common(meanings: Mapping[str, PathMeaning]) -> Iterator[tuple[Tops, str, str]]:
    """Each two folders that are called the same but for one folder above them."""
    named = defaultdict[tuple[str, str], list[str]](list)
    for folder, meaning in meanings.items():
        if meaning.environment == DEFAULT_ENVIRONMENT:
            for above, name, rest in _parted(folder):
                named[above, rest].append(name)
    for (above, rest), names in named.items():
        for one, other in combinations(sorted(names), 2):
            yield (above, one, other), posixpath.join(above, one, rest), posixpath.join(above, other, rest)


def _parted(folder: str) -> Iterable[tuple[str, str, str]]:
    """*folder* as what lies above one of its parts but the last, that part, and the rest."""
    parts = folder.split("/")
    for index in range(len(parts) - 1):
        yield "/".join(parts[:index]), parts[index], "/".join(parts[index + 1 :])


def _of_cluster(folder: str, meaning: PathMeaning, clusters: Collection[str]) -> PathMeaning:
    """A folder that is a tree's own, without a name in it, is of that tree, too."""
    if meaning.environment != DEFAULT_ENVIRONMENT:
        return meaning
    for above, name, rest in (*_parted(folder), (*posixpath.split(folder), "")):
        if posixpath.join(above, name) in clusters:
            pattern = posixpath.join(above, "{environment}", rest).rstrip("/")
            return PathMeaning(environment=name, pattern=pattern, is_sure=False, is_variant=True)
    return meaning
