"""Certificates made for tests: real keys, real signatures, any fault."""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey


@dataclass(frozen=True, kw_only=True)
class Made:
    certificate: x509.Certificate
    key: Key

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def key_pem(self) -> bytes:
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def make_certificate(
    name: str,
    *,
    hosts: Sequence[str] = (),
    issuer: Made | None = None,
    key: Key | None = None,
    now: datetime | None = None,
    days: float = 90,
    age: float = 1,
    is_authority: bool = False,
) -> Made:
    """Valid from *age* days before *now* for *days* days after it."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    now = now or datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=age))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
    )
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
    signed = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    return Made(certificate=signed, key=key)


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def tls_secret(
    name: str, *chain: Made, namespace: str = "", key: bytes | None = None, ca: Made | None = None
) -> dict[str, Any]:
    """A TLS Secret as a manifest; the key is that of the first certificate unless it is given."""
    data = {
        "tls.crt": b"".join(each.pem for each in chain),
        "tls.key": chain[0].key_pem if key is None and chain else key or b"",
        **({"ca.crt": ca.pem} if ca else {}),
    }
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, **({"namespace": namespace} if namespace else {})},
        "type": "kubernetes.io/tls",
        "data": {key: base64.b64encode(value).decode() for key, value in data.items()},
    }
