"""One proof of identity, as it goes out with a request."""

from __future__ import annotations

from fairlead.adapters.kube.connection import ClientCertificate
from fairlead.model.frozen import dataclass
from fairlead.model.secret import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """*authorization* is the whole header value. Both may be absent: an anonymous request."""

    authorization: SecretText | None = None
    certificate: ClientCertificate | None = None
