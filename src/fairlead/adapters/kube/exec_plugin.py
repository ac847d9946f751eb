"""Credential programs (client.authentication.k8s.io v1 and v1beta1): run, read, kept until they expire.

A program gets our environment with its own additions, no terminal and no standard input.
"""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from fairlead.adapters import process
from fairlead.adapters.kube.connection import ClientCertificate, Connection, ExecPlugin
from fairlead.adapters.kube.login import Login
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.secret import SecretText
from fairlead.ports import Clock

PLUGIN_SECONDS: Final = 60.0
_EARLY: Final = timedelta(seconds=5)
"""A login is given up this long before its end, so that it does not end on its way."""


@dataclass(frozen=True, slots=True)
class _Issued:
    login: Login
    expires: datetime | None


class ExecCredentials:
    """One run of the program at a time, however many requests wait for it."""

    def __init__(self, plugin: ExecPlugin, *, connection: Connection, clock: Clock) -> None:
        self._plugin = plugin
        self._connection = connection
        self._clock = clock
        self._issued: _Issued | None = None
        self._running = asyncio.Lock()

    async def current(self) -> Login:
        async with self._running:
            if self._issued is None or self._is_over(self._issued):
                self._issued = await self._issue()
            return self._issued.login

    async def renewed(self, refused: Login) -> Login | None:
        async with self._running:
            if self._issued is None or self._issued.login is refused:
                self._issued = await self._issue()
            return self._issued.login

    def _is_over(self, issued: _Issued) -> bool:
        return issued.expires is not None and self._clock.now() >= issued.expires - _EARLY

    async def _issue(self) -> _Issued:
        command = self._plugin.command
        if shutil.which(command) is None:
            raise InputError(
                f"the credential plugin {command} of {self._owner} is not installed",
                hint=self._plugin.install_hint or f"install {command} or put it on the PATH",
            )
        finished = await process.run([command, *self._plugin.args], env=self._environment(), timeout=PLUGIN_SECONDS)
        if finished.code != 0:
            raise Unavailable(
                f"the credential plugin {command} of {self._owner} ended with code {finished.code}: "
                f"{_last_line(finished.stderr)}",
                hint="run it by hand, or log in again",
            )
        return self._parse(finished.stdout)

    def _environment(self) -> dict[str, str]:
        info = exec_info(self._plugin, self._connection)
        return {**os.environ, **self._plugin.env, "KUBERNETES_EXEC_INFO": orjson.dumps(info).decode()}

    def _parse(self, output: bytes) -> _Issued:
        # What the program printed is secret: no message quotes it.
        try:
            answer = orjson.loads(output)
            kind, version, status = answer["kind"], answer["apiVersion"], answer["status"]
            issued = _Issued(_login(status), _expiry(status))
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError, ValueError) as err:
            raise self._unusable("its output is no ExecCredential with a status") from err
        if kind != "ExecCredential" or version != self._plugin.api_version:
            raise self._unusable(f"it answered with another kind or version than {self._plugin.api_version}")
        if issued.login == Login():
            raise self._unusable("it gave neither a token nor a certificate with its key")
        return issued

    def _unusable(self, problem: str) -> InputError:
        return InputError(
            f"the credential plugin {self._plugin.command} of {self._owner} cannot be used: {problem}",
            hint="see the plugin's version and the apiVersion under `exec` in the kubeconfig",
        )

    @property
    def _owner(self) -> str:
        return f"user {self._connection.user} ({self._connection.origin})"


def exec_info(plugin: ExecPlugin, connection: Connection) -> dict[str, Any]:
    """What KUBERNETES_EXEC_INFO holds; the cluster only where the kubeconfig asks for it."""
    spec: dict[str, Any] = {"interactive": False}
    if plugin.provides_cluster:
        spec["cluster"] = _cluster(plugin, connection)
    return {"apiVersion": plugin.api_version, "kind": "ExecCredential", "spec": spec}


def _cluster(plugin: ExecPlugin, connection: Connection) -> dict[str, Any]:
    trust = connection.trust
    stated = {
        "server": connection.server,
        "tls-server-name": trust.server_name,
        "insecure-skip-tls-verify": trust.skip_verify,
        "certificate-authority-data": base64.b64encode(trust.authorities).decode(),
        "proxy-url": connection.proxy,
        "config": plugin.cluster_config,
    }
    return {key: value for key, value in stated.items() if value}


def _login(status: dict[str, Any]) -> Login:
    token, certificate, key = (status.get(name) or "" for name in ("token", "clientCertificateData", "clientKeyData"))
    pair = ClientCertificate(certificate=certificate.encode(), key=SecretText(key)) if certificate and key else None
    return Login(authorization=SecretText(f"Bearer {token}") if token else None, certificate=pair)


def _expiry(status: dict[str, Any]) -> datetime | None:
    stamp = status.get("expirationTimestamp")
    expires = datetime.fromisoformat(stamp) if stamp else None
    if expires is not None and expires.tzinfo is None:
        raise ValueError("no time zone")
    return expires


def _last_line(stderr: bytes) -> str:
    lines = stderr.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
