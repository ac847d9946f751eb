from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.registry.credentials import Login, LoginFiles
from fairlead.adapters.registry.name import parse_repository
from fairlead.model.errors import InputError
from fairlead.model.secret import SecretText

NAME = parse_repository("registry.test:5000/team/shop")
ANN = Login(user="ann", password=SecretText("sesame"))
BOB = Login(user="bob", password=SecretText("open"))


def auth(login: Login) -> dict[str, str]:
    assert login.password is not None
    return {"auth": base64.b64encode(f"{login.user}:{login.password.reveal()}".encode()).decode()}


def write(home: Path, config: Any, *, path: str = ".docker/config.json") -> None:
    file = home / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(config if isinstance(config, str) else json.dumps(config))


async def find(home: Path, **environ: str) -> Login | None:
    return await LoginFiles(environ=environ, home=home).find(NAME)


@pytest.mark.parametrize(
    "key",
    [
        "registry.test:5000",
        "https://registry.test:5000",
        "https://registry.test:5000/v1/",
        "registry.test:5000/team",
        "registry.test:5000/team/shop",
    ],
)
async def test_a_login_is_found_under_each_form_of_its_place(key: str, tmp_path: Path) -> None:
    write(tmp_path, {"auths": {"other.test": auth(BOB), key: auth(ANN)}})
    assert await find(tmp_path) == ANN


async def test_the_closest_entry_counts(tmp_path: Path) -> None:
    write(tmp_path, {"auths": {"registry.test:5000": auth(BOB), "registry.test:5000/team": auth(ANN)}})
    assert await find(tmp_path) == ANN


@pytest.mark.parametrize(
    "key", ["registry.test", "registry.test:5001", "registry.test:5000/te", "x.registry.test:5000"]
)
async def test_the_login_of_another_place_is_not_ours(key: str, tmp_path: Path) -> None:
    write(tmp_path, {"auths": {key: auth(ANN)}})
    assert await find(tmp_path) is None


@pytest.mark.parametrize(
    ("path", "variable"),
    [
        (".config/containers/auth.json", ""),
        (".config/helm/registry/config.json", ""),
        ("run/containers/auth.json", "XDG_RUNTIME_DIR=run"),
        ("elsewhere/config.json", "DOCKER_CONFIG=elsewhere"),
        ("a.json", "REGISTRY_AUTH_FILE=a.json"),
        ("h.json", "HELM_REGISTRY_CONFIG=h.json"),
    ],
)
async def test_every_tool_that_logs_in_counts(path: str, variable: str, tmp_path: Path) -> None:
    write(tmp_path, {"auths": {NAME.host: auth(ANN)}}, path=path)
    name, _, value = variable.partition("=")
    assert await find(tmp_path, **({name: str(tmp_path / value)} if name else {})) == ANN


async def test_a_refresh_token_stands_for_a_password(tmp_path: Path) -> None:
    write(tmp_path, {"auths": {NAME.host: {**auth(ANN), "identitytoken": "t"}}})
    assert await find(tmp_path) == Login(token=SecretText("t"))


@pytest.mark.parametrize("config", [{"credsStore": "test"}, {"credHelpers": {NAME.host: "test"}}])
async def test_a_helper_is_asked(config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    helper = tmp_path / "docker-credential-test"
    said = '{"Username": "ann", "Secret": "sesame"}'
    helper.write_text(f"#!/bin/sh\nread host; [ \"$1 $host\" = 'get {NAME.host}' ] && echo '{said}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    write(tmp_path, config)
    assert await find(tmp_path) == ANN


async def test_a_helper_that_is_not_there_is_named(tmp_path: Path) -> None:
    write(tmp_path, {"credsStore": "not-there"})
    with pytest.raises(InputError, match="docker-credential-not-there"):
        await find(tmp_path)


@pytest.mark.parametrize("text", ['{"auths": sesame', '{"auths": {"registry.test:5000": {"auth": "sesame!"}}}'])
async def test_a_broken_file_is_named_and_not_quoted(text: str, tmp_path: Path) -> None:
    write(tmp_path, text)
    with pytest.raises(InputError, match=r"config\.json") as caught:
        await find(tmp_path)
    assert "sesame" not in f"{caught.value!r}{caught.value.hint}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("host", ["docker.io", "index.docker.io", "registry-1.docker.io"])
@pytest.mark.parametrize("key", ["https://index.docker.io/v1/", "docker.io", "index.docker.io"])
async def test_logins_of_docker_hub_are_found_under_its_old_name(host: str, key: str, tmp_path: Path) -> None:
    write(tmp_path, {"auths": {"docker.io.example.test": auth(BOB), key: auth(ANN)}})
    files = LoginFiles(environ={}, home=tmp_path)
    assert await files.find(parse_repository(f"{host}/team/shop")) == ANN


@pytest.mark.parametrize(
    "config",
    [
        {"credsStore": "test"},
        {"credHelpers": {"https://index.docker.io/v1/": "test"}},
        {"credHelpers": {"index.docker.io": "test"}},
        {"credHelpers": {"docker.io": "test"}},
    ],
)
async def test_helpers_know_docker_hub_by_its_old_name(
    config: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    helper = tmp_path / "docker-credential-test"
    said = '{"Username": "ann", "Secret": "sesame"}'
    helper.write_text(f"#!/bin/sh\nread host; [ \"$host\" = https://index.docker.io/v1/ ] && echo '{said}'\n")
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    write(tmp_path, config)
    assert await LoginFiles(environ={}, home=tmp_path).find(parse_repository("docker.io/team/shop")) == ANN
