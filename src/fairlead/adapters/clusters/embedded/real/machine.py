"""The nodes of one cluster as small machines: their names, addresses, folders and what connects them. Pure.

Every cluster has networks of its own, so all use the same addresses.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence

from fairlead.model.frozen import dataclass

SERVICE_NETWORK = "10.96.0.0/16"
POD_NETWORK = "10.244.0.0/16"
NODE_NETWORK = "10.97.0.0/24"
DNS_ADDRESS = "10.96.0.10"
DOMAIN = "cluster.local"
API_PORT = 6443
"""Inside; outside it has a free port of the machine."""

MOST_NODES = 8
"""What one machine carries; the addresses would do for 250."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """The first, with *index* 0, is the control plane's too, and the switch between all."""

    index: int

    @property
    def name(self) -> str:
        return f"node-{self.index}"

    @property
    def folder(self) -> str:
        """In the cluster's."""
        return f"nodes/{self.index}"

    @property
    def address(self) -> str:
        return str(ipaddress.ip_network(NODE_NETWORK)[10 + self.index])

    @property
    def pod_network(self) -> str:
        return str(tuple(ipaddress.ip_network(POD_NETWORK).subnets(new_prefix=24))[self.index + 1])


def nodes(count: int) -> tuple[Node, ...]:
    return tuple(Node(index=index) for index in range(count))


def network_commands(all_nodes: Sequence[Node], *, pids: Mapping[Node, int]) -> Iterator[tuple[Node, str]]:
    """Lines for `ip -batch`, each with the node in whose network it is run; *pids* are those of their first processes.

    The API server wants a default route, and a name server's answer needs none: nothing leads out of the cluster.
    """
    switch, *others = all_nodes
    # A bridge also without other nodes: there is no other device that every kernel has.
    yield switch, "link add eth0 type bridge forward_delay 0"
    for node in others:
        yield switch, f"link add {node.name} type veth peer name eth0 netns {pids[node]}"
        yield switch, f"link set {node.name} master eth0 up"
    prefix = NODE_NETWORK.partition("/")[2]
    for node in all_nodes:
        yield node, "link set lo up"
        yield node, f"address add {node.address}/{prefix} dev eth0"
        yield node, "link set eth0 up"
        yield node, "route add default dev eth0"
        for other in all_nodes:
            if other is not node:
                yield node, f"route add {other.pod_network} via {other.address}"
