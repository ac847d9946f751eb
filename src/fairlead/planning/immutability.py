"""Fields that the API server never changes: where the object may be deleted and made again, it is replaced."""

from __future__ import annotations

from typing import Final

from fairlead.formats.json_data import dig, dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
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

BUILT_IN_GROUPS: Final = frozenset(
    {"", "apps", "autoscaling", "batch", "policy"}
    | {
        f"{name}.k8s.io"
        for name in (
            "admissionregistration",
            "apiextensions",
            "apiregistration",
            "certificates",
            "coordination",
            "discovery",
            "events",
            "flowcontrol.apiserver",
            "networking",
            "node",
            "rbac.authorization",
            "resource",
            "scheduling",
            "storage",
        )
    }
)
"""The API groups of Kubernetes itself with objects that are stored. `gateway.networking.k8s.io` and the like are not:
their objects are custom resources."""


def says_immutable(message: str) -> bool:
    said = message.lower()
    return any(sign in said for sign in _SIGNS)


def judge_replace(ref: ObjectRef, answer: ApplyResult, *, live: Manifest, wanted: Manifest) -> Change | None:
    """A replacement, where *answer* says that the change itself is not possible; None where that is not the reason, or
    where the object is never replaced."""
    is_refused = answer.live is None and answer.status == 422 and says_immutable(answer.message)
    if not is_refused or why_never_replaced(ref, live=live, wanted=wanted):
        return None
    reason = f"cannot be changed as it is: {answer.message}"
    return Change(target=ref, action=ChangeAction.REPLACE, reason=reason)


def why_never_replaced(ref: ObjectRef, *, live: Manifest | None, wanted: Manifest) -> str:
    """Why the object is not deleted to be made anew, whatever the project says; empty where it may be.

    What a custom resource stands for may be outside the cluster, and go with it: its definition does not say."""
    if ref.group not in BUILT_IN_GROUPS:
        return "what an operator does when a custom resource goes is not known"
    if holds_data(ref):
        return "it holds data"
    if live is not None and _drops_its_pods(ref, live, wanted) and _claims_go(live):
        return "its claims would go with it (whenDeleted: Delete)"
    return ""


def immutable_hint(ref: ObjectRef, *, live: Manifest | None, wanted: Manifest) -> str:
    """What to do about a change that the API server refuses for good."""
    if why := why_never_replaced(ref, live=live, wanted=wanted):
        return f"give it another name; nothing was written, and `replace: allow` does not cover it: {why}"
    return "give it another name, or say `replace: allow` for the component; nothing was written"


def propagation_for_replacing(ref: ObjectRef, *, live: Manifest, wanted: Manifest) -> str:
    """A StatefulSet leaves its pods and claims to a next one that selects the same. Pods that the next one does not
    select would run beside its own, on the same claims: they go first. Everything else takes what belongs to it along.
    """
    if _drops_its_pods(ref, live, wanted):
        return "Foreground"
    return "Orphan" if _is_stateful_set(ref) else "Background"


def _drops_its_pods(ref: ObjectRef, live: Manifest, wanted: Manifest) -> bool:
    return _is_stateful_set(ref) and dig(live, "spec", "selector") != dig(wanted, "spec", "selector")


def _is_stateful_set(ref: ObjectRef) -> bool:
    return (ref.group, ref.kind) == ("apps", "StatefulSet")


def _claims_go(live: Manifest) -> bool:
    return dig_text(live, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted") == "Delete"
