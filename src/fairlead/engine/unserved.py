"""Kinds that the API server does not serve when a plan is made, and that no step of CRDs brings.

They come with a release's templates, with a hook, or with an operator once it runs. A component that uses one looks
again when its step starts; what nobody is seen to bring is known after apply.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping

from fairlead.engine.preparing import Prepared
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import HelmSource
from fairlead.model.objects import Kinds, ObjectRef
from fairlead.planning.desired import DefinedKind, defined_kinds, kind_key


def mark_unserved(prepared: Iterable[Prepared], kinds: Kinds) -> tuple[Prepared, ...]:
    """*prepared*, with every component that must look again for its kinds marked so."""
    everything = tuple(prepared)
    stepped = {kind for p in everything if p.desired for kind in defined_kinds(p.desired.crds.values())}
    inline = {p.component.name: _inline(p) for p in everything}
    return tuple(_marked(p, kinds, stepped=stepped, inline=inline) for p in everything)


def _inline(prepared: Prepared) -> frozenset[DefinedKind]:
    return defined_kinds(prepared.desired.objects.values()) if prepared.desired else frozenset()


def _marked(
    prepared: Prepared,
    kinds: Kinds,
    *,
    stepped: Collection[DefinedKind],
    inline: Mapping[str, frozenset[DefinedKind]],
) -> Prepared:
    if prepared.desired is None:
        return prepared
    is_helm = isinstance(prepared.component.source, HelmSource)
    own = inline[prepared.component.name] if is_helm else frozenset()
    late = {
        ref
        for ref in prepared.desired.objects
        if not kinds.serves(ref) and kind_key(ref) not in stepped and kind_key(ref) not in own
    }
    if not late:
        return prepared
    brought = frozenset[DefinedKind]().union(*inline.values())
    unbrought = {ref for ref in late if kind_key(ref) not in brought}
    return dataclasses.replace(
        prepared, is_known=False, changes=tuple(_known_later(c, unbrought) for c in prepared.changes)
    )


def _known_later(change: Change, unbrought: Collection[ObjectRef]) -> Change:
    if change.target is None or change.target not in unbrought:
        return change
    reason = f"{change.target.kind} in {change.target.api_version} is served by nobody yet, no component brings it"
    return dataclasses.replace(change, action=ChangeAction.UNKNOWN, reason=reason)
