"""ResourceSets of the Flux Operator: objects written once, and filled in for each of the inputs.

Fields as in the API reference of fluxcd.controlplane.io/v1. The templates are Go's, between `<<` and `>>`. Only what
names an input is filled in; what computes stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from fairlead.formats.flux.objects import HELM_GROUP, KUSTOMIZE_GROUP, OPERATOR_GROUP, SOURCE_GROUP, group_of, is_flux
from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest

RESOURCE_SET: Final = "ResourceSet"
_GROUPS: Final = (SOURCE_GROUP, KUSTOMIZE_GROUP, HELM_GROUP)
_INPUT: Final = re.compile(r"<<-?\s*inputs\.([A-Za-z_][\w.]*)\s*(?:\|\s*quote\s*)?-?>>")
_COMPUTED: Final = ("inputsFrom", "inputStrategy", "resourcesTemplate", "steps")
_LEFT_OUT: Final = "fluxcd.controlplane.io/reconcile"


def is_resource_set(manifest: Manifest) -> bool:
    return is_flux(manifest, OPERATOR_GROUP, RESOURCE_SET)


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeObjects:
    """The sources, Kustomizations and HelmReleases that a ResourceSet makes. *is_whole*: these are all of
    them. *has_others*: it makes other objects, too."""

    objects: tuple[Manifest, ...] = ()
    is_whole: bool = True
    has_others: bool = False


def flux_objects_of(resource_set: Manifest) -> MadeObjects:
    """What inputs of others or a computed template make cannot be told."""
    if any(dig(resource_set, "spec", name) for name in _COMPUTED):
        return MadeObjects(is_whole=False)
    made = tuple(_made(resource_set))
    of_flux = tuple(each for each in made if group_of(each) in _GROUPS)
    known = tuple(each for each in of_flux if group_of(each) == SOURCE_GROUP or _is_filled(each))
    return MadeObjects(objects=known, is_whole=known == of_flux, has_others=of_flux != made)


def _made(resource_set: Manifest) -> Iterable[Manifest]:
    inputs = maps_in(dig(resource_set, "spec", "inputs")) or ({},)
    own = dig_text(resource_set, "metadata", "namespace") or "flux-system"
    for given in inputs:
        for resource in maps_in(dig(resource_set, "spec", "resources")):
            filled = _fill(resource, given)
            metadata = dig_map(filled, "metadata")
            if dig(metadata, "annotations", _LEFT_OUT) != "disabled":
                yield {**filled, "metadata": {"namespace": own, **metadata}}


def _is_filled(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_filled, value.values()))
    return all(map(_is_filled, value)) if isinstance(value, list | tuple) else "<<" not in str(value)


def _fill(value: Any, given: Mapping[str, Any]) -> Any:
    if isinstance(value, str):
        return _INPUT.sub(lambda place: _text(place, given), value)
    if isinstance(value, Mapping):
        return {_fill(key, given): _fill(item, given) for key, item in value.items()}
    return [_fill(item, given) for item in value] if isinstance(value, list | tuple) else value


def _text(place: re.Match[str], given: Mapping[str, Any]) -> str:
    value = dig(given, *place[1].split("."))
    return place[0] if value is None or isinstance(value, Mapping | list) else str(value)
