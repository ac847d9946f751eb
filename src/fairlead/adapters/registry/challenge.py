"""What a registry asks for when it answers 401: https://distribution.github.io/distribution/spec/auth/token/."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from fairlead.model.frozen import dataclass

_PARAMETER: Final = re.compile(r'([a-zA-Z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_SCHEME: Final = re.compile(r"\s*([A-Za-z]+)(?:\s+|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenge:
    """*scheme* in lower case, e.g. `bearer`; *parameters* by name, e.g. `realm`."""

    scheme: str
    parameters: Mapping[str, str]


def parse_challenge(header: str) -> Challenge:
    """The first challenge of a `WWW-Authenticate` header; an empty scheme where there is none."""
    scheme = _SCHEME.match(header)
    if scheme is None:
        return Challenge(scheme="", parameters={})
    found = {
        name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain
        for name, quoted, plain in _PARAMETER.findall(header[scheme.end() :])
    }
    return Challenge(scheme=scheme[1].lower(), parameters=found)
