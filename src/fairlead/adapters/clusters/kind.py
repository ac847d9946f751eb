"""The driver `kind`: nodes are containers of Docker or Podman. Written against kind 0.30."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fairlead.adapters.clusters.product import Command, Order, Survey, state_of
from fairlead.model.environment import Driver
from fairlead.model.errors import InputError

NODE_IMAGES = {
    "1.34": "kindest/node:v1.34.0@sha256:7416a61b42b1662ca6ca89f02028ac133a309a2a30ba309614e8ec94d976dc5a",
}
"""What kind 0.30 itself takes. For another minor nothing in kind says which patch was published."""

_LABEL = "io.x-k8s.kind.cluster"
_CREATE, _QUICK, _LOAD, _PULL = 900.0, 60.0, 600.0, 900.0


class Kind:
    """*engine* is `docker` or `podman`: kind has no way to start a stopped cluster or to look at it, its engine has."""

    driver = Driver.KIND

    def __init__(self, *, engine: str) -> None:
        self._engine = engine

    def check(self, order: Order) -> None:
        if order.kubernetes.count(".") == 1 and order.kubernetes not in NODE_IMAGES:
            raise InputError(
                f"which patch of Kubernetes {order.kubernetes}? kind wants the full version",
                hint=f"set `kubernetes:` to the version of a node image of kind, or to {', '.join(NODE_IMAGES)}",
            )

    def survey(self, order: Order) -> Command:
        # `kind get clusters` names them, but does not say whether they run.
        form = '{"name":{{json .Names}},"state":{{json .State}}}'
        arguments = ("ps", "--all", "--filter", f"label={_LABEL}={order.name}", "--format", form)
        return Command(program=self._engine, arguments=arguments, timeout=_QUICK)

    def read_survey(self, stdout: bytes, _: Order, /) -> Survey:
        nodes = [json.loads(line) for line in stdout.decode().splitlines() if line.strip()]
        running = sum(node["state"] == "running" for node in nodes)
        return Survey(state=state_of(running, len(nodes)), nodes=tuple(sorted(_name(node["name"]) for node in nodes)))

    def create(self, order: Order) -> Command:
        arguments = (
            *("create", "cluster", "--name", order.name),
            *("--image", _image(order.kubernetes)),
            *("--kubeconfig", str(order.kubeconfig)),
            *("--wait", "5m"),
            *("--config", "-"),
        )
        return self._kind(*arguments, timeout=_CREATE, stdin=json.dumps(_config(order)).encode())

    def start(self, _: Order, nodes: Sequence[str], /) -> Command:
        return Command(program=self._engine, arguments=("start", *nodes), timeout=_QUICK)

    def kubeconfig(self, order: Order) -> Command:
        return self._kind("get", "kubeconfig", "--name", order.name, timeout=_QUICK)

    def delete(self, order: Order) -> Command:
        return self._kind(
            "delete", "cluster", "--name", order.name, "--kubeconfig", str(order.kubeconfig), timeout=_CREATE
        )

    def load(self, order: Order, archive: Path, /) -> Command:
        return self._kind("load", "image-archive", str(archive), "--name", order.name, timeout=_LOAD)

    def pull(self, _: Order, reference: str, nodes: Sequence[str], /) -> tuple[Command, ...]:
        return tuple(
            Command(program=self._engine, arguments=("exec", node, "crictl", "pull", reference), timeout=_PULL)
            for node in nodes
        )

    def _kind(self, *arguments: str, timeout: float, stdin: bytes = b"") -> Command:
        chosen = {} if self._engine == "docker" else {"KIND_EXPERIMENTAL_PROVIDER": self._engine}
        return Command(program="kind", arguments=arguments, timeout=timeout, stdin=stdin, environment=chosen)


def _image(kubernetes: str) -> str:
    return NODE_IMAGES.get(kubernetes, f"kindest/node:v{kubernetes}")


def _config(order: Order) -> dict[str, object]:
    """JSON is YAML, and kind reads its configuration as that."""
    way_in = {"containerPort": 80, "hostPort": order.web_port, "listenAddress": "127.0.0.1", "protocol": "TCP"}
    first = {"role": "control-plane", "extraPortMappings": [way_in]}
    return {
        "kind": "Cluster",
        "apiVersion": "kind.x-k8s.io/v1alpha4",
        "nodes": [first, *({"role": "worker"} for _ in range(order.nodes - 1))],
    }


def _name(names: object) -> str:
    """Docker writes one name; Podman a list of them."""
    return str(names[0]) if isinstance(names, list) else str(names)
