"""What a test asks over HTTP, as the project file writes it: `NAMESPACE/SERVICE:PORT/path`."""

from __future__ import annotations

import re
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.probe import HttpTarget

_NAME: Final = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
HTTP_TARGET: Final = rf"^{_NAME}/{_NAME}:([0-9]{{1,5}}|{_NAME})(/[^\s#]*)?$"
_PARTS: Final = re.compile(
    rf"(?P<namespace>{_NAME})/(?P<service>{_NAME}):(?P<port>[0-9]{{1,5}}|{_NAME})(?P<path>/[^\s#]*)?"
)


def parse_http_target(text: str) -> HttpTarget:
    """Raises InputError."""
    found = _PARTS.fullmatch(text)
    if found is None:
        raise InputError(f"not a Service's address: {text!r}", hint="write NAMESPACE/SERVICE:PORT/path")
    return HttpTarget(
        namespace=found["namespace"], service=found["service"], port=found["port"], path=found["path"] or "/"
    )
