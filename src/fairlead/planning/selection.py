"""Which components a selector picks: `-l name`, `-l tier=storage`, `-l kind!=terraform`.

Commas in one selector mean and, several selectors mean or, as in helmfile. Components that come from a helmfile can be
picked by its labels too.
"""

from __future__ import annotations

from collections.abc import Sequence

from fairlead.model.component import (
    CheckSource,
    Component,
    HelmSource,
    KustomizeSource,
    ManifestsSource,
    TerraformSource,
    TestSource,
)
from fairlead.model.errors import InputError
from fairlead.model.image import ImageSource
from fairlead.model.project import UnknownComponent

KEYS = ("name", "tier", "kind", "namespace", "phase")


def select(components: Sequence[Component], selectors: Sequence[str]) -> frozenset[str] | None:
    """The names that *selectors* pick, None for no selector. Raises UnknownComponent when one picks nothing."""
    if not selectors:
        return None
    _check_keys(components, selectors)
    picked: set[str] = set()
    for selector in selectors:
        found = {c.name for c in components if _matches(c, selector)}
        if not found:
            raise UnknownComponent(selector, known=[c.name for c in components])
        picked |= found
    return frozenset(picked)


def _check_keys(components: Sequence[Component], selectors: Sequence[str]) -> None:
    known = [*KEYS, *sorted({label for c in components for label in c.labels} - set(KEYS))]
    for term in (term.strip() for selector in selectors for term in selector.split(",")):
        key = term.partition("=")[0].removesuffix("!")
        if "=" in term and key not in known:
            raise InputError(f"unknown key in selector: {key}", hint=f"known keys are {', '.join(known)}")


def _matches(component: Component, selector: str) -> bool:
    return all(_matches_term(component, term.strip()) for term in selector.split(","))


def _matches_term(component: Component, term: str) -> bool:
    if "=" not in term:
        return component.name == term
    key, _, value = term.partition("!=") if "!=" in term else term.partition("=")
    # A label may have the name of one of our keys, as `tier` of many helmfiles.
    found = {component.labels.get(key), _value(component, key) if key in KEYS else None}
    return (value in found) != ("!=" in term)


def _value(component: Component, key: str) -> str:
    values = {
        "name": component.name,
        "tier": component.tier.value,
        "kind": kind_name(component),
        "namespace": component.namespace,
        "phase": component.phase.value,
    }
    return values[key]


def kind_name(component: Component) -> str:
    """The key under which the project file states the component's source."""
    names = {
        HelmSource: "helm",
        KustomizeSource: "kustomize",
        ManifestsSource: "manifests",
        TerraformSource: "terraform",
        ImageSource: "image",
        CheckSource: "check",
        TestSource: "test",
    }
    return names[type(component.source)]
