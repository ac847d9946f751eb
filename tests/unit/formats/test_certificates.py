from __future__ import annotations

import base64
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.certificates import read_tls_secret
from fairlead.model.objects import ObjectRef
from tls_material import make_certificate, tls_secret

NOW = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
ROOT = make_certificate("root", is_authority=True)
MIDDLE = make_certificate("middle", issuer=ROOT, is_authority=True)
LEAF = make_certificate(
    "web", hosts=["Web.example.test", "*.example.test", "10.0.0.1", "::1"], issuer=MIDDLE, now=NOW, days=2
)


def test_a_chain_is_read_with_what_the_rules_ask_of_it() -> None:
    found = read_tls_secret(tls_secret("web", LEAF, MIDDLE, namespace="shop", ca=ROOT))
    assert (found.faults, found.unsigned) == ((), ())
    assert found.ref == ObjectRef(kind="Secret", namespace="shop", name="web")
    leaf, middle = found.chain
    assert (leaf.subject, leaf.issuer, leaf.names) == ("CN=web", "CN=middle", ("web.example.test", "*.example.test"))
    assert leaf.addresses == ("10.0.0.1", "::1")
    assert (leaf.key, leaf.key_bits, leaf.signature_hash) == ("EC", 256, "sha256")
    assert leaf.key_digest == found.key_digest != middle.key_digest
    assert leaf.not_after == datetime(2026, 5, 6, 3, 2, 1, tzinfo=UTC)
    assert (leaf.is_authority, middle.is_authority) == (False, True)
    assert [each.subject for each in found.authorities] == ["CN=root"]


def test_the_size_of_an_rsa_key_is_said() -> None:
    made = make_certificate("old", key=rsa.generate_private_key(public_exponent=65537, key_size=1024))
    (found,) = read_tls_secret(tls_secret("old", made)).chain
    assert (found.key, found.key_bits) == ("RSA", 1024)


def test_what_the_next_certificate_did_not_sign_is_named_by_its_place() -> None:
    assert read_tls_secret(tls_secret("web", LEAF, ROOT, MIDDLE)).unsigned == (0, 1)


def test_an_issuer_of_the_same_name_with_another_key_has_not_signed() -> None:
    other = make_certificate("middle", issuer=ROOT, is_authority=True)
    assert read_tls_secret(tls_secret("web", LEAF, other)).unsigned == (0,)


@pytest.mark.parametrize("content", [b"", b"no PEM", LEAF.pem[:200], LEAF.key_pem])
def test_what_is_no_certificate_is_a_fault(content: bytes) -> None:
    secret = tls_secret("web", LEAF)
    secret["data"]["tls.crt"] = base64.b64encode(content).decode()
    found = read_tls_secret(secret)
    assert not found.chain
    assert any(fault.startswith("tls.crt holds no certificate") for fault in found.faults)


@pytest.mark.parametrize(
    "content", [b"", b"-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n", LEAF.pem]
)
def test_what_is_no_key_is_a_fault_that_quotes_nothing(content: bytes) -> None:
    found = read_tls_secret(tls_secret("web", LEAF, key=content))
    assert found.faults == ("tls.key holds no private key that can be read",)


@given(st.dictionaries(st.sampled_from(["tls.crt", "tls.key", "ca.crt"]), st.text() | st.none() | st.integers()))
def test_any_data_is_read_or_a_fault(data: dict[str, object]) -> None:
    found = read_tls_secret({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x"}, "data": data})
    assert found.faults


def test_nothing_of_a_private_key_is_kept() -> None:
    text = repr(read_tls_secret(tls_secret("web", LEAF, MIDDLE)))
    body = LEAF.key_pem.decode().splitlines()[1]
    assert body not in text
    assert base64.b64encode(LEAF.key_pem).decode()[:40] not in text
