"""What a test of a project file must say together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.readers.project_faults import Fault, suggest
from fairlead.readers.project_parts import Parts

_OF_HTTP: Final = ("scheme", "status", "body", "body_matches", "within", "retry_for")


def _keys_of_http(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        test = component.test
        if test is None or test.http is not None or index in parts.trimmed:
            continue
        for name in _OF_HTTP:
            if name in test.model_fields_set:
                key = type(test).model_fields[name].alias or name
                yield Fault(
                    rule="no-effect",
                    path=("components", index, "test", key),
                    message=f"{key} has no effect without http",
                    hint="state `http: NAMESPACE/SERVICE:PORT/path`, or remove it",
                    at_key=True,
                )


def _tested_release(parts: Parts) -> Iterator[Fault]:
    for index, component in parts.components.items():
        tested = component.test.helm if component.test is not None else None
        if tested is None:
            continue
        if parts.kinds.get(tested) != "helm":
            releases = tuple(name for name, kind in parts.kinds.items() if kind == "helm")
            is_other = tested in parts.kinds
            yield Fault(
                rule="unknown-component",
                path=("components", index, "test", "helm"),
                message=f"{tested} is no helm component" if is_other else f"unknown component: {tested}",
                hint="only charts bring tests" if is_other else suggest(tested, releases, what="helm components"),
            )
        elif tested in parts.by_name and not parts.trimmed:
            missing = parts.places_of(component) - parts.places_of(parts.by_name[tested])
            if missing:
                places = ", ".join(sorted(missing))
                yield Fault(
                    rule="not-there",
                    path=("components", index, "test", "helm"),
                    message=f"component {tested} does not belong to {places}, {component.name} does",
                    hint="write `environments:` alike in both",
                )


TEST_RULES: Final = (_keys_of_http, _tested_release)
