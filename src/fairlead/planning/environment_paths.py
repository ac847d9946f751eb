"""Which environment a path means, as far as its words say: `overlays/staging`, `clusters/prod-eu`, `dev/apps`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from fairlead.model.frozen import dataclass

DEFAULT_ENVIRONMENT: Final = "default"
"""Of what no path ascribes to an environment."""

_CLEAR: Final = frozenset(
    {"dev", "development", "local", "staging", "stage", "stg", "prod", "production", "prd", "qa", "uat"}
    | {"preprod", "preproduction", "nonprod", "sandbox", "integration", "acceptance"}
)
_LIKELY: Final = frozenset({"test", "testing", "demo", "preview", "canary", "int", "lab", "home", "live", "dr", "ci"})
_HOLDING: Final = frozenset({"clusters", "cluster", "environments", "environment", "envs", "env", "stages"})
"""Folders whose folders are environments, whatever they are called."""

_VARYING: Final = frozenset({"overlays", "overlay", "variants", "profiles"})
"""Folders whose folders often are."""

_SHARED: Final = frozenset({"base", "bases", "common", "shared", "component", "components", "all", "default", "lib"})
_REGION: Final = re.compile(
    r"\d+|[a-z]{1,4}\d*|(?:north|south|east|west|central)+\d*|europe|asia|america|primary|secondary|blue|green|cluster"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathMeaning:
    """*pattern* is the path with `{environment}` where the environment's name stands. *is_variant*: not its words say
    so, but that the folder beside it holds the same objects."""

    environment: str
    pattern: str
    is_sure: bool
    is_variant: bool = False


def meaning_of(path: str) -> PathMeaning:
    """`DEFAULT_ENVIRONMENT`, not sure, where no part of *path* names one."""
    parts = path.split("/")
    for index, is_sure in _candidates(parts):
        pattern = "/".join((*parts[:index], "{environment}", *parts[index + 1 :]))
        return PathMeaning(environment=parts[index], pattern=pattern, is_sure=is_sure)
    return PathMeaning(environment=DEFAULT_ENVIRONMENT, pattern=path, is_sure=False)


def _candidates(parts: Sequence[str]) -> Iterable[tuple[int, bool]]:
    """The places of parts that may be an environment, best first, each with whether that is sure."""
    names = [part.lower() for part in parts]
    inside = [index for index in range(1, len(names)) if names[index - 1] in _HOLDING | _VARYING]
    inside = [index for index in inside if names[index] not in _SHARED | _HOLDING | _VARYING]
    yield from ((index, True) for index in inside if _is_word(names[index]))
    yield from ((index, True) for index in inside if names[index - 1] in _HOLDING)
    yield from ((index, True) for index, name in enumerate(names) if name in _CLEAR)
    yield from ((index, False) for index in inside)
    yield from ((index, False) for index, name in enumerate(names) if _is_regional(name))
    yield from ((index, False) for index, name in enumerate(names) if name in _LIKELY)


def _is_word(name: str) -> bool:
    return any(part in _CLEAR | _LIKELY for part in re.split(r"[-_.]", name))


def _is_regional(name: str) -> bool:
    """`prod-eu`, `us-east1-staging`; not `dev-tools`, which is something to deploy."""
    words = re.split(r"[-_.]", name)
    others = [word for word in words if word not in _CLEAR]
    return 0 < len(others) < len(words) and all(_REGION.fullmatch(word) for word in others)


def component_name(pattern: str, *, top: str) -> str:
    """What the thing at *pattern* is called: its folders, without those that only say where it goes; *top* where
    nothing is left."""
    words = [part for part in pattern.split("/") if part not in _HOLDING | _VARYING | {"{environment}", ".", ""}]
    return dns_name("-".join(words)) or dns_name(top) or "all"


def dns_name(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:63].rstrip("-")
