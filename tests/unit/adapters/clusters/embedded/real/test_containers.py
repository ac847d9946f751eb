from __future__ import annotations

import pytest

from fairlead.adapters.clusters.embedded.real.containers import full_reference


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("nginx", "docker.io/library/nginx:latest"),
        ("nginx:1.27", "docker.io/library/nginx:1.27"),
        ("team/web", "docker.io/team/web:latest"),
        ("localhost/web:1", "localhost/web:1"),
        ("127.0.0.1:5000/team/web", "127.0.0.1:5000/team/web:latest"),
        ("registry.example.test/web@sha256:aa", "registry.example.test/web@sha256:aa"),
        ("fairlead.local/web:0123456789ab", "fairlead.local/web:0123456789ab"),
    ],
)
def test_short_reference_gets_what_the_kubelet_adds(short: str, full: str) -> None:
    assert full_reference(short) == full
    assert full_reference(full) == full
