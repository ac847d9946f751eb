from __future__ import annotations

import ipaddress

import pytest

from fairlead.adapters.clusters.embedded.real.machine import (
    MOST_NODES,
    NODE_NETWORK,
    POD_NETWORK,
    SERVICE_NETWORK,
    Node,
    network_commands,
    nodes,
)

EVERY = nodes(MOST_NODES)


def commands_of(count: int) -> list[tuple[str, str]]:
    all_nodes = nodes(count)
    pids = {node: 100 + node.index for node in all_nodes}
    return [(node.name, line) for node, line in network_commands(all_nodes, pids=pids)]


def test_no_two_nodes_share_a_name_an_address_a_folder_or_pods() -> None:
    for of in (lambda n: n.name, lambda n: n.address, lambda n: n.folder, lambda n: n.pod_network):
        assert len({of(node) for node in EVERY}) == MOST_NODES


def test_networks_are_apart() -> None:
    networks = [ipaddress.ip_network(one) for one in (SERVICE_NETWORK, POD_NETWORK, NODE_NETWORK)]
    assert not any(one.overlaps(other) for one in networks for other in networks if one is not other)


@pytest.mark.parametrize("node", EVERY, ids=lambda node: node.name)
def test_node_lies_in_its_networks(node: Node) -> None:
    assert ipaddress.ip_address(node.address) in ipaddress.ip_network(NODE_NETWORK)
    assert ipaddress.ip_network(node.pod_network).subnet_of(ipaddress.ip_network(POD_NETWORK))


def test_one_node_is_its_own_switch() -> None:
    assert commands_of(1) == [
        ("node-0", "link add eth0 type bridge forward_delay 0"),
        ("node-0", "link set lo up"),
        ("node-0", "address add 10.97.0.10/24 dev eth0"),
        ("node-0", "link set eth0 up"),
        ("node-0", "route add default dev eth0"),
    ]


def test_every_node_has_a_route_to_the_pods_of_every_other() -> None:
    routes = {(name, line) for name, line in commands_of(3) if line.startswith("route add 10.244.")}
    assert routes == {
        (node.name, f"route add {other.pod_network} via {other.address}")
        for node in nodes(3)
        for other in nodes(3)
        if node != other
    }


def test_other_nodes_are_plugged_into_the_first() -> None:
    plugs = [line for name, line in commands_of(3) if name == "node-0" and "veth" in line]
    assert plugs == [
        "link add node-1 type veth peer name eth0 netns 101",
        "link add node-2 type veth peer name eth0 netns 102",
    ]
