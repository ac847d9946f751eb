"""TLS Secrets that cannot be used: no certificate, no key, or a key of another certificate."""

from __future__ import annotations

from fairlead.model.certificate import TlsSecret
from fairlead.model.finding import Finding

_HINT = "write certificate and key of one pair into the Secret; ingress controllers serve their own default until then"


def check_key(secret: TlsSecret) -> tuple[Finding, ...]:
    faults = list(secret.faults)
    if secret.chain and secret.key_digest and secret.chain[0].key_digest != secret.key_digest:
        faults.append(_other_key(secret))
    return tuple(Finding(rule="certificate/key", message=fault, hint=_HINT, ref=secret.ref) for fault in faults)


def _other_key(secret: TlsSecret) -> str:
    for place, certificate in enumerate(secret.chain):
        if certificate.key_digest == secret.key_digest:
            return f"tls.key belongs to certificate {place + 1} of tls.crt, not to the first"
    return "tls.key does not belong to the certificate in tls.crt"
