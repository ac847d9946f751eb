"""Certificates as the rules about them see them: parsed, and without any private key."""

from __future__ import annotations

from datetime import datetime

from fairlead.model.frozen import dataclass
from fairlead.model.objects import ObjectRef


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """*names* and *addresses* are the subject's alternative names, in lower case. *key* is `RSA`, `EC` or another word,
    *key_bits* 0 where its size says nothing; *key_digest* is over the public key. *signature_hash* is empty where the
    signature needs none (Ed25519)."""

    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    key: str = ""
    key_bits: int = 0
    key_digest: str = ""
    signature_hash: str = ""
    is_authority: bool = False

    @property
    def is_self_issued(self) -> bool:
        return self.subject == self.issuer


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsSecret:
    """A Secret of type kubernetes.io/tls. *chain* starts with the certificate that is shown; *unsigned* holds the
    places in it (from 0) whose certificate the next one did not sign. *faults* say what could not be read."""

    ref: ObjectRef
    chain: tuple[Certificate, ...] = ()
    authorities: tuple[Certificate, ...] = ()
    key_digest: str = ""
    unsigned: tuple[int, ...] = ()
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedHosts:
    """What *owner* (an Ingress or a Gateway) serves with the TLS Secret *secret*: host names, `*.` as written."""

    owner: ObjectRef
    secret: ObjectRef
    hosts: tuple[str, ...]
