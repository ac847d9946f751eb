"""Values of a release that are not in the repository: what can be said of it without them."""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.model.errors import InputError, Unavailable


def not_judged_without(unknown: Sequence[str], err: InputError) -> Unavailable:
    """That values are not here may be the reason of *err*: it is no fault that can be told."""
    return Unavailable(
        f"it cannot be rendered without values that are not in the repository ({', '.join(unknown)}): {err.message}",
        hint="it is not judged: they lie in the cluster, or are encrypted",
    )
