"""Chains in a wrong order, or with a gap: clients that do not know the missing issuer refuse them."""

from __future__ import annotations

from fairlead.model.certificate import TlsSecret
from fairlead.model.finding import Finding


def check_chain(secret: TlsSecret) -> tuple[Finding, ...]:
    """Each certificate must be signed by the next. The root may be left out, so a chain of one has no fault."""
    return tuple(
        Finding(
            rule="certificate/chain",
            message=f"certificate {place + 1} of tls.crt ({secret.chain[place].subject}) is not signed by the next one "
            f"({secret.chain[place + 1].subject})",
            hint="write the server's certificate first, then its issuer, then that one's",
            ref=secret.ref,
        )
        for place in secret.unsigned
    )
