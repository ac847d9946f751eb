"""Flux's post-build substitution: `${NAME}` and its forms (`shell_places`) in the built objects.

Flux substitutes in the YAML text of each object, so a text that YAML writes without quotes is read again: `${REPLICAS}`
may become a number. `fairlead` keeps the place of a name that only the cluster knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import dig
from fairlead.formats.scalars import ScalarError, resolve_plain
from fairlead.formats.shell_places import Place, names_in, parse_places
from fairlead.model.component import Substitution
from fairlead.model.objects import Manifest

DISABLED: Final = "kustomize.toolkit.fluxcd.io/substitute"
# What YAML cannot write without quotes: then Flux's text stays a text.
_QUOTED: Final = re.compile(r"^[\s\-?:,\[\]{}#&*!|>'\"%@`]|: |:$| #|[\n\t]|^\s*$|\s$")


def substitute(manifest: Manifest, substitution: Substitution) -> Manifest:
    """*manifest* with every place filled that can be; unchanged where it says that it wants none."""
    for part in ("labels", "annotations"):
        if dig(manifest, "metadata", part, DISABLED) == "disabled":
            return manifest
    filled: Manifest = _fill(manifest, substitution)
    return filled


def unfilled_names(value: Any) -> frozenset[str]:
    """The names whose places are still in *value*."""
    if isinstance(value, str):
        return frozenset(names_in(parse_places(value))) if "${" in value else frozenset()
    if isinstance(value, Mapping):
        return frozenset().union(*(unfilled_names(item) for item in value.values()))
    if isinstance(value, list | tuple):
        return frozenset().union(*(unfilled_names(item) for item in value))
    return frozenset()


def _fill(value: Any, substitution: Substitution) -> Any:
    if isinstance(value, str):
        return _fill_text(value, substitution)
    if isinstance(value, Mapping):
        return {str(_fill(key, substitution)): _fill(item, substitution) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_fill(item, substitution) for item in value]
    return value


def _fill_text(text: str, substitution: Substitution) -> Any:
    if "$" not in text:
        return text
    filled = _filled(parse_places(text), substitution)
    if filled == text or _QUOTED.search(text):
        return filled
    try:
        return resolve_plain(filled)
    except ScalarError:
        return filled


def _filled(parts: Sequence[str | Place], substitution: Substitution) -> str:
    return "".join(part if isinstance(part, str) else _value(part, substitution) for part in parts)


def _value(place: Place, substitution: Substitution) -> str:
    value = substitution.values.get(place.name)
    if value is None and _may_be_known(place, substitution):
        return place.text
    arguments = [_filled(argument, substitution) for argument in place.arguments]
    return place.fill(value or "", arguments)


def _may_be_known(place: Place, substitution: Substitution) -> bool:
    """Whether something that is not in the repository may say what stands there."""
    return (
        place.name in substitution.unknown
        or substitution.is_open
        or (substitution.has_optional and not place.has_default)
    )
