"""What a path that leads nowhere should have been: the tree is searched for what it may have meant.

Tried in this order, and the first acceptable guess counts: `../` more or less; another ending, or a name spelt nearly
so; the same name somewhere else. Where two places are equally near nothing is proposed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from itertools import chain
from typing import Final

from fairlead.planning.kustomize.tree import KustomizeTree

_NEAR: Final = 0.65
"""One letter of three may differ."""
_ENDINGS: Final = (".yaml", ".yml", ".json", "")


def repair_path(tree: KustomizeTree, folder: str, written: str, *, is_acceptable: Callable[[str], bool]) -> str | None:
    """The path, from *folder*, that *written* should have been; *is_acceptable* judges a path from the top."""
    meant = _normal(posixpath.join(folder, written))
    guesses = chain(_climbing(folder, written), _spelt(tree, meant), _elsewhere(tree, folder, meant))
    found = next((guess for guess in guesses if guess != meant and is_acceptable(guess)), None)
    return None if found is None else path_from(folder, found)


def path_from(folder: str, path: str) -> str:
    """*path* as it is written in *folder*; both from the top."""
    return posixpath.relpath(f"/{path}", f"/{folder}")


def _climbing(folder: str, written: str) -> Iterator[str]:
    plain = posixpath.normpath(written)
    down = plain.removeprefix("../")
    for climb in (f"../{plain}", down, f"../../{plain}", down.removeprefix("../")):
        path = _normal(posixpath.join(folder, climb))
        if not path.startswith(".."):
            yield path


def _spelt(tree: KustomizeTree, meant: str) -> Iterator[str]:
    """*meant* with each part that is not there replaced by the nearest one that is."""
    found = ""
    for part in meant.split("/"):
        right = _nearest(part, tree.names.get(found, frozenset()))
        if not right:
            return
        found = posixpath.join(found, right)
    yield found


def _nearest(part: str, names: frozenset[str]) -> str:
    if part in names:
        return part
    stem, ending = posixpath.splitext(part)
    for other in (ending, *_ENDINGS):
        if stem + other in names:
            return stem + other
    # An ending that both have would make any two names alike.
    stems = {name.removesuffix(ending): name for name in sorted(names) if posixpath.splitext(name)[1] == ending}
    close = get_close_matches(stem, stems, n=1, cutoff=_NEAR)
    return stems[close[0]] if close else ""


def _elsewhere(tree: KustomizeTree, folder: str, meant: str) -> Iterator[str]:
    """What has the last name of *meant*, if one place is nearer to it than all others."""
    ranked = sorted((_distance(path, folder, meant), path) for path in tree.places.get(posixpath.basename(meant), ()))
    if ranked and (len(ranked) == 1 or ranked[0][0] != ranked[1][0]):
        yield ranked[0][1]


def _distance(path: str, folder: str, meant: str) -> tuple[int, int]:
    """The more of the end of *meant* it shares, and the fewer steps it is away, the nearer."""
    shared = 0
    for one, other in zip(reversed(path.split("/")), reversed(meant.split("/")), strict=False):
        if one != other:
            break
        shared += 1
    return -shared, path_from(folder, path).count("/")


def _normal(path: str) -> str:
    normal = posixpath.normpath(path)
    return "" if normal == "." else normal
