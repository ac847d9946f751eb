"""Secrets of type kubernetes.io/tls: PEM in base64 -> certificates as data. The private key is read to tell whether it
belongs to the certificate, and goes nowhere."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from fairlead.formats.json_data import dig_map, dig_text
from fairlead.model.certificate import Certificate, TlsSecret
from fairlead.model.objects import ref_of
from fairlead.model.secret import SecretText


def read_tls_secret(manifest: Mapping[str, Any]) -> TlsSecret:
    """What *manifest* holds; what cannot be read of it is a fault, never an error."""
    data = dig_map(manifest, "data")
    faults: list[str] = []
    chain = _certificates(dig_text(data, "tls.crt"), "tls.crt", faults)
    authorities = _certificates(dig_text(data, "ca.crt"), "ca.crt", faults) if data.get("ca.crt") else ()
    return TlsSecret(
        ref=ref_of(manifest),
        chain=tuple(_describe(each) for each in chain),
        authorities=tuple(_describe(each) for each in authorities),
        key_digest=_key_digest(_secret_text(dig_text(data, "tls.key")), faults),
        unsigned=_unsigned(chain),
        faults=tuple(faults),
    )


def _certificates(encoded: str, name: str, faults: list[str]) -> Sequence[x509.Certificate]:
    try:
        found = x509.load_pem_x509_certificates(base64.b64decode(encoded, validate=True))
        # Parsed lazily: what is asked of them later must not fail there.
        for certificate in found:
            _describe(certificate)
    except (binascii.Error, ValueError, UnsupportedAlgorithm, x509.DuplicateExtension) as err:
        faults.append(f"{name} holds no certificate that can be read: {str(err).splitlines()[0] if str(err) else err}")
        return ()
    return found


def _secret_text(encoded: str) -> SecretText:
    try:
        return SecretText(base64.b64decode(encoded, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        return SecretText("")


def _key_digest(key: SecretText, faults: list[str]) -> str:
    try:
        found = load_pem_private_key(key.reveal().encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's words may quote what it read.
        faults.append("tls.key holds no private key that can be read")
        return ""
    return _digest_of(found.public_key())


def _digest_of(key: PublicKeyTypes) -> str:
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _unsigned(chain: Sequence[x509.Certificate]) -> tuple[int, ...]:
    return tuple(at for at in range(len(chain) - 1) if not _has_signed(chain[at + 1], chain[at]))


def _has_signed(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def _describe(certificate: x509.Certificate) -> Certificate:
    names, addresses = _alternative_names(certificate)
    kind, bits, digest = _public_key(certificate)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        names=names,
        addresses=addresses,
        key=kind,
        key_bits=bits,
        key_digest=digest,
        signature_hash=_signature_hash(certificate),
        is_authority=_is_authority(certificate),
    )


def _alternative_names(certificate: x509.Certificate) -> tuple[tuple[str, ...], tuple[str, ...]]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return (), ()
    names = tuple(name.lower() for name in found.get_values_for_type(x509.DNSName))
    return names, tuple(str(address) for address in found.get_values_for_type(x509.IPAddress))


def _public_key(certificate: x509.Certificate) -> tuple[str, int, str]:
    """Its kind, its size in bits where that says how strong it is, and its digest."""
    key = certificate.public_key()
    match key:
        case rsa.RSAPublicKey():
            return "RSA", key.key_size, _digest_of(key)
        case ec.EllipticCurvePublicKey():
            return "EC", key.curve.key_size, _digest_of(key)
        case _:
            return type(key).__name__.removesuffix("PublicKey"), 0, _digest_of(key)


def _signature_hash(certificate: x509.Certificate) -> str:
    try:
        found = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return certificate.signature_algorithm_oid.dotted_string
    return found.name if found else ""


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False
