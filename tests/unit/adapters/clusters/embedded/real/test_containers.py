from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.clusters.embedded.real import containers
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


@pytest.mark.parametrize(
    ("reference", "imports"),
    [
        ("shop:dev", 1),
        ("registry.example.test/shop:0123456789ab", 1),
        ("fairlead.local/shop:dev", 1),
        ("fairlead.local/shop:0123456789ab", 0),
        ("registry.example.test/shop@sha256:aa", 0),
    ],
)
async def test_only_a_name_that_tells_the_content_is_not_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, imports: int
) -> None:
    client = tmp_path / "ctr"
    client.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/calls\necho {reference}\n')
    client.chmod(0o755)
    monkeypatch.setattr(containers, "SEARCH_PATH", f"{tmp_path}:/usr/bin:/bin")

    await containers.load([1], tmp_path / "image.tar", reference=reference)
    calls = (tmp_path / "calls").read_text().splitlines()
    assert len([call for call in calls if "images import" in call]) == imports
