"""Whether objects are those that a record holds, as far as a record can tell: its secret values are HMACs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fairlead.formats.secret_masking import MARK
from fairlead.model.objects import Manifest, ObjectRef, ref_of
from fairlead.planning.rollback import is_data


def find_unlike(recorded: Iterable[Manifest], found: Mapping[ObjectRef, Manifest]) -> tuple[ObjectRef, ...]:
    """The objects that differ between a record and what was *found* (values of Secrets masked alike), or that one of
    them lacks. CRDs of a `crds/` folder are in no release: they are not looked for."""
    wanted = {ref_of(manifest): manifest for manifest in recorded}
    lone = [ref for ref in wanted if ref not in found and not is_data(wanted[ref])]
    lone += [ref for ref in found if ref not in wanted]
    common = (ref for ref in wanted if ref in found)
    return (*lone, *(ref for ref in common if not _is_alike(_unscaled(wanted[ref]), _unscaled(found[ref]))))


def _unscaled(manifest: Manifest) -> Manifest:
    """Without the replicas, which an autoscaler may have owned on one side only."""
    spec = manifest.get("spec")
    if not isinstance(spec, Mapping) or "replicas" not in spec:
        return manifest
    return {**manifest, "spec": {name: value for name, value in spec.items() if name != "replicas"}}


def _is_alike(wanted: Any, found: Any) -> bool:
    """A text with a mark may stand for any text."""
    if isinstance(wanted, str) and MARK in wanted:
        return isinstance(found, str)
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        if any(MARK in name for name in wanted):
            return len(wanted) == len(found)
        return wanted.keys() == found.keys() and all(_is_alike(wanted[name], found[name]) for name in wanted)
    if isinstance(wanted, (list, tuple)) and isinstance(found, (list, tuple)):
        return len(wanted) == len(found) and all(
            _is_alike(one, other) for one, other in zip(wanted, found, strict=True)
        )
    return bool(wanted == found)
