from __future__ import annotations

import pytest

from fairlead.adapters.registry.name import parse_repository
from fairlead.model.errors import InputError


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("127.0.0.1:5000", True),
        ("127.8.9.1", True),
        ("[::1]", True),
        ("[::1", False),
        ("[::1]:5000", True),
        ("localhost", True),
        ("registry.localhost:5000", True),
        ("localhost.example.test", False),
        ("10.0.0.1:5000", False),
        ("127.0.0.1.example.test", False),
        ("registry.example.test", False),
    ],
)
def test_plain_http_is_for_loopback_only(host: str, *, is_loopback: bool) -> None:
    assert parse_repository(f"oci://{host}/team/shop").is_loopback is is_loopback


@pytest.mark.parametrize("text", ["", "shop", "oci://registry.test", "/shop"])
def test_what_is_no_repository(text: str) -> None:
    with pytest.raises(InputError, match="names no repository"):
        parse_repository(text)


@pytest.mark.parametrize(
    ("text", "named", "server"),
    [
        ("docker.io/team/shop", "docker.io/team/shop", "registry-1.docker.io"),
        ("oci://index.docker.io/redis", "docker.io/library/redis", "registry-1.docker.io"),
        ("registry-1.docker.io/team/shop", "registry-1.docker.io/team/shop", "registry-1.docker.io"),
        ("docker.io.example.test/redis", "docker.io.example.test/redis", "docker.io.example.test"),
    ],
)
def test_docker_hub_is_served_by_another_host_than_its_name(text: str, named: str, server: str) -> None:
    name = parse_repository(text)
    assert (str(name), name.server) == (named, server)
