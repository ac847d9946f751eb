"""Whether the API server encrypts Secrets at rest, as far as that can be seen from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig, maps_in
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import ref_of

_FLAG: Final = "--encryption-provider-config"


def check_secret_encryption(servers: Sequence[Mapping[str, Any]]) -> tuple[Finding, ...]:
    """*servers* are the pods of the API server, where it runs in pods. Its configuration is in no API: only the flag
    can be seen there, and nothing where it runs otherwise."""
    if not servers:
        message = "whether Secrets are encrypted at rest is not evaluated: the API server does not run in a pod"
        return (Finding(rule="secret-encryption", message=message, hint=_ASK, severity=Severity.INFO),)
    return tuple(
        Finding(
            rule="secret-encryption",
            message="Secrets are stored in clear: the API server has no encryption configuration",
            hint=f"give it an EncryptionConfiguration by {_FLAG}",
            severity=Severity.WARNING,
            ref=ref_of(server),
        )
        for server in servers
        if not any(word.startswith(_FLAG) for word in _words(server))
    )


_ASK: Final = f"see {_FLAG} of the API server, or ask who runs it"


def _words(server: Mapping[str, Any]) -> list[str]:
    containers = maps_in(dig(server, "spec", "containers"))
    return [str(word) for c in containers for key in ("command", "args") for word in as_list(c.get(key))]
