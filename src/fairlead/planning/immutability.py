"""Fields that the API server never changes: where the object may be deleted and made again, it is replaced."""

from __future__ import annotations

from typing import Final

from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import ApplyResult, ObjectRef
from fairlead.planning.holding import holds_data

_SIGNS: Final = (
    "field is immutable",
    "is immutable",
    "updates to statefulset spec",
    "may not change once set",
    "pod updates may not change fields",
    "cannot change roleref",
    "updates to parameters are forbidden",
    "updates to provisioner are forbidden",
)
"""Parts of what the API server says of such fields, in small letters: measured on Kubernetes 1.34, but for the last two
of StorageClasses."""


def says_immutable(message: str) -> bool:
    said = message.lower()
    return any(sign in said for sign in _SIGNS)


def judge_replace(ref: ObjectRef, answer: ApplyResult) -> Change | None:
    """A replacement, where *answer* says that the change itself is not possible; None where that is not the reason, or
    where the kind is never replaced."""
    is_refused = answer.live is None and answer.status == 422 and says_immutable(answer.message)
    if not is_refused or holds_data(ref):
        return None
    reason = f"cannot be changed as it is: {answer.message}"
    return Change(target=ref, action=ChangeAction.REPLACE, reason=reason)


def propagation_for_replacing(ref: ObjectRef) -> str:
    """A StatefulSet leaves its pods and claims to the next one; everything else takes what belongs to it along."""
    return "Orphan" if (ref.group, ref.kind) == ("apps", "StatefulSet") else "Background"
