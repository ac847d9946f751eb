"""Folders that lie side by side and give the same objects: no cluster can have both, so each is for one of its own."""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from itertools import combinations

from fairlead.planning.environment_paths import DEFAULT_ENVIRONMENT, PathMeaning
from fairlead.planning.kustomize.objects import ObjectId
from fairlead.planning.kustomize.parallel import are_alike

ObjectsOf = Callable[[str], frozenset[ObjectId]]


def with_variants(meanings: Mapping[str, PathMeaning], *, objects: ObjectsOf) -> dict[str, PathMeaning]:
    """*meanings* of roots and folders of manifests, by folder, in which `production/eu` and `production/us` are
    environments where some two of such siblings cannot stand beside each other; for siblings that no path ascribes to
    one, their own names are, and so is that of a folder which repeats what the folder above it has."""
    variants: set[tuple[str, str]] = set()
    parted: set[str] = set()
    for siblings in _families(meanings):
        for first, second in combinations(siblings, 2):
            if are_alike(objects(first), objects(second)):
                variants |= {(_place(one, meanings[one]), posixpath.basename(one)) for one in (first, second)}
                parted.add(posixpath.dirname(meanings[first].pattern))
    for folder, above in _repeating(meanings):
        if are_alike(objects(folder), objects(above)):
            variants.add((_place(folder, meanings[folder]), posixpath.basename(folder)))

    def is_variant(folder: str, meaning: PathMeaning) -> bool:
        # What is parted in one environment is in each, so that they can be compared.
        return _may_vary(folder, meaning) and (
            (_place(folder, meaning), posixpath.basename(folder)) in variants
            or (meaning.environment != DEFAULT_ENVIRONMENT and posixpath.dirname(meaning.pattern) in parted)
        )

    return {folder: _variant(folder, each) if is_variant(folder, each) else each for folder, each in meanings.items()}


def _families(meanings: Mapping[str, PathMeaning]) -> Iterable[list[str]]:
    families = defaultdict[str, list[str]](list)
    for folder, meaning in meanings.items():
        if _may_vary(folder, meaning):
            families[posixpath.dirname(folder)].append(folder)
    return families.values()


def _repeating(meanings: Mapping[str, PathMeaning]) -> Iterable[tuple[str, str]]:
    """(folder, the folder above it) where no path ascribes either to an environment."""
    default = {folder for folder, meaning in meanings.items() if meaning.environment == DEFAULT_ENVIRONMENT}
    return (
        (folder, posixpath.dirname(folder)) for folder in sorted(default - {""}) if posixpath.dirname(folder) in default
    )


def _may_vary(folder: str, meaning: PathMeaning) -> bool:
    """Whether *folder* lies right below that of its environment, or in none; the repository's own lies beside none."""
    return bool(folder) and (
        meaning.environment == DEFAULT_ENVIRONMENT
        or meaning.pattern.endswith(f"{{environment}}/{posixpath.basename(folder)}")
    )


def _place(folder: str, meaning: PathMeaning) -> str:
    """Where siblings are sought: everywhere in an environment, else in one folder."""
    return posixpath.dirname(folder) if meaning.environment == DEFAULT_ENVIRONMENT else f"/{meaning.environment}"


def _variant(folder: str, meaning: PathMeaning) -> PathMeaning:
    above, name = posixpath.split(folder)
    if meaning.environment == DEFAULT_ENVIRONMENT:
        pattern = posixpath.join(above, "{environment}")
        return PathMeaning(environment=name, pattern=pattern, is_sure=False, is_variant=True)
    pattern = posixpath.dirname(meaning.pattern)
    return PathMeaning(environment=f"{meaning.environment}/{name}", pattern=pattern, is_sure=False, is_variant=True)
