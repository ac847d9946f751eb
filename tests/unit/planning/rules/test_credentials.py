"""Credentials in clear. What must not be one is as long a list as what must."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.finding import Severity
from fairlead.planning.rules.credential_shapes import is_credential
from fairlead.planning.rules.credentials import check_document, check_settings, check_text

RANDOM = "q7Zx9Lm2Wp4Tn8vK3R6d"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", "s3same-open"),
        ("adminPassword", "prom-operator"),
        ("DB_PASS", "Tr0ub4dor"),
        ("rootpassword", "correct horse battery"),
        ("token", RANDOM),
        ("apiKey", RANDOM),
        ("client_secret", RANDOM),
    ],
)
def test_a_real_text_under_such_a_name_is_one(name: str, value: str) -> None:
    assert is_credential(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("password", ""),
        ("password", "changeme"),
        ("password", "CHANGE_ME_PLEASE"),
        ("password", "${DB_PASSWORD}"),
        ("password", "{{ .Values.password }}"),
        ("password", "$(PASSWORD)"),
        ("password", "<your password>"),
        ("password", "ENC[AES256_GCM,data:abc,type:str]"),
        ("password", "ref+vault://secret/db"),
        ("password", "DB_PASSWORD"),
        ("adminPassword", "admin-password"),
        ("secret", "grafana-admin"),
        ("secret", "webhook-server-cert"),
        ("token", "/var/run/secrets/token"),
        ("token", "bootstrap"),
        ("existingSecret", RANDOM[:8]),
        ("passwordKey", "s3same-open"),
        ("secretName", RANDOM),
        ("compass", "north-north-west"),
        ("bypass", "everything-below"),
        ("username", "s3same-open"),
    ],
)
def test_a_reference_a_placeholder_or_another_name_is_none(name: str, value: str) -> None:
    assert not is_credential(name, value)


def found(data: dict[str, object]) -> list[tuple[object, ...]]:
    return [path for path, _ in check_document(data)]


def test_a_variable_of_a_container_is_looked_at_by_its_name() -> None:
    variables = [{"name": "DB_PASSWORD", "value": "s3same-open"}, {"name": "HOST", "value": "s3same-open"}]
    assert found({"env": variables}) == [("env", 0, "value")]


def test_references_are_none() -> None:
    reference = {"name": "shop", "key": "password", "password": "s3same-open"}
    assert found({"env": [{"name": "PASSWORD", "valueFrom": {"secretKeyRef": reference}}]}) == []


def test_a_secret_is_one_finding_and_base64_hides_nothing() -> None:
    data = {"password": base64.b64encode(b"s3same-open").decode(), "user": base64.b64encode(b"shop").decode()}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "shop"}, "data": data}
    ((path, finding),) = check_document(secret)
    assert path == ("data", "password")
    assert finding.message == "the Secret shop is in clear: password"


def test_a_secret_that_only_configures_is_none() -> None:
    text = "route:\n  receiver: none\n"
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "a"},
        "stringData": {"alertmanager.yaml": text},
    }
    assert found(secret) == []
    secret["stringData"] = {"alertmanager.yaml": text + "smtp_auth_password: s3same-open\n"}
    assert found(secret) == [("stringData", "alertmanager.yaml")]


@pytest.mark.parametrize("kind", ["SealedSecret", "ExternalSecret", "CustomResourceDefinition"])
def test_what_is_encrypted_elsewhere_or_only_describes_is_none(kind: str) -> None:
    assert found({"kind": kind, "spec": {"password": "s3same-open"}}) == []


def test_a_file_of_sops_is_none() -> None:
    assert found({"sops": {}, "password": "s3same-open"}) == []


def test_a_literal_of_a_generator_is_one() -> None:
    generator = {"name": "shop", "literals": ["user=shop", "password=s3same-open"]}
    assert found({"secretGenerator": [generator]}) == [("secretGenerator", 0, "literals", 1)]


SHAPES = {
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\n" + "MIIE" * 12,
    "an AWS access key": "AKIA" + "QWERTYUIOPASDFGH",
    "a GitHub token": "ghp_" + "a1B2" * 9,
    "a GitLab token": "glpat-" + RANDOM,
    "an age key": "AGE-SECRET-KEY-1" + "QPZRY9X8GF" * 5 + "2TVDW0S3",
    "a Google API key": "AIza" + "Sy" * 17 + "x",
}


@pytest.mark.parametrize("what", SHAPES)
def test_what_is_one_by_its_shape_is_an_error_at_its_place(what: str) -> None:
    (finding,) = check_text(f"first\nx: {SHAPES[what]}\n", file="a.txt")
    assert (finding.message, finding.severity) == (f"{what} stands here in clear", "error")
    assert str(finding.location) == "a.txt:2:4"


@pytest.mark.parametrize(
    "text", ["AKIAIOSFODNN7EXAMPLE", "-----BEGIN PRIVATE KEY-----\n...\n", "ghp_xxx", "-----BEGIN CERTIFICATE-----"]
)
def test_an_example_of_one_is_none(text: str) -> None:
    assert [*check_text(text, file="a")] == []


@given(st.text(alphabet="abcdefXYZ0123456789+/=_.!", min_size=6, max_size=40))
def test_no_message_shows_a_value(value: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "n"}, "stringData": {"password": value}}
    said = [f.message + f.hint for d in (secret, {"token": value, "password": value}) for _, f in check_document(d)]
    words = {
        "the Secret n is in clear: password",
        "token is a credential in clear",
        "password is a credential in clear",
    }
    assert {text.partition("take it")[0] for text in said} <= words


def test_files_of_settings_are_looked_at_by_the_names_in_them() -> None:
    text = 'region = "eu"\ndb_password = "s3same-open"\n# old_password = "s3same-open"\nDB_PASSWORD=${DB_PASSWORD}\n'
    (finding,) = check_settings(text, file="infra/production.tfvars")
    assert (str(finding.location), finding.severity) == ("infra/production.tfvars:2:1", "warning")
    assert "s3same-open" not in finding.message


def test_a_value_added_in_clear_to_a_file_of_sops_is_a_fault_and_is_not_shown() -> None:
    rules = {"mac": "ENC[", "encrypted_regex": "^stringData$"}
    secret = {"kind": "Secret", "stringData": {"user": "ENC[a]", "colour": "mauve"}, "sops": rules}
    ((path, found),) = check_document(secret)
    assert path == ("stringData", "colour")
    assert (found.severity, found.message) == (
        Severity.ERROR,
        "stringData.colour stands in clear in a file of sops, which refuses to decrypt it",
    )
