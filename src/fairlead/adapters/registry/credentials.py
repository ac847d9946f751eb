"""Who we are to a registry, from the files that `docker login`, `podman login` and `helm registry login` write."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.adapters import process
from fairlead.adapters.registry.name import DOCKER_HUB, DOCKER_HUB_INDEX, RepositoryName
from fairlead.formats.json_data import as_map, dig_map, dig_text
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass
from fairlead.model.secret import SecretText

_HELPER_SECONDS: Final = 30.0
_NO_USER: Final = "<token>"
"""What a credential helper says in the place of a user's name when its secret is a refresh token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """A *user* with its *password*, or a refresh *token*."""

    user: str = ""
    password: SecretText | None = None
    token: SecretText | None = None


class LoginFiles:
    """*environ* and *home* say where the files are; a file that is not there holds nothing."""

    def __init__(self, *, environ: Mapping[str, str], home: Path) -> None:
        self._environ = environ
        self._home = home

    def files(self) -> Iterator[Path]:
        environ, home = self._environ, self._home
        if named := environ.get("REGISTRY_AUTH_FILE"):
            yield Path(named)
        if runtime := environ.get("XDG_RUNTIME_DIR"):
            yield Path(runtime) / "containers" / "auth.json"
        config = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
        yield config / "containers" / "auth.json"
        yield Path(environ.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
        yield Path(environ.get("HELM_REGISTRY_CONFIG") or config / "helm" / "registry" / "config.json")

    async def find(self, name: RepositoryName) -> Login | None:
        """The first file that knows the registry counts. Raises InputError for a file that cannot be read."""
        for file in self.files():
            if file.is_file():
                found = await _login_in(file, name)
                if found is not None:
                    return found
        return None


def _read(file: Path) -> Mapping[str, Any]:
    try:
        return as_map(orjson.loads(file.read_bytes()))
    except (OSError, orjson.JSONDecodeError):
        # Not chained: a parser's error quotes what it read.
        raise InputError(f"{file} cannot be read, or is no JSON", hint="log in to the registry again") from None


async def _login_in(file: Path, name: RepositoryName) -> Login | None:
    config = _read(file)
    helpers = dig_map(config, "credHelpers")
    for host in (name.host, _server_name(name), *_other_hosts(name)):
        if helper := dig_text(helpers, host):
            return await _ask(helper, name)
    auths = dig_map(config, "auths")
    for key in _keys(name):
        entry = next((as_map(auths[known]) for known in auths if _same_place(known, key)), None)
        if entry:
            return _decoded(entry, file)
    store = dig_text(config, "credsStore")
    return await _ask(store, name) if store else None


def _keys(name: RepositoryName) -> Iterator[str]:
    """The repository, each folder above it, and the host: the closest entry counts."""
    parts = str(name).split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join(parts[:length])
    yield from _other_hosts(name)


def _other_hosts(name: RepositoryName) -> tuple[str, ...]:
    return (DOCKER_HUB, DOCKER_HUB_INDEX) if name.is_docker_hub else ()


def _server_name(name: RepositoryName) -> str:
    """By which docker's credential helpers know the registry."""
    return f"https://{DOCKER_HUB_INDEX}/v1/" if name.is_docker_hub else name.host


def _same_place(known: str, key: str) -> bool:
    place = known.removeprefix("https://").removeprefix("http://").rstrip("/")
    return place == key or place in (f"{key}/v1", f"{key}/v2")


def _decoded(entry: Mapping[str, Any], file: Path) -> Login | None:
    if token := dig_text(entry, "identitytoken"):
        return Login(token=SecretText(token))
    if user := dig_text(entry, "username"):
        return Login(user=user, password=SecretText(dig_text(entry, "password")))
    packed = dig_text(entry, "auth")
    if not packed:
        return None
    try:
        user, _, password = base64.b64decode(packed).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        # Not chained: the error quotes what it was given.
        raise InputError(f"{file} holds an `auth` that is no base64", hint="log in to the registry again") from None
    return Login(user=user, password=SecretText(password))


async def _ask(helper: str, name: RepositoryName) -> Login | None:
    """By docker's protocol of credential helpers: the server on standard input, JSON on standard output."""
    program = f"docker-credential-{helper}"
    try:
        done = await process.run([program, "get"], stdin=_server_name(name).encode(), timeout=_HELPER_SECONDS)
    except Unavailable as err:
        raise InputError(f"the login of {name.host} lies in {program}: {err.message}", hint="install it") from err
    if done.code != 0:
        return None
    try:
        said = as_map(orjson.loads(done.stdout))
    except orjson.JSONDecodeError:
        raise InputError(f"{program} did not answer in JSON", hint="log in to the registry again") from None
    user, secret = dig_text(said, "Username"), SecretText(dig_text(said, "Secret"))
    return Login(token=secret) if user == _NO_USER else Login(user=user, password=secret)
