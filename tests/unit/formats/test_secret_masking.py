from __future__ import annotations

from fairlead.formats.secret_masking import star_texts, texts_of_secrets
from fairlead.model.objects import Manifest


def test_what_a_program_prints_of_a_secret_is_starred() -> None:
    manifests: list[Manifest] = [
        {"kind": "Secret", "apiVersion": "v1", "stringData": {"user": "root", "password": "hunter22"}},
        {"kind": "Secret", "apiVersion": "v1", "data": {"token": "czNjcjN0LXRva2Vu", "broken": "%", "none": None}},
        {"kind": "ConfigMap", "apiVersion": "v1", "data": {"name": "public-name"}},
    ]
    found = texts_of_secrets(manifests)
    assert found == {"hunter22", "s3cr3t-token"}
    assert star_texts("root: hunter22, s3cr3t-token", found) == "root: ***, ***"
