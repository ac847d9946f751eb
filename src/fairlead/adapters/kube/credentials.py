"""What goes with each request to prove who we are, and how it is renewed."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from fairlead.adapters.kube.connection import ClientCertificate, Connection, Identity
from fairlead.adapters.kube.exec_plugin import ExecCredentials
from fairlead.adapters.kube.login import Login
from fairlead.model.errors import InputError
from fairlead.model.secret import SecretText
from fairlead.ports import Clock

TOKEN_FILE_SECONDS: Final = 60.0
"""How long a token file is believed before it is read again; kubelets replace one long before its token ends."""


class Credentials(Protocol):
    async def current(self) -> Login: ...

    async def renewed(self, refused: Login) -> Login | None:
        """After *refused* was answered with 401: another login worth a try, or None."""


@dataclass(frozen=True, slots=True)
class StaticCredentials:
    login: Login

    async def current(self) -> Login:
        return self.login

    async def renewed(self, refused: Login) -> Login | None:
        return self.login if self.login is not refused else None


class TokenFileCredentials:
    def __init__(self, path: Path, *, certificate: ClientCertificate | None, clock: Clock) -> None:
        self._path = path
        self._certificate = certificate
        self._clock = clock
        self._read_at = 0.0
        self._login: Login | None = None

    async def current(self) -> Login:
        if self._login is None or self._clock.monotonic() - self._read_at >= TOKEN_FILE_SECONDS:
            self._login = self._read()
        return self._login

    async def renewed(self, refused: Login) -> Login | None:
        self._login = self._read()
        return self._login if self._login != refused else None

    def _read(self) -> Login:
        try:
            token = self._path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as err:
            if self._login is not None:  # a file that is just being replaced; the server judges the old token
                return self._login
            raise InputError(f"cannot read the token file {self._path}", hint="see that it exists and is text") from err
        self._read_at = self._clock.monotonic()
        return Login(authorization=bearer(token), certificate=self._certificate)


def credentials_for(connection: Connection, *, clock: Clock) -> Credentials:
    identity = connection.identity
    if identity.token_file is not None:
        return TokenFileCredentials(identity.token_file, certificate=identity.certificate, clock=clock)
    if identity.plugin is not None:
        return ExecCredentials(identity.plugin, connection=connection, clock=clock)
    return StaticCredentials(Login(authorization=_authorization(identity), certificate=identity.certificate))


def bearer(token: str) -> SecretText:
    return SecretText(f"Bearer {token}")


def _authorization(identity: Identity) -> SecretText | None:
    if identity.token is not None:
        return bearer(identity.token.reveal())
    if identity.username and identity.password is not None:
        pair = f"{identity.username}:{identity.password.reveal()}".encode()
        return SecretText(f"Basic {base64.b64encode(pair).decode()}")
    return None
