"""What holds data, or much else: who deletes, replaces or rolls back asks here what stays unless somebody names it."""

from __future__ import annotations

from typing import Final

from fairlead.formats.json_data import dig_text
from fairlead.formats.ownership import POLICY, is_held
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.desired import CRD_KEY

HOLDERS: Final = {
    ("", "PersistentVolumeClaim"): "it holds data",
    ("", "PersistentVolume"): "it holds data",
    ("", "Namespace"): "everything in it would go with it",
}
"""Kinds that stay unless they are named, and why. Definitions stay as long as there are objects of theirs."""


def holds_data(ref: ObjectRef) -> bool:
    """Whether *ref* is of a kind with data in it, or behind it: nothing replaces one, or takes one back."""
    return (ref.group, ref.kind) in HOLDERS or (ref.group, ref.kind) == CRD_KEY


def held_reason(ref: ObjectRef, manifest: Manifest) -> str:
    """Why the object stays unless it is named; empty for an ordinary one. Of a definition its objects decide."""
    if (ref.group, ref.kind) == ("apps", "StatefulSet"):
        policy = dig_text(manifest, "spec", "persistentVolumeClaimRetentionPolicy", "whenDeleted")
        return "its claims would go with it (whenDeleted: Delete)" if policy == "Delete" else ""
    return HOLDERS.get((ref.group, ref.kind), "")


def must_stay(ref: ObjectRef, manifest: Manifest) -> bool:
    """Whether nothing may remove the object in passing."""
    return holds_data(ref) or bool(held_reason(ref, manifest))


def says_keep(manifest: Manifest) -> bool:
    """Whether its owner has helm leave the object alone, as helm itself reads the annotation. Ours for the time of one
    write does not count: where it stayed, a run was killed."""
    return not is_held(manifest) and dig_text(manifest, "metadata", "annotations", POLICY).strip().lower() == "keep"
