"""What an answer of a probe is worth: whether it is what a test wants, and if not, why."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import orjson

from fairlead.model.probe import HttpAnswer, HttpCheck

SHOWN_BYTES: Final = 120
"""How much of a wrong body is shown."""

CLUSTER_DOMAIN: Final = "cluster.local"
"""What clusters are called inside unless somebody chose otherwise."""

_NDOTS: Final = 5
"""As in a pod: a name with fewer dots is tried with the search domains first."""


def find_fault(answer: HttpAnswer, check: HttpCheck) -> str:
    """What is wrong with *answer*; empty when it is as *check* wants it."""
    if said := unreached(answer):
        return f"the API server did not reach it: {said}"
    if answer.status != check.status:
        return f"status {answer.status}, wanted {check.status}{_moved(answer)}; it says {shown(answer.body)}"
    text = answer.body.decode(errors="replace")
    if check.body and check.body not in text:
        return f"status {answer.status}, but {check.body!r} is not in its body: {shown(answer.body)}"
    if check.body_matches and not re.search(check.body_matches, text):
        return f"status {answer.status}, but its body does not match {check.body_matches!r}: {shown(answer.body)}"
    if check.within_seconds and answer.seconds > check.within_seconds:
        return f"status {answer.status}, but after {milliseconds(answer.seconds)}, wanted within " + milliseconds(
            check.within_seconds
        )
    return ""


def unreached(answer: HttpAnswer) -> str:
    """Why the API server could not ask; empty when the answer is the Service's own."""
    if answer.status < 400 or not answer.body.startswith(b"{"):
        return ""
    try:
        said = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        return ""
    is_status = isinstance(said, dict) and said.get("kind") == "Status" and said.get("apiVersion") == "v1"
    return str(said.get("message") or said.get("reason") or answer.status) if is_status else ""


def shown(body: bytes) -> str:
    """The first bytes of *body*, on one line."""
    if not body:
        return "nothing"
    text = " ".join(body[: SHOWN_BYTES * 2].decode(errors="replace").split())
    return repr(text[:SHOWN_BYTES]) + (" …" if len(text) > SHOWN_BYTES or len(body) > SHOWN_BYTES * 2 else "")


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def candidates(name: str) -> Iterator[str]:
    """The names that a pod's resolver would try for *name*, in their order; of no namespace in particular."""
    if name.endswith("."):
        yield name
        return
    if name.count(".") >= _NDOTS:
        yield name
    yield f"{name}.svc.{CLUSTER_DOMAIN}"
    yield f"{name}.{CLUSTER_DOMAIN}"
    if name.count(".") < _NDOTS:
        yield name


def _moved(answer: HttpAnswer) -> str:
    place = answer.headers.get("Location", "")
    return f" (to {place})" if place else ""
