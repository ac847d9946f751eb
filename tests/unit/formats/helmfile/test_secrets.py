"""What templates do with values that are encrypted, and that nothing asks a secret store."""

from __future__ import annotations

import pytest

from fairlead.formats.helmfile.secrets import HELD, computing_line, encrypted_paths, without_references

PATHS = [("db", "password"), ("token",)]


@pytest.mark.parametrize(
    "text",
    [
        "{{ .Values.db.password }}",
        "{{- .Values.db.password | quote -}}",
        "{{ .StateValues.db | toYaml | nindent 4 }}",
        '{{ .Values | get "db.password" "none" | squote }}',
        '{{ .Values | getOrNil "db.password" | default "none" }}',
        '{{ default "x" .Environment.Values.token }}',
        '{{ if .Values.db.user }}{{ eq .Values.tokens "x" }}{{ end }}',
        '{{ if hasKey .Values "other" }}{{ end }}',
        "{{/* if .Values.token */}}",
        "{{ if eq .Values.color .Environment.Name }}{{ end }}",
    ],
)
def test_printing_a_secret_or_computing_with_something_else_is_no_trouble(text: str) -> None:
    assert computing_line(text, PATHS) == 0


@pytest.mark.parametrize(
    "text",
    [
        "{{ if .Values.db.password }}",
        "{{ .Values.db.password | b64enc }}",
        "{{ range .Values.db }}",
        "{{ with $.Values }}",
        "{{ $all := .Values }}",
        '{{ index .Values "db" "password" | sha256sum }}',
        '{{ if eq\n (.Values | get "token") "x" }}',
        "{{ tpl .Values.token . }}",
    ],
)
def test_computing_with_a_secret_has_a_line(text: str) -> None:
    assert computing_line(f"a: b\n{text}\n", PATHS) == 2


def test_paths_of_what_is_encrypted_are_found() -> None:
    cipher = "ENC[AES256_GCM,data:aa==,iv:b,tag:c,type:str]"
    values = {"db": {"password": cipher, "user": "me"}, "list": [cipher], "sops": {"version": "3"}}
    assert list(encrypted_paths(values)) == [("db", "password"), ("list",)]


@pytest.mark.parametrize("text", ["ref+vault://a/b#c", "secretref+awsssm://a", "ref+{{ .Values.store }}://a"])
def test_a_reference_is_none_any_more(text: str) -> None:
    assert without_references(f"a: {text}\n").startswith(f"a: {HELD}")


def test_what_is_no_reference_stays() -> None:
    certificate = "a: MIIDref+9xQ==\nb: see ref+ below\n"
    assert without_references(certificate) == certificate


def test_a_function_that_asks_fails_where_its_answer_is_computed_with() -> None:
    assert without_references('{{ fetchSecretValue "x" | b64enc }}') == '{{ call             "x" | b64enc }}'
    assert "call" in without_references("{{ .Values | expandSecretRefs | toYaml }}")


def test_a_function_that_asks_prints_a_mark_where_its_answer_is_printed() -> None:
    text = '{{ fetchSecretValue "ref+k8s://a" | quote }}'
    assert without_references(text) == f'{{{{ printf "{HELD}%v" "{HELD}k8s://a" | quote }}}}'
