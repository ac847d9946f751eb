"""Which driver makes a local cluster where the project says `auto`, and why: the best that this machine has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fairlead.model.environment import Driver
from fairlead.model.errors import InputError

PREFERRED = (Driver.MINIKUBE, Driver.KIND, Driver.K3D)
"""Those that need a container engine, the one that the documents start from first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverFacts:
    """*made* is what made the cluster that is there, None where there is none.

    *no_embedded* and *no_real_nodes* say why this machine cannot run the embedded cluster at all, and why it cannot run
    real nodes in it; both are empty where it can. *engine* is the container engine that answers, empty where none does.
    """

    made: Driver | None
    no_embedded: str
    no_real_nodes: str
    engine: str
    installed: Mapping[Driver, bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverChoice:
    driver: Driver
    reason: str

    def __str__(self) -> str:
        """One line for people."""
        return f"driver auto -> {self.reason}"


def choose_driver(facts: DriverFacts) -> DriverChoice:
    """A cluster that is there is kept; else real pods come before simulated ones, and what needs no container engine
    before what needs one. Raises InputError where nothing can be made."""
    if facts.made is not None:
        return _choice(facts.made, "it made the cluster that is there")
    if not facts.no_embedded and not facts.no_real_nodes:
        return DriverChoice(driver=Driver.EMBEDDED, reason=f"embedded with real nodes: root on Linux{_besides(facts)}")
    if (found := _installed(facts)) is not None:
        return _choice(found, f"{facts.engine} answers and {found.value} is installed; {_no_real_nodes(facts)}")
    if not facts.no_embedded:
        return DriverChoice(
            driver=Driver.EMBEDDED,
            reason=f"embedded with simulated nodes: {_no_real_nodes(facts)}{_besides(facts)}",
        )
    raise InputError(
        f"no driver can make a cluster on this machine: {facts.no_embedded}{_besides(facts)}",
        hint="start Docker and install minikube, kind or k3d, or set `driver: context`",
    )


def _choice(driver: Driver, reason: str) -> DriverChoice:
    return DriverChoice(driver=driver, reason=f"{driver.value}: {reason}")


def _installed(facts: DriverFacts) -> Driver | None:
    if not facts.engine:
        return None
    return next((driver for driver in PREFERRED if facts.installed.get(driver)), None)


def _no_real_nodes(facts: DriverFacts) -> str:
    return f"no real nodes of our own: {facts.no_embedded or facts.no_real_nodes}"


def _besides(facts: DriverFacts) -> str:
    """What is said of the container engine where it was not taken."""
    if not facts.engine:
        return "; no container engine answers"
    if _installed(facts) is None:
        return f"; {facts.engine} answers, but neither minikube nor kind nor k3d is installed"
    return ""
