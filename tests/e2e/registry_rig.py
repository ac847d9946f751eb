"""Debian's docker-registry on loopback, in a folder of a test: plain, with a login, or with TLS."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from e2e.rig import eventually
from fairlead.adapters.clusters.embedded.pki import make_authority, make_server
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.tools.system import Package, SystemPackages

USER, PASSWORD = "ann", "sesame"
# bcrypt of the password above, which is all that the registry takes.
_HTPASSWD = "ann:$2b$04$P275SCCU31RuyzfOeuUHgOcMvYAqaHTvyfr9ciS.zyRRjlj956sU2\n"
_PACKAGE = Package(name="docker-registry", programs=("docker-registry",), unit="docker-registry.service")


@dataclass(frozen=True, kw_only=True)
class Registry:
    """*host* with its port; *data* is its folder, *certificates* one like docker's `certs.d`."""

    host: str
    data: Path
    certificates: Path

    def client(self, home: Path) -> Registries:
        """A client whose user has the folder *home*."""
        return Registries(LoginFiles(environ={}, home=home), certificates=(self.certificates,))

    def blobs(self) -> set[str]:
        return {path.parent.name for path in self.data.rglob("docker/registry/v2/blobs/sha256/*/*/data")}

    def manifest(self, name: str, tag: str) -> dict[str, Any]:
        """As somebody else reads it."""
        accept = {"Accept": "application/vnd.oci.image.manifest.v1+json"}
        request = urllib.request.Request(f"http://{self.host}/v2/{name}/manifests/{tag}", headers=accept)
        with urllib.request.urlopen(request, timeout=60) as answer:
            found: dict[str, Any] = json.load(answer)
            return {**found, "digest": answer.headers["Docker-Content-Digest"]}


def no_logins(home: Path) -> Registries:
    """A client that knows nobody."""
    return Registries(LoginFiles(environ={}, home=home))


def log_in(home: Path, host: str, *, password: str = PASSWORD) -> None:
    """As `docker login` does."""
    packed = base64.b64encode(f"{USER}:{password}".encode()).decode()
    (home / ".docker").mkdir(parents=True, exist_ok=True)
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": {host: {"auth": packed}}}))


@contextlib.contextmanager
def running(
    folder: Path, *, login: bool = False, tls: bool = False, host: str = "", within: Sequence[str] = ()
) -> Iterator[Registry]:
    """A registry for as long as the block lasts, at *host* if that is said. *within* are words that run it in another
    network."""
    folder.mkdir(parents=True, exist_ok=True)
    host = host or f"127.0.0.1:{_free_port()}"
    certificates = folder / "certs.d"
    settings: dict[str, Any] = {
        "version": "0.1",
        "storage": {"filesystem": {"rootdirectory": str(folder / "data")}},
        "http": {"addr": host, **({"tls": _certificate(folder, certificates / host)} if tls else {})},
    }
    if login:
        (folder / "htpasswd").write_text(_HTPASSWD)
        settings["auth"] = {"htpasswd": {"realm": "test", "path": str(folder / "htpasswd")}}
    (folder / "config.yml").write_text(yaml.safe_dump(settings))
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*within, _program(), "serve", folder / "config.yml"], stdout=log, stderr=log)
    try:
        eventually(lambda: process.poll() is not None or _answers(host, within), seconds=120)
        assert process.poll() is None, (folder / "log").read_text()
        yield Registry(host=host, data=folder / "data", certificates=certificates)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _program() -> str:
    found = shutil.which("docker-registry")
    if found is None:
        asyncio.run(SystemPackages(progress=print).install([_PACKAGE]))
        found = shutil.which("docker-registry")
    assert found, "there is no docker-registry: install the package of that name"
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(host: str, within: Sequence[str]) -> bool:
    if within:
        ask = f"import urllib.request; urllib.request.urlopen('http://{host}/v2/', timeout=5)"
        done = subprocess.run([*within, sys.executable, "-c", ask], capture_output=True, check=False, timeout=30)
        return done.returncode == 0
    try:
        urllib.request.urlopen(f"http://{host}/v2/", timeout=5).close()
    except urllib.error.HTTPError as err:
        err.close()
        return True
    except OSError:
        return False
    return True


def _certificate(folder: Path, trusted: Path) -> Mapping[str, str]:
    authority = make_authority("test", now=datetime.now(UTC))
    pair = make_server(authority, name="registry", names=(), addresses=["127.0.0.1"], now=datetime.now(UTC))
    trusted.mkdir(parents=True)
    (trusted / "ca.crt").write_bytes(authority.certificate_pem())
    (folder / "server.crt").write_bytes(pair.certificate_pem())
    (folder / "server.key").write_bytes(pair.key_pem())
    return {"certificate": str(folder / "server.crt"), "key": str(folder / "server.key")}
