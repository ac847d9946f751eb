"""How local clusters are shown, in 80 columns."""

from __future__ import annotations

from fairlead.formats.local_cluster_text import format_cluster, format_clusters
from fairlead.model.environment import Driver
from fairlead.model.local_cluster import ClusterState, LocalCluster, LocalProcess

KIND = LocalCluster(
    state=ClusterState.RUNNING,
    project="homelab",
    environment="local",
    folder="/state",
    kubeconfig="/state/kubeconfig",
    audit_log="",
    driver=Driver.KIND,
    name="homelab-local-3fa9c2",
    choice="driver auto -> kind on docker: real nodes of our own need root, and this is a long line of reasons",
    api_url="https://127.0.0.1:40001",
    web_url="http://127.0.0.1:21080",
    kubernetes="1.34",
    nodes=2,
    nodes_are_simulated=False,
)
EMBEDDED = LocalCluster(
    state=ClusterState.BROKEN,
    project="homelab",
    environment="dev",
    folder="/state",
    kubeconfig="/state/kubeconfig",
    audit_log="/state/audit.log",
    kubernetes="1.34.2",
    nodes=1,
    processes=(LocalProcess(name="etcd", pid=7, is_alive=False, log="/state/logs/etcd.log"),),
)
ABSENT = LocalCluster(
    state=ClusterState.ABSENT, project="a", environment="b", folder="/x", kubeconfig="/x/k", audit_log=""
)


def test_a_cluster_of_containers() -> None:
    assert format_cluster(KIND) == (
        "homelab/local: running\n"
        "  driver auto -> kind on docker: real nodes of our own need root, and this is a\n"
        "    long line of reasons\n"
        "  Kubernetes 1.34 by kind (homelab-local-3fa9c2), 2 nodes\n"
        "  API       https://127.0.0.1:40001\n"
        "  web       http://127.0.0.1:21080\n"
    )


def test_an_embedded_cluster_with_a_dead_process() -> None:
    assert format_cluster(EMBEDDED) == (
        "homelab/dev: broken\n"
        "  Kubernetes 1.34.2 by embedded, 1 node (simulated)\n"
        "  audit log /state/audit.log\n"
        "  etcd                     dead\n"
    )


def test_what_is_absent_has_no_details() -> None:
    assert format_cluster(ABSENT) == "a/b: absent\n"


def test_a_list_has_a_line_for_each() -> None:
    assert format_clusters([KIND, EMBEDDED, ABSENT]) == (
        "homelab/local  running  kind      Kubernetes 1.34, 2 nodes\n"
        "homelab/dev    broken   embedded  Kubernetes 1.34.2, 1 node (simulated)\n"
        "a/b            absent   embedded\n"
    )
    assert format_clusters([]) == "no local cluster of this user\n"
