"""The rules about certificates, on data: what is found, with which severity, and what is not."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from fairlead.model.certificate import Certificate, ServedHosts, TlsSecret
from fairlead.model.environment import CertificateWindows
from fairlead.model.finding import Severity
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.certificate_chain import check_chain
from fairlead.planning.rules.certificate_expiry import check_expiry
from fairlead.planning.rules.certificate_hosts import check_hosts, covers
from fairlead.planning.rules.certificate_key import check_key
from fairlead.planning.rules.certificate_strength import check_strength

NOW = datetime(2026, 5, 4, tzinfo=UTC)
LEAF = Certificate(
    subject="CN=web",
    issuer="CN=root",
    not_before=NOW - timedelta(days=1),
    not_after=NOW + timedelta(days=90),
    names=("web.example.test", "*.apps.example.test"),
    addresses=("10.0.0.1",),
    key="EC",
    key_bits=256,
    key_digest="a",
    signature_hash="sha256",
)
ISSUER = replace(LEAF, subject="CN=root", key_digest="b", is_authority=True)
SECRET = TlsSecret(ref=ObjectRef(kind="Secret", namespace="shop", name="web"), chain=(LEAF, ISSUER), key_digest="a")


def ending(**left: float) -> TlsSecret:
    return replace(SECRET, chain=(replace(LEAF, not_after=NOW + timedelta(**left)), ISSUER))


@pytest.mark.parametrize(
    ("secret", "found"),
    [
        (SECRET, []),
        (ending(days=30), []),
        (ending(days=29), [(Severity.WARNING, "the certificate CN=web expires on 2026-06-02, in 29 days")]),
        (ending(days=7), [(Severity.WARNING, "the certificate CN=web expires on 2026-05-11, in 7 days")]),
        (ending(days=6, hours=23), [(Severity.ERROR, "the certificate CN=web expires on 2026-05-10, in 6 days")]),
        (ending(hours=5), [(Severity.ERROR, "the certificate CN=web expires on 2026-05-04, in 5 hours")]),
        (ending(days=-1), [(Severity.ERROR, "the certificate CN=web expired on 2026-05-03, 1 day ago")]),
        (
            replace(SECRET, chain=(replace(LEAF, not_before=NOW + timedelta(hours=1)), ISSUER)),
            [(Severity.ERROR, "the certificate CN=web is not valid before 2026-05-04 01:00 UTC")],
        ),
        (
            replace(SECRET, chain=(LEAF, replace(ISSUER, not_after=NOW - timedelta(days=3)))),
            [(Severity.ERROR, "certificate 2 of its chain CN=root expired on 2026-05-01, 3 days ago")],
        ),
        (
            replace(SECRET, chain=(LEAF,), authorities=(replace(ISSUER, not_after=NOW + timedelta(days=8)),)),
            [(Severity.WARNING, "the authority in ca.crt CN=root expires on 2026-05-12, in 8 days")],
        ),
    ],
)
def test_expiry(secret: TlsSecret, found: list[tuple[Severity, str]]) -> None:
    findings = check_expiry(secret, now=NOW, windows=CertificateWindows())
    assert [(finding.severity, finding.message) for finding in findings] == found
    assert all(finding.ref == secret.ref and finding.hint for finding in findings)


def test_windows_are_the_environment_s() -> None:
    windows = CertificateWindows(warn_under_seconds=100 * 86400, fail_under_seconds=95 * 86400)
    assert [f.severity for f in check_expiry(SECRET, now=NOW, windows=windows)] == [Severity.ERROR, Severity.ERROR]


@pytest.mark.parametrize(
    ("secret", "message"),
    [
        (replace(SECRET, key_digest="z"), "tls.key does not belong to the certificate in tls.crt"),
        (replace(SECRET, key_digest="b"), "tls.key belongs to certificate 2 of tls.crt, not to the first"),
        (replace(SECRET, chain=(), faults=("tls.crt is empty",)), "tls.crt is empty"),
    ],
)
def test_a_pair_that_is_none_is_found(secret: TlsSecret, message: str) -> None:
    assert [finding.message for finding in check_key(secret)] == [message]


def test_a_pair_has_no_fault() -> None:
    assert check_key(SECRET) == ()


def test_a_gap_in_the_chain_is_found() -> None:
    (finding,) = check_chain(replace(SECRET, unsigned=(0,)))
    assert finding.message == "certificate 1 of tls.crt (CN=web) is not signed by the next one (CN=root)"
    assert check_chain(SECRET) == ()


@pytest.mark.parametrize(
    ("weak", "message"),
    [
        (replace(LEAF, key="RSA", key_bits=1024), "the key of the certificate is weak: RSA 1024"),
        (replace(LEAF, key_bits=192), "the key of the certificate is weak: EC 192"),
        (replace(LEAF, key="DSA", key_bits=0), "the key of the certificate is weak: DSA"),
        (replace(LEAF, signature_hash="sha1"), "the certificate is signed with SHA1, which can be forged"),
    ],
)
def test_weak_keys_and_signatures_are_found(weak: Certificate, message: str) -> None:
    assert [f.message for f in check_strength(replace(SECRET, chain=(weak,)))] == [message]


@pytest.mark.parametrize(
    "strong",
    [
        LEAF,
        replace(LEAF, key="RSA", key_bits=2048),
        replace(LEAF, key="Ed25519", key_bits=0, signature_hash=""),
        replace(ISSUER, signature_hash="sha1", issuer="CN=root"),
    ],
)
def test_strong_keys_and_the_signature_of_a_root_have_no_fault(strong: Certificate) -> None:
    assert check_strength(replace(SECRET, chain=(strong,))) == ()


@pytest.mark.parametrize(
    ("host", "is_covered"),
    [
        ("web.example.test", True),
        ("WEB.example.test.", True),
        ("example.test", False),
        ("a.apps.example.test", True),
        ("a.b.apps.example.test", False),
        ("apps.example.test", False),
        ("*.apps.example.test", True),
        ("*.example.test", False),
        (".apps.example.test", False),
        ("10.0.0.1", True),
        ("10.0.0.2", False),
    ],
)
def test_names_cover_hosts_as_rfc_6125_says(host: str, is_covered: bool) -> None:
    assert covers(LEAF, host) is is_covered


def test_hosts_of_other_secrets_are_not_asked_of_this_one() -> None:
    ingress = ObjectRef(group="networking.k8s.io", kind="Ingress", namespace="shop", name="web")
    elsewhere = replace(SECRET.ref, name="other")
    served = [
        ServedHosts(owner=ingress, secret=SECRET.ref, hosts=("web.example.test", "shop.example.test")),
        ServedHosts(owner=ingress, secret=elsewhere, hosts=("pages.example.test",)),
    ]
    (finding,) = check_hosts(SECRET, served)
    assert finding.ref == ingress
    assert finding.message == (
        "serves shop.example.test with the certificate of Secret shop/web, "
        "which is for web.example.test, *.apps.example.test, 10.0.0.1"
    )
