from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.kube.connection import Identity, Trust
from fairlead.adapters.kube.in_cluster import in_cluster_connection, is_in_cluster
from fairlead.model.errors import InputError


@pytest.fixture
def account(tmp_path: Path) -> Path:
    for name, text in (("token", "t"), ("ca.crt", "pem"), ("namespace", "own\n")):
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_pod_uses_its_service_account(account: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "6443"}
    assert is_in_cluster(environ, folder=account)
    connection = in_cluster_connection(environ=environ, folder=account)
    assert (connection.server, connection.namespace) == ("https://10.96.0.1:6443", "own")
    assert connection.trust == Trust(authorities=b"pem")
    assert connection.identity == Identity(token_file=account / "token")


def test_ipv6_stands_in_brackets(account: Path) -> None:
    connection = in_cluster_connection(environ={"KUBERNETES_SERVICE_HOST": "fd00::1"}, folder=account)
    assert connection.server == "https://[fd00::1]:443"


def test_a_token_alone_makes_no_pod(account: Path) -> None:
    assert not is_in_cluster({}, folder=account)


def test_a_service_account_without_authority_is_told(account: Path) -> None:
    (account / "ca.crt").unlink()
    with pytest.raises(InputError, match="cannot read the service account"):
        in_cluster_connection(environ={"KUBERNETES_SERVICE_HOST": "10.96.0.1"}, folder=account)
