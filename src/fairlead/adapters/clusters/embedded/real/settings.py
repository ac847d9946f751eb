"""What the programs of a node read: containerd's, CNI's, kubelet's and kube-proxy's own formats. Pure.

Paths are as the node sees them: the cluster's folder is /run/fairlead, and /run, /tmp, /var/lib and /var/log are its
own, so everything else lies where these programs expect it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from fairlead.adapters.clusters.embedded.real.init import CLUSTER
from fairlead.adapters.clusters.embedded.real.machine import DNS_ADDRESS, DOMAIN, POD_NETWORK, Node

CONTAINERD_SOCKET = "/run/containerd/containerd.sock"


def files(node: Node, *, plugins: str, pause: str, snapshotter: str = "overlayfs") -> Mapping[str, bytes]:
    """By path in the node's folder; *plugins* is the folder of the CNI programs, *pause* the image of that name."""
    return {
        "containerd.toml": _containerd(node, plugins=plugins, pause=pause, snapshotter=snapshotter).encode(),
        "cni/10-fairlead.conflist": orjson.dumps(_cni(node)),
        "kubelet.json": orjson.dumps(_kubelet(node)),
        "kube-proxy.json": orjson.dumps(_kube_proxy(node)),
        "resolv.conf": b"",
    }


def inside(node: Node, path: str) -> str:
    """The path of a file of the node's folder, as the node sees it."""
    return f"{CLUSTER}/{node.folder}/{path}"


def _containerd(node: Node, *, plugins: str, pause: str, snapshotter: str) -> str:
    # `restrict_oom_score_adj`: a machine may lack the right to lower it, and runc then dies at its start.
    return f"""\
version = 2

[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "{pause}"
restrict_oom_score_adj = true

[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "{plugins}"
conf_dir = "{inside(node, "cni")}"

[plugins."io.containerd.grpc.v1.cri".containerd]
snapshotter = "{snapshotter}"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
SystemdCgroup = false
"""


def _cni(node: Node) -> Mapping[str, Any]:
    """`ptp`: pods are routed, not bridged, so Services work without a look of netfilter into bridges."""
    ranges = [[{"subnet": node.pod_network}]]
    routes = [{"dst": "0.0.0.0/0"}]
    return {
        "cniVersion": "0.4.0",
        "name": "fairlead",
        "plugins": [
            {"type": "ptp", "ipam": {"type": "host-local", "ranges": ranges, "routes": routes}},
            {"type": "portmap", "capabilities": {"portMappings": True}},
        ],
    }


def _kubelet(node: Node) -> Mapping[str, Any]:
    return {
        "apiVersion": "kubelet.config.k8s.io/v1beta1",
        "kind": "KubeletConfiguration",
        "address": node.address,
        "authentication": {
            "anonymous": {"enabled": False},
            "webhook": {"enabled": True},
            "x509": {"clientCAFile": f"{CLUSTER}/pki/ca.crt"},
        },
        "authorization": {"mode": "Webhook"},
        "tlsCertFile": inside(node, "pki/kubelet-server.crt"),
        "tlsPrivateKeyFile": inside(node, "pki/kubelet-server.key"),
        "cgroupDriver": "cgroupfs",
        "failCgroupV1": False,
        "failSwapOn": False,
        "clusterDNS": [DNS_ADDRESS],
        "clusterDomain": DOMAIN,
        "resolvConf": inside(node, "resolv.conf"),
        "containerRuntimeEndpoint": f"unix://{CONTAINERD_SOCKET}",
        "volumePluginDir": "/var/lib/kubelet/volume-plugins",
        # Images were put here by hand: what is deleted cannot be fetched again. And a full disk of the machine, which
        # is not the node's, must not keep pods away.
        "imageGCHighThresholdPercent": 100,
        "evictionHard": {"nodefs.available": "1%", "imagefs.available": "1%", "nodefs.inodesFree": "1%"},
        # The defaults wait for machines that are far away.
        "syncFrequency": "10s",
        "nodeStatusUpdateFrequency": "5s",
        "registerNode": True,
        "serializeImagePulls": False,
    }


def _kube_proxy(node: Node) -> Mapping[str, Any]:
    return {
        "apiVersion": "kubeproxy.config.k8s.io/v1alpha1",
        "kind": "KubeProxyConfiguration",
        "mode": "iptables",
        "clusterCIDR": POD_NETWORK,
        "hostnameOverride": node.name,
        "bindAddress": node.address,
        "clientConnection": {"kubeconfig": inside(node, "kube-proxy.kubeconfig")},
        "healthzBindAddress": "127.0.0.1:10256",
        "metricsBindAddress": "127.0.0.1:10249",
        # The table belongs to the machine, and is read-only here.
        "conntrack": {"maxPerCore": 0, "min": 0, "tcpCloseWaitTimeout": "0s", "tcpEstablishedTimeout": "0s"},
        "iptables": {"syncPeriod": "30s", "minSyncPeriod": "0.2s"},
    }
