from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store

from fairlead.adapters.clusters.embedded.pki import make_pki, write_private

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cluster") / "pki"
    make_pki(folder, now=NOW)
    return folder


def certificate(pki: Path, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate((pki / f"{name}.crt").read_bytes())


def names(pki: Path, name: str, oid: x509.ObjectIdentifier) -> list[str | bytes]:
    return [attribute.value for attribute in certificate(pki, name).subject.get_attributes_for_oid(oid)]


def test_admin_is_in_the_group_of_masters(pki: Path) -> None:
    assert names(pki, "admin", NameOID.ORGANIZATION_NAME) == ["system:masters"]


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler"])
def test_component_has_the_user_its_bootstrap_role_is_bound_to(pki: Path, name: str) -> None:
    assert names(pki, name, NameOID.COMMON_NAME) == [f"system:{name}"]


@pytest.mark.parametrize("name", ["kube-controller-manager", "kube-scheduler", "kwok", "front-proxy-client"])
def test_nobody_but_the_admin_is_in_a_group(pki: Path, name: str) -> None:
    assert names(pki, name, NameOID.ORGANIZATION_NAME) == []


def test_serving_certificate_is_valid_for_loopback(pki: Path) -> None:
    store = Store([certificate(pki, "ca")])
    for subject in (x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))):
        verifier = PolicyBuilder().store(store).time(NOW).build_server_verifier(subject)
        assert len(verifier.verify(certificate(pki, "apiserver"), [])) == 2


@pytest.mark.parametrize("name", ["admin", "kube-controller-manager", "kube-scheduler", "kwok", "front-proxy-client"])
def test_client_certificate_cannot_serve(pki: Path, name: str) -> None:
    usage = certificate(pki, name).extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(usage) == [ExtendedKeyUsageOID.CLIENT_AUTH]


def test_front_proxy_has_an_authority_of_its_own(pki: Path) -> None:
    client = certificate(pki, "front-proxy-client")
    client.verify_directly_issued_by(certificate(pki, "front-proxy-ca"))
    with pytest.raises(ValueError, match="does not match certificate issuer"):
        client.verify_directly_issued_by(certificate(pki, "ca"))


def test_every_key_belongs_to_its_certificate(pki: Path) -> None:
    for path in pki.glob("*.crt"):
        key = serialization.load_pem_private_key(path.with_suffix(".key").read_bytes(), password=None)
        assert key.public_key() == certificate(pki, path.stem).public_key(), path.stem


def test_all_files_are_private(pki: Path) -> None:
    assert {path.stat().st_mode & 0o777 for path in pki.iterdir()} == {0o600}
    assert pki.stat().st_mode & 0o777 == 0o700


def test_existing_certificates_are_kept(pki: Path) -> None:
    before = certificate(pki, "ca")
    make_pki(pki, now=NOW)
    assert certificate(pki, "ca") == before


def test_rest_of_a_crash_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "pki.unfinished").mkdir()
    (tmp_path / "pki.unfinished/ca.key").write_text("half a k")

    make_pki(tmp_path / "pki", now=NOW)
    assert [path.name for path in tmp_path.iterdir()] == ["pki"]


def test_file_that_others_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("old")
    path.chmod(0o644)

    write_private(path, b"new")
    assert (path.stat().st_mode & 0o777, path.read_text()) == (0o600, "new")
