from __future__ import annotations

import base64
import ipaddress
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
import yaml

from fairlead.adapters.clusters.embedded.control_plane import (
    KUBECONFIG,
    NODE_NETWORK,
    PKI,
    POD_NETWORK,
    PROGRAMS,
    arguments,
    write_files,
)
from fairlead.adapters.clusters.embedded.pki import SERVICE_NETWORK, make_pki


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("homelab") / "local"
    folder.mkdir()
    make_pki(folder / PKI, now=datetime(2026, 11, 22, tzinfo=UTC))
    write_files(folder, port=20001)
    return folder


def test_kubeconfig_holds_the_admin_certificate_and_loopback_url(folder: Path) -> None:
    config = orjson.loads((folder / KUBECONFIG).read_bytes())

    assert config["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:20001"
    certificate = base64.b64decode(config["users"][0]["user"]["client-certificate-data"])
    assert certificate == (folder / PKI / "admin.crt").read_bytes()
    assert config["current-context"] == config["contexts"][0]["name"]


def test_new_port_is_written_to_every_kubeconfig(folder: Path) -> None:
    write_files(folder, port=20002)

    for path in (folder / KUBECONFIG, *folder.glob("config/*.kubeconfig")):
        assert orjson.loads(path.read_bytes())["clusters"][0]["cluster"]["server"] == "https://127.0.0.1:20002", path


@pytest.mark.parametrize("program", PROGRAMS)
def test_no_program_is_told_to_listen_beyond_loopback(program: str) -> None:
    told = " ".join(arguments(program, port=20001))
    assert "=0.0.0.0" not in told
    if program.startswith("kube-"):
        assert "--bind-address=127.0.0.1" in told


def test_every_named_file_is_there(folder: Path) -> None:
    for program in PROGRAMS:
        for argument in arguments(program, port=20001):
            _, _, value = argument.partition("=")
            if value.startswith(("pki/", "config/")):
                assert (folder / value).is_file(), argument


def test_api_server_takes_no_one_without_a_certificate() -> None:
    told = arguments("kube-apiserver", port=20001)
    assert {"--anonymous-auth=false", "--authorization-mode=RBAC"} <= set(told)
    assert not [argument for argument in told if "token-auth-file" in argument or "insecure" in argument]


def test_services_and_nodes_lie_in_loopback_and_pods_in_no_network_of_anybody() -> None:
    services = ipaddress.ip_network(SERVICE_NETWORK)
    node = ipaddress.ip_address(f"{NODE_NETWORK}.0.1")

    assert services.is_loopback
    assert node.is_loopback
    assert node not in services
    assert ipaddress.ip_network(POD_NETWORK).is_reserved


def test_stages_are_the_kinds_that_the_simulator_has_rights_on(folder: Path) -> None:
    stages = list(yaml.safe_load_all((folder / "config/stages.yaml").read_text()))

    assert {stage["spec"]["resourceRef"]["kind"] for stage in stages} == {
        "Node",
        "Pod",
        "Service",
        "PersistentVolumeClaim",
        "PersistentVolume",
    }
    assert len({stage["metadata"]["name"] for stage in stages}) == len(stages)
