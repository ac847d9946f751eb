"""Which environment an Application is for: by its cluster, else by the folders and names that it uses."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from fairlead.formats.argocd_objects import ArgoApplication
from fairlead.model.environment import Delivery, Environment, ReadFrom
from fairlead.model.frozen import dataclass
from fairlead.model.repository import Dialect, Remark

DEFAULT: Final = "default"

_KNOWN: Final = frozenset(
    (
        *("dev", "develop", "development", "local", "sandbox", "test", "testing", "qa", "int", "integration", "uat"),
        *("stage", "staging", "stg", "preprod", "pre-prod", "preproduction", "prod", "production", "prd", "live"),
    )
)
"""Names that mean an environment wherever they stand."""

_HOSTS: Final = frozenset(("api", "api-int", "apiserver", "k8s", "kube", "kubernetes", "master"))
"""What the API servers of all clusters are called."""

_PARENTS: Final = frozenset(
    ("clusters", "cluster", "overlays", "overlay", "environments", "environment", "envs", "env", "stages", "stage")
)
"""Folders whose folders are environments."""

_VALUES: Final = re.compile(r"(?:^|/)values[-_.]([\w-]+)\.ya?ml$|(?:^|/)([\w-]+)[-_.]values\.ya?ml$")
_NAME: Final = re.compile(r"[\w. -]+")
"""A value file may be a pattern, or have a variable in its path."""

_ENDING: Final = re.compile(r"(?:^|[-_.])([a-z]+)$")
_START: Final = re.compile(r"^([a-z]+)[-_.]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """*name* is empty where nothing names one; *reason* says what does."""

    name: str = ""
    reason: str = ""
    is_sure: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArgoPlace:
    """*paths* are what the environment *name* is read from; *reason* says why they are thought to be its."""

    name: str
    paths: tuple[str, ...]
    reason: str
    is_sure: bool


def environment_of(application: ArgoApplication, *, entry: str) -> Guess:
    """What *application*, which the files in *entry* brought, is for."""
    destination = application.destination
    if destination.name and not destination.is_in_cluster:
        return Guess(name=destination.name, reason="the name of its cluster", is_sure=True)
    if found := named_by_path(entry):
        return Guess(name=found, reason=f"the folder {entry}", is_sure=True)
    for path in _paths(application):
        if found := named_by_path(path):
            return Guess(name=found, reason=f"the path {path}")
    if destination.server and not destination.is_in_cluster:
        return Guess(name=_host(destination.server), reason=f"its cluster {destination.server}")
    for text in (application.name, destination.namespace):
        if found := _named_by_word(text):
            return Guess(name=found, reason=f"the name {text}")
    return Guess()


def settle(guesses: Iterable[tuple[ArgoApplication, Guess]]) -> list[tuple[ArgoApplication, Guess]]:
    """The guesses of one entry together: where only one environment is named for the cluster that Argo CD runs in, its
    other Applications are of it too."""
    every = list(guesses)
    several = _names_of_several(every)
    found = [(application, _of_cluster(application, guess, several)) for application, guess in every]
    local = {guess.name for application, guess in found if application.destination.is_in_cluster and guess.name}
    only = (
        Guess(name=next(iter(local)), reason="the only one that is named") if len(local) == 1 else Guess(name=DEFAULT)
    )
    return [(application, guess if guess.name else only) for application, guess in found]


def _names_of_several(guesses: Iterable[tuple[ArgoApplication, Guess]]) -> frozenset[str]:
    """The environments whose applications go to more than one cluster other than Argo CD's own."""
    servers: dict[str, set[str]] = {}
    for application, guess in guesses:
        if application.destination.server and not application.destination.is_in_cluster:
            servers.setdefault(guess.name, set()).add(application.destination.server)
    return frozenset(name for name, found in servers.items() if name and len(found) > 1)


def _of_cluster(application: ArgoApplication, guess: Guess, several: frozenset[str]) -> Guess:
    """An environment is one cluster: of two, each is one."""
    server = application.destination.server
    if guess.name not in several or not server or application.destination.is_in_cluster:
        return guess
    return Guess(name=f"{guess.name}-{_host(server)}", reason=f"{guess.reason} and its cluster {server}")


def named_by_path(path: str) -> str:
    """The environment that a folder or file name of *path* means; empty where none does."""
    parts = [part for part in posixpath.normpath(path).split("/") if part]
    stems = [*parts[:-1], *(re.sub(r"\.(ya?ml|json)$", "", part) for part in parts[-1:])]
    if values := _VALUES.search(path):
        stems.append(values[1] or values[2])
    known = next((stem for stem in reversed(stems) if stem.lower() in _KNOWN and not _is_parent(stem, stems)), "")
    if known:
        return known
    for index in range(len(stems) - 2, -1, -1):
        name = stems[index + 1]
        if stems[index].lower() in _PARENTS and name not in ("base", "common", "shared") and _NAME.fullmatch(name):
            return name
    return ""


def _is_parent(stem: str, stems: Sequence[str]) -> bool:
    """`stage` may be an environment or the folder of all of them: it is that where another known name is below it."""
    below = stems[stems.index(stem) + 1 :]
    return stem.lower() in _PARENTS and any(each.lower() in _KNOWN for each in below)


def _paths(application: ArgoApplication) -> Iterator[str]:
    for source in application.sources:
        yield source.path or "."
        yield from (source.helm.value_files if source.helm else ())


def _named_by_word(text: str) -> str:
    for pattern in (_ENDING, _START):
        if (match := pattern.search(text)) and match[1] in _KNOWN:
            return match[1]
    return ""


def _host(server: str) -> str:
    """The first label of its host that tells it from others: an address as a whole."""
    host = re.sub(r"^https?://", "", server).partition("/")[0].partition(":")[0].lower()
    labels = [host] if re.fullmatch(r"[\d.]+", host) else host.split(".")
    return re.sub(r"[^a-z0-9-]", "-", next((each for each in labels if each not in _HOSTS), labels[0]))


def argocd_environment(place: ArgoPlace) -> Environment:
    return Environment(
        name=place.name,
        delivery=Delivery.ARGOCD,
        read_from=tuple(ReadFrom(dialect=Dialect.ARGOCD, path=path) for path in place.paths),
    )


def argocd_remark(place: ArgoPlace) -> Remark:
    why = f"by {place.reason}" if place.reason else "nothing names one"
    return Remark(
        text=f"environment {place.name} is read from Argo CD's {', '.join(place.paths)}: {why}", is_sure=place.is_sure
    )
