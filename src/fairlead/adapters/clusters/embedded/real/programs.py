"""The programs of a cluster with real nodes: their names, their command lines, and who may call the API server.

The first node has the control plane too. All paths are as the node sees them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import Surroundings
from fairlead.adapters.clusters.embedded.pki import CLIENTS as SIMULATED_CLIENTS
from fairlead.adapters.clusters.embedded.pki import Clients
from fairlead.adapters.clusters.embedded.real.machine import API_PORT, SERVICE_NETWORK, Node
from fairlead.adapters.clusters.embedded.real.mounts import Mount
from fairlead.adapters.clusters.embedded.real.settings import inside

INIT = Path(__file__).with_name("init.py")
RELAY_PROGRAM = Path(__file__).with_name("relay.py")
RELAY = "relay"

TOOLS = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
CONTROLLERS = ("kube-controller-manager", "kube-scheduler")

CLIENTS: Clients = {
    **{name: SIMULATED_CLIENTS[name] for name in ("admin", *CONTROLLERS)},
    "kube-proxy": ("system:kube-proxy", ()),
    "kubelet-client": ("fairlead:api-server", ()),
}


def surroundings(first: Node) -> Surroundings:
    return Surroundings(
        bind_address="0.0.0.0",  # noqa: S104 - in a network of its own, with no way in but the relay
        advertise_address=first.address,
        services=SERVICE_NETWORK,
        clients=CONTROLLERS,
        api_server=(
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            "--kubelet-client-certificate=pki/kubelet-client.crt",
            "--kubelet-client-key=pki/kubelet-client.key",
            "--kubelet-certificate-authority=pki/ca.crt",
            # By name it would ask a name server for the node.
            "--kubelet-preferred-address-types=InternalIP",
        ),
    )


def process_names(nodes: Sequence[Node]) -> tuple[str, ...]:
    """All processes, in the order they start; each needs those before it."""
    inits = [node.name for node in nodes]
    workers = [member(node, program) for node in nodes for program in ("kubelet", "kube-proxy")]
    runtimes = [member(node, "containerd") for node in nodes]
    return (*inits, RELAY, *runtimes, "etcd", "kube-apiserver", *CONTROLLERS, *workers)


def python() -> str:
    """The interpreter itself: a virtual environment's is found by its path, which a node may not see."""
    return str(Path(sys.executable).resolve())


def member(node: Node, program: str) -> str:
    return f"{program}-{node.index}"


def init_words(folder: Path, node: Node, hierarchies: Sequence[Mount]) -> str:
    """The argument of `init`."""
    return json.dumps(
        {
            "folder": str(folder),
            "node": node.folder,
            "name": node.name,
            "hierarchies": [(one.place, one.kind, one.options) for one in hierarchies],
        }
    )


def relay_words(namespace: str, nodes: Sequence[Node], *, api: int, web: int) -> str:
    """The argument of `relay`: the API server at port *api*, port 80 of any node at *web*."""
    ports = {str(api): [(nodes[0].address, API_PORT)], str(web): [(node.address, 80) for node in nodes]}
    return json.dumps({"namespace": namespace, "ports": ports})


def containerd(node: Node) -> list[str]:
    return [f"--config={inside(node, 'containerd.toml')}", "--log-level=warn"]


def kubelet(node: Node) -> list[str]:
    return [
        f"--config={inside(node, 'kubelet.json')}",
        f"--kubeconfig={inside(node, 'kubelet.kubeconfig')}",
        f"--hostname-override={node.name}",
        f"--node-ip={node.address}",
        f"--node-labels=kubernetes.io/hostname={node.name}",
    ]


def kube_proxy(node: Node) -> list[str]:
    return [f"--config={inside(node, 'kube-proxy.json')}"]
