from __future__ import annotations

import tomllib
from typing import Any

import orjson
import pytest
import yaml

from fairlead.adapters.clusters.embedded.real.addons import IMAGES, manifests, node_manifest
from fairlead.adapters.clusters.embedded.real.machine import DNS_ADDRESS, DOMAIN, nodes
from fairlead.adapters.clusters.embedded.real.programs import process_names, relay_words
from fairlead.adapters.clusters.embedded.real.settings import files
from fairlead.adapters.images.addons import ADDONS
from fairlead.model.image import BuiltImage

FIRST, SECOND = nodes(2)
BUILT = {name: BuiltImage(reference=f"fairlead.local/{name}:1", digest="sha256:1", archive="/a") for name in IMAGES}


def read(name: str) -> Any:
    return orjson.loads(files(SECOND, plugins="/usr/lib/cni", pause="fairlead.local/pause:1")[name])


def test_containerd_finds_the_plugins_and_the_pause_image() -> None:
    text = files(SECOND, plugins="/opt/cni/bin", pause="fairlead.local/pause:1")["containerd.toml"].decode()
    settings = tomllib.loads(text)["plugins"]["io.containerd.grpc.v1.cri"]

    assert settings["sandbox_image"] == "fairlead.local/pause:1"
    assert settings["restrict_oom_score_adj"] is True
    assert settings["cni"] == {"bin_dir": "/opt/cni/bin", "conf_dir": "/run/fairlead/nodes/1/cni"}


def test_pods_get_addresses_of_their_node_and_ports_of_it() -> None:
    ptp, portmap = read("cni/10-fairlead.conflist")["plugins"]

    assert ptp["type"] == "ptp"
    assert ptp["ipam"]["ranges"] == [[{"subnet": SECOND.pod_network}]]
    assert portmap["capabilities"] == {"portMappings": True}


def test_kubelet_lets_in_those_that_the_api_server_knows_and_nobody_else() -> None:
    settings = read("kubelet.json")

    assert settings["authentication"]["anonymous"] == {"enabled": False}
    assert settings["authorization"] == {"mode": "Webhook"}
    assert settings["address"] == SECOND.address
    assert (settings["clusterDNS"], settings["clusterDomain"]) == ([DNS_ADDRESS], DOMAIN)


def test_nothing_deletes_images_that_a_node_cannot_fetch_again() -> None:
    assert read("kubelet.json")["imageGCHighThresholdPercent"] == 100


def test_addons_use_the_images_that_are_built_and_pull_none() -> None:
    assert set(IMAGES) == set(ADDONS)
    text = yaml.safe_dump_all(manifests(BUILT))

    assert {f"fairlead.local/{name}:1" in text for name in IMAGES if name != "pause"} == {True}
    assert "$" not in text
    assert "Always" not in text


def test_addons_hold_cluster_dns_at_its_address_and_one_default_storage_class() -> None:
    found = {(one["kind"], one["metadata"]["name"]): one for one in manifests(BUILT)}

    assert found["Service", "kube-dns"]["spec"]["clusterIP"] == DNS_ADDRESS
    assert f"kubernetes {DOMAIN} " in found["ConfigMap", "coredns"]["data"]["Corefile"]
    annotations = found["StorageClass", "local-path"]["metadata"]["annotations"]
    assert annotations == {"storageclass.kubernetes.io/is-default-class": "true"}
    orjson.loads(found["ConfigMap", "local-path-provisioner"]["data"]["config.json"])
    helper = yaml.safe_load(found["ConfigMap", "local-path-provisioner"]["data"]["helperPod.yaml"])
    assert helper["spec"]["containers"][0]["image"] == "fairlead.local/volume-helper:1"


def test_node_object_tells_the_addresses_of_its_pods() -> None:
    assert node_manifest(SECOND)["spec"]["podCIDR"] == SECOND.pod_network


def test_relay_leads_to_the_api_server_and_to_port_80_of_any_node() -> None:
    words = orjson.loads(relay_words("/proc/7/ns/net", (FIRST, SECOND), api=20001, web=20002))

    assert words == {
        "namespace": "/proc/7/ns/net",
        "ports": {"20001": [["10.97.0.10", 6443]], "20002": [["10.97.0.10", 80], ["10.97.0.11", 80]]},
    }


@pytest.mark.parametrize("count", [1, 2])
def test_every_node_has_its_own_processes_and_the_cluster_one_control_plane(count: int) -> None:
    names = process_names(nodes(count))

    assert len(set(names)) == len(names) == 5 + 4 * count
    assert [name for name in names if name.startswith("kubelet-")] == [f"kubelet-{i}" for i in range(count)]
