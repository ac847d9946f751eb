"""What the API server says of a write that it did not carry out. It repeats what it refuses, secret values too: every
write that fails says so by `RefusedWrite`, and `masked` is the one place where the texts of a step lose their secrets.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import TypeVar

from fairlead.formats.secret_masking import star_texts, texts_of_secrets
from fairlead.model.errors import StepFailed
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.refusals import write_state

T = TypeVar("T")


class RefusedWrite(StepFailed):
    """*what* is ours, *said* the API server's text. Values of the Secrets *about* which it is are hidden at once."""

    def __init__(self, what: str, said: str, *, hint: str = "", about: Manifest | None = None) -> None:
        self.what = what
        self.said = star_texts(said, texts_of_secrets([about] if about else ()))
        super().__init__(f"{what}: {self.said}", hint=hint)

    def without(self, secrets: Collection[str]) -> RefusedWrite:
        return RefusedWrite(self.what, star_texts(self.said, secrets), hint=self.hint)

    def with_more(self, count: int) -> RefusedWrite:
        return RefusedWrite(self.what, f"{self.said} (and {count} more objects)", hint=self.hint)


def refused(ref: ObjectRef, said: str, *, about: Manifest | None = None) -> RefusedWrite:
    """That the API server refused to write *ref*, with the state that it shows and its remedy."""
    state = write_state(said)
    name = f" ({state.name})" if state else ""
    return RefusedWrite(f"the API server refused {ref}{name}", said, hint=state.remedy if state else "", about=about)


async def masked(work: Awaitable[T], secrets: Callable[[], Collection[str]]) -> T:
    """What *work* comes to; where the API server refused a write, its words without *secrets*."""
    try:
        return await work
    except RefusedWrite as err:
        raise err.without(secrets()) from None
