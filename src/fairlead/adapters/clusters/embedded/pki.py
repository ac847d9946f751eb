"""The certificates of an embedded cluster: two authorities and one leaf for each who speaks.

Everything is made once, with the cluster, and dies with its folder: no key leaves the folder, so nothing is renewed.
"""

from __future__ import annotations

import ipaddress
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from fairlead.model.frozen import dataclass

_VALID_FOR = timedelta(days=3650)
_BACKDATED = timedelta(minutes=5)

SERVICE_NETWORK = "127.96.0.0/16"
"""Services live inside loopback: nobody serves them, so a call is refused at once and never leaves the machine."""

Clients = Mapping[str, tuple[str, Sequence[str]]]
"""Who holds a client certificate: file name → (user, groups)."""

_API_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")

CLIENTS: Clients = {
    "admin": ("fairlead-admin", ("system:masters",)),
    "kube-controller-manager": ("system:kube-controller-manager", ()),
    "kube-scheduler": ("system:kube-scheduler", ()),
    "kwok": ("fairlead:simulator", ()),
}
"""Of a cluster with simulated nodes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def key_pem(self) -> bytes:
        return _key_pem(self.key)


def make_pki(
    folder: Path,
    *,
    now: datetime,
    clients: Clients = CLIENTS,
    services: str = SERVICE_NETWORK,
    addresses: Iterable[str] = (),
) -> None:
    """Fill *folder* with `NAME.crt` and `NAME.key` files (0600), all or nothing; one that exists is left as it is.

    The API server answers at 127.0.0.1, the first address of *services* and *addresses*.
    """
    at = ("127.0.0.1", str(next(ipaddress.IPv4Network(services).hosts())), *addresses)
    _fill(folder, lambda: _all_files(now, clients=clients, addresses=at))


def make_node_pki(folder: Path, *, cluster: Path, name: str, address: str, now: datetime) -> None:
    """As `make_pki`: what the kubelet *name* at *address* speaks and answers with; *cluster* is the cluster's PKI."""

    def files() -> dict[str, bytes]:
        authority = _load(cluster, "ca")
        client = make_client(authority, user=f"system:node:{name}", groups=("system:nodes",), now=now)
        server = make_server(authority, name=name, names=(name,), addresses=(address,), now=now)
        return {**_pair_files("kubelet", client), **_pair_files("kubelet-server", server)}

    _fill(folder, files)


def _fill(folder: Path, files: Callable[[], dict[str, bytes]]) -> None:
    if folder.exists():
        return
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    for name, content in files().items():
        write_private(unfinished / name, content)
    unfinished.rename(folder)


def write_private(path: Path, content: bytes) -> None:
    """Replace a file by one that only its owner can read; a reader sees the old or the new content, never a part."""
    unfinished = path.with_name(f"{path.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    unfinished.touch(mode=0o600)
    unfinished.write_bytes(content)
    unfinished.replace(path)


def make_authority(name: str, *, now: datetime) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = _builder(subject, issuer=subject, key=key, now=now)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(is_authority=True), critical=True)
    return Pair(certificate=builder.sign(key, hashes.SHA256()), key=key)


def make_client(authority: Pair, *, user: str, groups: Sequence[str], now: datetime) -> Pair:
    return _leaf(authority, _subject(user, groups), ExtendedKeyUsageOID.CLIENT_AUTH, now=now)


def make_server(authority: Pair, *, name: str, names: Iterable[str], addresses: Iterable[str], now: datetime) -> Pair:
    """A serving certificate for all of *names* and *addresses*."""
    ips = map(ipaddress.IPv4Address, addresses)
    alternatives = [*map(x509.DNSName, names), *map(x509.IPAddress, ips)]
    return _leaf(
        authority,
        _subject(name, ()),
        ExtendedKeyUsageOID.SERVER_AUTH,
        now=now,
        names=x509.SubjectAlternativeName(alternatives),
    )


def _all_files(now: datetime, *, clients: Clients, addresses: Iterable[str]) -> dict[str, bytes]:
    authority = make_authority("fairlead-cluster-ca", now=now)
    front = make_authority("fairlead-front-proxy-ca", now=now)
    server = make_server(authority, name="apiserver", names=_API_NAMES, addresses=addresses, now=now)
    pairs = {"ca": authority, "front-proxy-ca": front, "apiserver": server}
    pairs["front-proxy-client"] = make_client(front, user="front-proxy-client", groups=(), now=now)
    for name, (user, groups) in clients.items():
        pairs[name] = make_client(authority, user=user, groups=groups, now=now)
    signer = ec.generate_private_key(ec.SECP256R1())
    files = {"service-account.key": _key_pem(signer), "service-account.pub": _public_pem(signer)}
    for name, pair in pairs.items():
        files |= _pair_files(name, pair)
    return files


def _pair_files(name: str, pair: Pair) -> dict[str, bytes]:
    return {f"{name}.crt": pair.certificate_pem(), f"{name}.key": pair.key_pem()}


def _load(folder: Path, name: str) -> Pair:
    key = serialization.load_pem_private_key((folder / f"{name}.key").read_bytes(), password=None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return Pair(certificate=x509.load_pem_x509_certificate((folder / f"{name}.crt").read_bytes()), key=key)


def _leaf(
    authority: Pair,
    subject: x509.Name,
    purpose: x509.ObjectIdentifier,
    *,
    now: datetime,
    names: x509.SubjectAlternativeName | None = None,
) -> Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(subject, issuer=authority.certificate.subject, key=key, now=now)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(is_authority=False), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False
    )
    if names:
        builder = builder.add_extension(names, critical=False)
    return Pair(certificate=builder.sign(authority.key, hashes.SHA256()), key=key)


def _builder(
    subject: x509.Name, *, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _VALID_FOR)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _subject(user: str, groups: Sequence[str]) -> x509.Name:
    # Kubernetes reads groups from O and the user from CN.
    organizations = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, group) for group in groups]
    return x509.Name([*organizations, x509.NameAttribute(NameOID.COMMON_NAME, user)])


def _usage(*, is_authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _public_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
