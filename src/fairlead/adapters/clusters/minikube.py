"""The driver `minikube`: a profile of its own; minikube decides what its nodes are. Written against minikube 1.37."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fairlead.adapters.clusters.product import Command, Order, Survey
from fairlead.model.environment import Driver
from fairlead.model.local_cluster import ClusterState

_START, _QUICK, _LOAD, _PULL = 1200.0, 60.0, 600.0, 900.0
_STATES = {"Running": ClusterState.RUNNING, "OK": ClusterState.RUNNING, "Stopped": ClusterState.STOPPED}


class Minikube:
    driver = Driver.MINIKUBE

    def check(self, _: Order, /) -> None:
        """minikube takes a minor as its newest patch, and says itself what it does not know."""

    def survey(self, _: Order, /) -> Command:
        # `status` fails in the same way for a profile that is not there and for one that is ill.
        return Command(program="minikube", arguments=("profile", "list", "--output", "json"), timeout=_QUICK)

    def read_survey(self, stdout: bytes, order: Order) -> Survey:
        listed = json.loads(stdout)
        if any(one["Name"] == order.name for one in listed.get("invalid") or ()):
            return Survey(state=ClusterState.BROKEN)
        found = next((one for one in listed.get("valid") or () if one["Name"] == order.name), None)
        if found is None:
            return Survey(state=ClusterState.ABSENT)
        return Survey(state=_STATES.get(found["Status"], ClusterState.BROKEN), nodes=_nodes(found))

    def create(self, order: Order) -> Command:
        return self._start(
            order,
            *("--kubernetes-version", f"v{order.kubernetes}"),
            *("--nodes", str(order.nodes)),
            *("--ports", f"127.0.0.1:{order.web_port}:80"),
        )

    def start(self, order: Order, _: Sequence[str], /) -> Command:
        # What a profile was made with it keeps, and refuses to hear again.
        return self._start(order)

    def kubeconfig(self, _: Order, /) -> None:
        """`start` writes it to the file that KUBECONFIG names."""

    def delete(self, order: Order) -> Command:
        return self._minikube(order, "delete", timeout=_START)

    def load(self, order: Order, archive: Path) -> Command:
        return self._minikube(order, "image", "load", str(archive), timeout=_LOAD)

    def pull(self, order: Order, reference: str, _: Sequence[str], /) -> tuple[Command, ...]:
        return (self._minikube(order, "image", "pull", reference, timeout=_PULL),)

    def _start(self, order: Order, *arguments: str) -> Command:
        settled = ("--wait", "all", "--embed-certs", "--interactive=false")
        return self._minikube(order, "start", *arguments, *settled, timeout=_START)

    def _minikube(self, order: Order, *arguments: str, timeout: float) -> Command:
        return Command(
            program="minikube",
            arguments=(*arguments, "--profile", order.name),
            timeout=timeout,
            environment={"KUBECONFIG": str(order.kubeconfig)},
        )


def _nodes(profile: dict[str, object]) -> tuple[str, ...]:
    config = profile.get("Config")
    nodes = config.get("Nodes") if isinstance(config, dict) else None
    return tuple(str(node.get("Name") or profile["Name"]) for node in nodes or ())
