"""What components of a project file must say together. Each rule yields its faults, so that one wrong value does not
hide the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from fairlead.model.image import ImageOutput
from fairlead.model.plan import Phase
from fairlead.model.tier import Tier
from fairlead.planning.cycles import find_cycles
from fairlead.planning.value_expression import OutputExpression, parse_expression
from fairlead.readers.project_faults import Fault, Path, suggest
from fairlead.readers.project_parts import Parts, as_map, canonical, not_in_all_places, not_of_kind
from fairlead.readers.project_schema import SOURCE_KEYS, TEST_KEYS, ComponentFields

_PHASES: Final = {
    "check": Phase.VALIDATE,
    "terraform": Phase.PROVISION,
    "image": Phase.PROVISION,
    "test": Phase.TEST,
}
_WITH_OUTPUTS: Final = ("terraform", "image")
_IMAGE_OUTPUTS: Final = tuple(output.value for output in ImageOutput)
_DEPLOYED: Final = ("helm", "kustomize", "manifests")
_MEANINGFUL: Final = {
    "set": ("helm",),
    "images": ("kustomize", "manifests", "test"),
    "secrets": ("helm",),
    "crds": _DEPLOYED,
    "prune": _DEPLOYED,
    "replace": _DEPLOYED,
    "podSecurity": _DEPLOYED,
    "namespace": (*_DEPLOYED, "test"),
}
"""Which kinds of component a key has an effect on, where it is not all."""


def _unique_names(parts: Parts) -> Iterator[Fault]:
    raw = parts.raw.get("components")
    first: dict[str, int] = {}
    for index, entry in enumerate(raw if isinstance(raw, list) else []):
        name = as_map(entry).get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            yield Fault(
                rule="duplicate-component",
                path=("components", index, "name"),
                message=f"another component is named {name} (number {first[name] + 1} of the list)",
                hint="rename one of them",
            )
        first.setdefault(name, index)


def _one_source(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        if index in parts.trimmed:
            continue
        yield from _exactly_one(
            _sources_of(component), SOURCE_KEYS, ("components", index), f"component {component.name}"
        )
        if component.test is not None:
            given = tuple(key for key in TEST_KEYS if getattr(component.test, key) is not None)
            yield from _exactly_one(given, TEST_KEYS, ("components", index, "test"), f"test {component.name}")


def _exactly_one(given: tuple[str, ...], known: tuple[str, ...], path: Path, subject: str) -> Iterator[Fault]:
    if not given:
        message = f"{subject} does not say what it is"
        yield Fault(rule="no-source", path=path, message=message, hint=f"add one of {', '.join(known)}")
    elif len(given) > 1:
        message = f"{subject} has {' and '.join(given)}: it can be one of them only"
        hint = "split it into components of their own" if known is SOURCE_KEYS else "keep one"
        yield Fault(rule="two-sources", path=(*path, given[1]), message=message, hint=hint, at_key=True)


def _keys_with_an_effect(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        sources = _sources_of(component)
        written = {
            field.alias for name, field in type(component).model_fields.items() if name in component.model_fields_set
        }
        for key, kinds in _MEANINGFUL.items():
            if key in written and len(sources) == 1 and sources[0] not in kinds:
                yield Fault(
                    rule="no-effect",
                    path=("components", index, key),
                    message=f"{key} has no effect on {_article(sources[0])} {sources[0]} component",
                    hint=f"it is for {', '.join(kinds)}",
                    at_key=True,
                )


def _known_environments(parts: Parts) -> Iterator[Fault]:
    known = {*parts.environment_names, *as_map(parts.raw.get("groups"))}
    for index, component in parts.components.items():
        for at, name in enumerate(component.environments):
            if canonical(name) not in known and name not in known:
                yield Fault(
                    rule="unknown-environment",
                    path=("components", index, "environments", at),
                    message=f"unknown environment: {name}",
                    hint=suggest(name, sorted(known), what="environments"),
                )


def _known_needs(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        own = _phase(parts.kinds.get(component.name, ""))
        for at, need in enumerate(component.needs):
            path: Path = ("components", index, "needs", at)
            if need not in parts.kinds:
                hint = suggest(need, parts.kinds, what="components")
                yield Fault(rule="unknown-component", path=path, message=f"unknown component: {need}", hint=hint)
            elif _phase(parts.kinds[need]).rank > own.rank:
                yield Fault(
                    rule="needs-later-phase",
                    path=path,
                    message=f"{component.name} runs in phase {own}, before {need} in {_phase(parts.kinds[need])}",
                    hint="a component can need only what runs in its own phase or before",
                )


def _phase(kind: str) -> Phase:
    return _PHASES.get(kind, Phase.DEPLOY)


def _no_cycle(parts: Parts) -> Iterator[Fault]:
    """Waiting follows `needs`, and without them the earlier tiers of the deploy phase."""
    cycles = find_cycles({c.name: c.needs for c in parts.components.values()})
    if not cycles:
        cycles = tuple(cycle for name in parts.environment_names for cycle in find_cycles(_waits(parts, name)))
    for cycle in dict.fromkeys(cycles):
        # Of tiers in a row only the last, whose components are waited for, says something.
        pairs = zip(cycle, (*cycle[1:], cycle[0]), strict=True)
        names = [name for name, after in pairs if name in parts.kinds or after in parts.kinds]
        first = next(at for at, name in enumerate(names) if name in parts.kinds)
        chain = (*names[first:], *names[:first], names[first])
        by_tier = any(name not in parts.kinds for name in chain)
        yield Fault(
            rule="needs-cycle",
            path=("components", _index_of(chain[0], parts), "needs"),
            message=f"components wait for each other: {' -> '.join(chain)}",
            hint="say in `needs` what it waits for instead of the whole tier"
            if by_tier
            else "remove one of these needs",
        )


def _index_of(name: str, parts: Parts) -> int:
    return next(index for index, component in parts.components.items() if component.name == name)


def _waits(parts: Parts, environment: str) -> Mapping[str, tuple[str, ...]]:
    """What each component waits for in *environment*; a tier is a node `tier X` that waits for what is in it."""
    there = [c for c in parts.components.values() if environment in parts.places_of(c)]
    waits: dict[str, tuple[str, ...]] = {}
    for tier in Tier:
        earlier = tuple(f"tier {other}" for other in Tier if other.rank == tier.rank - 1)
        members = [c for c in there if c.tier is tier and _phase(parts.kinds.get(c.name, "")) is Phase.DEPLOY]
        waits[f"tier {tier}"] = (*(c.name for c in members), *earlier)
        waits.update({c.name: c.needs or earlier for c in members})
    return waits


def _known_outputs(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        for value_path, text in component.mappings.items():
            expression = parse_expression(text)
            if not isinstance(expression, OutputExpression):
                continue
            path: Path = ("components", index, "set", value_path)
            source = expression.component
            if parts.kinds.get(source) not in _WITH_OUTPUTS:
                yield not_of_kind(source, parts, kinds=_WITH_OUTPUTS, path=path, why="only those have outputs")
                continue
            if parts.kinds[source] == "image" and expression.name not in _IMAGE_OUTPUTS:
                yield Fault(
                    rule="unknown-output",
                    path=path,
                    message=f"an image has no output {expression.name}",
                    hint=f"it has {', '.join(_IMAGE_OUTPUTS)}",
                )
            yield from not_in_all_places(component, source, parts, path=path)


def _article(word: str) -> str:
    return "an" if word[0] in "aeiou" else "a"


def _sources_of(component: ComponentFields) -> tuple[str, ...]:
    return tuple(key for key in SOURCE_KEYS if getattr(component, key) is not None)


COMPONENT_RULES: Final = (
    _unique_names,
    _one_source,
    _keys_with_an_effect,
    _known_environments,
    _known_needs,
    _no_cycle,
    _known_outputs,
)
