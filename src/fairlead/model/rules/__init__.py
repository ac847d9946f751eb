"""Every rule, by its id. A new rule is one entry in the table of its stage; its page is made from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fairlead.model.rule import OFFLINE, Rule, Stage
from fairlead.model.rules import build, cluster, files, flux, helmfile, kustomize, objects, project, security, waivers

_TABLES: Final = (
    project.RULES,
    files.RULES,
    build.RULES,
    flux.RULES,
    kustomize.RULES,
    helmfile.RULES,
    objects.RULES,
    waivers.RULES,
    security.RULES,
    cluster.RULES,
)

RULES: Final[Mapping[str, Rule]] = {rule.id: rule for table in _TABLES for rule in table}


def rules_of(stages: Iterable[Stage] = OFFLINE) -> tuple[Rule, ...]:
    wanted = frozenset(stages)
    return tuple(rule for rule in RULES.values() if rule.stage in wanted)
