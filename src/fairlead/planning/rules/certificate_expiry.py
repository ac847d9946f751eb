"""Certificates that are over, end soon, or have not begun: each of the chain, and the authorities beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from fairlead.model.certificate import Certificate, TlsSecret
from fairlead.model.environment import DAY_SECONDS, CertificateWindows
from fairlead.model.finding import Finding, Severity

_RENEW = "renew it: delete the Secret where something issues it, else replace tls.crt and tls.key"


def check_expiry(secret: TlsSecret, *, now: datetime, windows: CertificateWindows) -> tuple[Finding, ...]:
    """The conditions of a Certificate resource are not asked: an expired one may still say Ready."""
    return tuple(_findings(secret, now, windows))


def _findings(secret: TlsSecret, now: datetime, windows: CertificateWindows) -> Iterator[Finding]:
    for place, certificate in enumerate(secret.chain):
        what = "the certificate" if place == 0 else f"certificate {place + 1} of its chain"
        yield from _judge(secret, certificate, what, now, windows)
    for certificate in secret.authorities:
        if certificate not in secret.chain:
            yield from _judge(secret, certificate, "the authority in ca.crt", now, windows)


def _judge(
    secret: TlsSecret, certificate: Certificate, what: str, now: datetime, windows: CertificateWindows
) -> Iterator[Finding]:
    who = f"{what} {certificate.subject}" if certificate.subject else what
    left = (certificate.not_after - now).total_seconds()
    if certificate.not_before > now:
        yield _finding(secret, f"{who} is not valid before {certificate.not_before:%Y-%m-%d %H:%M} UTC")
    if left <= 0:
        yield _finding(secret, f"{who} expired on {_day(certificate)}, {_days(-left)} ago")
    elif left < windows.fail_under_seconds:
        yield _finding(secret, f"{who} expires on {_day(certificate)}, in {_days(left)}")
    elif left < windows.warn_under_seconds:
        yield _finding(secret, f"{who} expires on {_day(certificate)}, in {_days(left)}", severity=Severity.WARNING)


def _finding(secret: TlsSecret, message: str, *, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule="certificate/expiry", message=message, hint=_RENEW, severity=severity, ref=secret.ref)


def _day(certificate: Certificate) -> str:
    return f"{certificate.not_after:%Y-%m-%d}"


def _days(seconds: float) -> str:
    if seconds < DAY_SECONDS:
        return f"{seconds / 3600:.0f} hours"
    days = int(seconds // DAY_SECONDS)
    return f"{days} day{'' if days == 1 else 's'}"
