"""Which driver makes a local cluster where the project says `auto`, and why: the best that this machine has."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.model.environment import Driver, NodeKind
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

PREFERRED = (Driver.MINIKUBE, Driver.KIND, Driver.K3D)
"""Those that need a container engine, the one that the documents start from first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverFacts:
    """*made* is what made the cluster that is there, None where there is none; *nodes* are those the project asks for.

    *no_embedded* says what the embedded cluster lacks here (`needs Linux`), *no_real_nodes* what real nodes in it lack
    (`need root`); both are empty where nothing is lacking. *engine* is the container engine that answers, if any.
    """

    made: Driver | None
    nodes: NodeKind = NodeKind.AUTO
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
    """A cluster that is there is kept; else real pods come before simulated ones unless the project asks for those, and
    what needs no container engine before what needs one. Raises InputError where nothing can be made."""
    if facts.made is not None:
        return DriverChoice(driver=facts.made, reason=f"{facts.made.value}: it made the cluster that is there")
    if facts.nodes is NodeKind.SIMULATED and not facts.no_embedded:
        return _embedded("simulated nodes: asked for")
    if not facts.no_embedded and not facts.no_real_nodes:
        return _embedded(f"real nodes: root on Linux{_besides(facts)}")
    if (found := _installed(facts)) is not None:
        reason = f"{found.value} on {facts.engine}: real nodes of our own {_obstacle(facts)}"
        return DriverChoice(driver=found, reason=reason)
    if not facts.no_embedded:
        kind = "real" if facts.nodes is NodeKind.REAL else "simulated"
        return _embedded(f"{kind} nodes: real ones {_obstacle(facts)}{_besides(facts)}")
    raise InputError(
        f"no driver can make a cluster on this machine: embedded {facts.no_embedded}{_besides(facts)}",
        hint="start Docker and install minikube, kind or k3d, or set `driver: context`",
    )


def _embedded(reason: str) -> DriverChoice:
    """Also where real nodes are asked for in vain: the driver then refuses, and says what is missing."""
    return DriverChoice(driver=Driver.EMBEDDED, reason=f"embedded with {reason}")


def _installed(facts: DriverFacts) -> Driver | None:
    if not facts.engine:
        return None
    return next((driver for driver in PREFERRED if facts.installed.get(driver)), None)


def _obstacle(facts: DriverFacts) -> str:
    return facts.no_real_nodes or "need Linux"


def _besides(facts: DriverFacts) -> str:
    """What is said of the container engine where it was not taken."""
    if not facts.engine:
        return "; no container engine answers"
    if _installed(facts) is None:
        return f"; {facts.engine} answers, but neither minikube nor kind nor k3d is installed"
    return ""
