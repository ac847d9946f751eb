"""Keys and signatures that can be broken: RSA below 2048 bits, curves below 256, MD5 and SHA-1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.model.certificate import Certificate, TlsSecret
from fairlead.model.finding import Finding

LEAST_BITS: Final = {"RSA": 2048, "EC": 256, "DSA": 1 << 20}
"""DSA is refused at any size: no client of today takes it."""

WEAK_HASHES: Final = frozenset({"md5", "sha1", "md4", "md2"})


def check_strength(secret: TlsSecret) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            rule="certificate/strength",
            message=fault,
            hint="issue it anew, with a key of at least 2048 bits (RSA) or 256 bits (EC), signed with SHA-256",
            ref=secret.ref,
        )
        for place, certificate in enumerate(secret.chain)
        for fault in _faults(place, certificate)
    )


def _faults(place: int, certificate: Certificate) -> Iterator[str]:
    who = "the certificate" if place == 0 else f"certificate {place + 1} of its chain"
    least = LEAST_BITS.get(certificate.key)
    if least is not None and certificate.key_bits < least:
        yield f"the key of {who} is weak: {certificate.key} {certificate.key_bits or ''}".rstrip()
    # Nobody verifies the signature of a root: it is trusted by itself.
    if certificate.signature_hash in WEAK_HASHES and not certificate.is_self_issued:
        yield f"{who} is signed with {certificate.signature_hash.upper()}, which can be forged"
