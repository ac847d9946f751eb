"""The checkouts of other repositories that the flag `--repository` names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fairlead.model.errors import InputError
from fairlead.model.repository import Checkout

_HINT = "give the top of a checkout: --repository https://git.example/org/shop=../shop"


def find_checkouts(flags: Sequence[str]) -> tuple[Checkout, ...]:
    """*flags* are `URL=FOLDER` or `NAME=FOLDER`. Raises InputError where a folder is not the top of a checkout."""
    return tuple(map(_find, flags))


def _find(flag: str) -> Checkout:
    source, equals, folder = flag.rpartition("=")
    if not equals or not source or not folder:
        raise InputError(f"--repository {flag} does not say which repository lies where", hint=_HINT)
    place = Path(folder).expanduser().resolve()
    if not place.is_dir():
        raise InputError(f"--repository {flag}: {folder} is no folder", hint=_HINT)
    if not (place / ".git").exists():
        top = next((each for each in place.parents if (each / ".git").exists()), None)
        said = f"lies in the checkout {top}, and paths are from its top" if top else "is no checkout of Git"
        raise InputError(f"--repository {flag}: {folder} {said}", hint=_HINT)
    return Checkout(source=source, folder=str(place))
