"""Questions to what runs in a cluster, and the answers: HTTP through the API server, names at the cluster's DNS."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.model.frozen import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpTarget:
    """One path of one Service; *port* is a number or the name of a port."""

    namespace: str
    service: str
    port: str
    path: str = "/"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.service}:{self.port}{self.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCheck:
    """What *target* must answer. *body* must occur in the answer, *body_matches* is a regular expression for it.

    *within_seconds* 0 sets no limit. Asked again for *retry_seconds* until it holds.
    """

    target: HttpTarget
    scheme: str = "http"
    status: int = 200
    body: str = ""
    body_matches: str = ""
    within_seconds: float = 0
    retry_seconds: float = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpAnswer:
    """*seconds* from the request to the end of the body. *body* is cut at a limit."""

    status: int
    body: bytes
    seconds: float
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NameAnswer:
    """*code* is the DNS response code; a name without addresses has code 0 and no *addresses*."""

    code: int
    addresses: tuple[str, ...] = ()
