"""An ApplicationSet as the Applications it makes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fairlead.formats.argocd_objects import ArgoApplication, ArgoSet, read_application
from fairlead.formats.go_template import NotJudged
from fairlead.formats.json_data import as_map
from fairlead.model.frozen import dataclass, replace
from fairlead.planning.argocd.generators import GeneratorGround, expand
from fairlead.planning.argocd.templates import Parameters, filled


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpandedSet:
    """*unknown* says what of the set is not judged."""

    applications: tuple[ArgoApplication, ...] = ()
    unknown: tuple[str, ...] = ()


def expand_set(wanted: ArgoSet, ground: GeneratorGround) -> ExpandedSet:
    is_strict = "missingkey=error" in wanted.options
    applications: list[ArgoApplication] = []
    unknown: list[str] = []
    for generated in expand(wanted.generators, ground, is_go=wanted.is_go, is_strict=is_strict):
        unknown += generated.unknown
        template = _laid(wanted.template, generated.template)
        for parameters in generated.parameters:
            try:
                applications.append(_application(wanted, template, parameters, ground, is_strict=is_strict))
            except NotJudged as err:
                unknown.append(str(err))
    return ExpandedSet(applications=tuple(applications), unknown=tuple(dict.fromkeys(unknown)))


def _application(
    wanted: ArgoSet,
    template: Mapping[str, Any],
    parameters: Parameters,
    ground: GeneratorGround,
    *,
    is_strict: bool,
) -> ArgoApplication:
    made = dict(as_map(filled(template, parameters, is_go=wanted.is_go, is_strict=is_strict)))
    if wanted.patch:
        patch = ground.read_text(filled(wanted.patch, parameters, is_go=wanted.is_go, is_strict=is_strict))
        made = _patched(made, as_map(patch))
    read = read_application(made, location=wanted.location)
    return replace(read, namespace=read.namespace or wanted.namespace)


def _laid(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """The template of a generator over that of the set: what is empty in it does not count."""
    found = dict(lower)
    for key, value in upper.items():
        if isinstance(value, Mapping) and isinstance(found.get(key), Mapping):
            found[key] = _laid(found[key], value)
        elif value not in ("", None, {}, []):
            found[key] = value
    return found


def _patched(lower: Mapping[str, Any], upper: Mapping[str, Any]) -> dict[str, Any]:
    """Maps merge, null deletes, everything else replaces: Applications have no lists that merge by a key."""
    found = dict(lower)
    for key, value in upper.items():
        if value is None:
            found.pop(key, None)
        elif isinstance(value, Mapping):
            found[key] = _patched(as_map(found.get(key)), value)
        else:
            found[key] = value
    return found
