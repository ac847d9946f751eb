"""The driver `k3d`: nodes are containers of Docker that run K3s. Written against k3d 5.8."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from fairlead.adapters.clusters.product import Command, Order, Survey, state_of
from fairlead.model.environment import Driver

_NODE_ROLES = ("server", "agent")
_CREATE, _QUICK, _LOAD, _PULL = 900.0, 60.0, 600.0, 900.0


class K3d:
    driver = Driver.K3D

    def check(self, _: Order, /) -> None:
        """Whatever K3s has a version or a channel of can be made; k3d says so itself where it has none."""

    def survey(self, _: Order, /) -> Command:
        # All of them: for one name that is not there, k3d fails as it does for an engine that does not answer.
        return _k3d("cluster", "list", "--output", "json", timeout=_QUICK)

    def read_survey(self, stdout: bytes, order: Order) -> Survey:
        found = next((one for one in json.loads(stdout or b"[]") if one["name"] == order.name), None)
        # The load balancer is a container beside them: a cluster whose way in is stopped is not well either.
        parts = found["nodes"] if found else []
        running = sum(bool(part.get("State", {}).get("Running")) for part in parts)
        nodes = tuple(sorted(part["name"] for part in parts if part["role"] in _NODE_ROLES))
        return Survey(state=state_of(running, len(parts)), nodes=nodes)

    def create(self, order: Order) -> Command:
        return _k3d(
            *("cluster", "create", order.name),
            *("--agents", str(order.nodes - 1)),
            *("--image", _image(order.kubernetes)),
            *("--port", f"127.0.0.1:{order.web_port}:80@loadbalancer"),
            *("--api-port", "127.0.0.1:random"),
            "--kubeconfig-update-default=false",
            "--kubeconfig-switch-context=false",
            "--wait",
            *("--timeout", "10m"),
            timeout=_CREATE,
        )

    def start(self, order: Order, _: Sequence[str], /) -> Command:
        return _k3d("cluster", "start", order.name, "--wait", "--timeout", "5m", timeout=_CREATE)

    def kubeconfig(self, order: Order) -> Command:
        return _k3d("kubeconfig", "get", order.name, timeout=_QUICK)

    def delete(self, order: Order) -> Command:
        # It takes the cluster out of the default kubeconfig as well: that file must be ours.
        return _k3d("cluster", "delete", order.name, timeout=_CREATE, kubeconfig=order.kubeconfig)

    def load(self, order: Order, archive: Path) -> Command:
        return _k3d("image", "import", str(archive), "--cluster", order.name, timeout=_LOAD)

    def pull(self, _: Order, reference: str, nodes: Sequence[str], /) -> tuple[Command, ...]:
        return tuple(
            Command(program="docker", arguments=("exec", node, "crictl", "pull", reference), timeout=_PULL)
            for node in nodes
        )


def _k3d(*arguments: str, timeout: float, kubeconfig: Path | None = None) -> Command:
    environment = {"KUBECONFIG": str(kubeconfig)} if kubeconfig else {}
    return Command(program="k3d", arguments=arguments, timeout=timeout, environment=environment)


def _image(kubernetes: str) -> str:
    """A minor is a channel of K3s, which k3d looks up; a full version names an image."""
    return f"+v{kubernetes}" if kubernetes.count(".") == 1 else f"rancher/k3s:v{kubernetes}-k3s1"
