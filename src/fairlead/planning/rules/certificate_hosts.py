"""Hosts that are served with a certificate which does not name them: every browser refuses those."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

from fairlead.model.certificate import Certificate, ServedHosts, TlsSecret
from fairlead.model.finding import Finding


def check_hosts(secret: TlsSecret, served: Iterable[ServedHosts]) -> tuple[Finding, ...]:
    if not secret.chain:
        return ()
    shown = secret.chain[0]
    return tuple(
        Finding(
            rule="certificate/hosts",
            message=f"serves {host} with the certificate of {secret.ref}, which is for {_names(shown)}",
            hint=f"add {host} to the certificate's names, or name another Secret",
            ref=each.owner,
        )
        for each in served
        if each.secret == secret.ref
        for host in each.hosts
        if not covers(shown, host)
    )


def covers(certificate: Certificate, host: str) -> bool:
    """RFC 6125: a `*` stands for exactly one whole first label; the common name does not count."""
    wanted = host.lower().rstrip(".")
    if _is_address(wanted):
        return wanted in certificate.addresses
    return any(_matches(name, wanted) for name in certificate.names)


def _matches(name: str, host: str) -> bool:
    if name == host:
        return True
    first, _, rest = host.partition(".")
    return name.startswith("*.") and bool(first) and first != "*" and rest == name[2:]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _names(certificate: Certificate) -> str:
    found = (*certificate.names, *certificate.addresses)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"{', '.join(found[:3])}{more}" if found else "no host at all"
