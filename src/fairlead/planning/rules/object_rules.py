"""The rules that look at all objects of an environment together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.planning.rules.environment_objects import EnvironmentObjects, Judgement, ObjectRule
from fairlead.planning.rules.floating import check_charts, check_images
from fairlead.planning.rules.keys import check_keys
from fairlead.planning.rules.owners import check_owners
from fairlead.planning.rules.references import check_misspelt, check_ports
from fairlead.planning.rules.refusals import check_refusals
from fairlead.planning.rules.selectors import check_own_selectors, check_service_selectors
from fairlead.planning.rules.stray_hooks import check_stray_hooks

OBJECT_RULES: Final[tuple[ObjectRule, ...]] = (
    check_owners,
    check_refusals,
    check_stray_hooks,
    check_own_selectors,
    check_service_selectors,
    check_ports,
    check_keys,
    check_misspelt,
    check_images,
    check_charts,
)


def judge_objects(scene: EnvironmentObjects) -> Iterator[Judgement]:
    for rule in OBJECT_RULES:
        yield from rule(scene)
