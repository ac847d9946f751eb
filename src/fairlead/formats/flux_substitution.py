"""Flux's post-build substitution: `${NAME}` and its forms in the built objects.

The forms are those of the module that Flux uses (drone/envsubst): a default (`:-`, `-`, `:=`, `=`), an alternative
(`:+`, `+`), `$$` for a dollar sign. Flux substitutes in the YAML text of each object, so a text that YAML writes
without quotes is read again: `${REPLICAS}` may become a number. `fairlead` keeps the place of a name that only the
cluster knows.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig
from fairlead.formats.scalars import ScalarError, resolve_plain
from fairlead.model.component import Substitution
from fairlead.model.objects import Manifest

DISABLED: Final = "kustomize.toolkit.fluxcd.io/substitute"
_PLACE: Final = re.compile(r"\$\$|\$\{(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:(?P<how>:?[-=+])(?P<other>[^{}]*))?\}")
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
        return frozenset(match["name"] for match in _PLACE.finditer(value) if match["name"])
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
    filled = _PLACE.sub(lambda match: _value(match, substitution), text)
    if filled == text or _QUOTED.search(text):
        return filled
    try:
        return resolve_plain(filled)
    except ScalarError:
        return filled


def _value(match: re.Match[str], substitution: Substitution) -> str:
    name, how, other = match["name"], match["how"], match["other"] or ""
    if name is None:
        return "$"
    value = substitution.values.get(name)
    if value is None and (name in substitution.unknown or substitution.is_open):
        return match[0]
    if how and how.endswith("+"):
        return other if value else ""
    if value or (value is not None and how in ("-", "=")):
        return value
    return other if how else ""
