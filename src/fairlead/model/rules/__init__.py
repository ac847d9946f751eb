"""Every rule, by its id. A new rule is one entry in the table of its stage; its page is made from that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from fairlead.model.rule import OFFLINE, Rule, Stage
<<<<<<< HEAD
from fairlead.model.rules import build, cluster, files, objects, project, security, waivers

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for table in (project.RULES, files.RULES, build.RULES, objects.RULES, waivers.RULES, security.RULES, cluster.RULES)
=======
from fairlead.model.rules import build, cluster, files, flux, objects, project, security

RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for table in (project.RULES, files.RULES, build.RULES, flux.RULES, objects.RULES, security.RULES, cluster.RULES)
>>>>>>> 34da2cf (Rules for what Flux would stop at)
    for rule in table
}


def rules_of(stages: Iterable[Stage] = OFFLINE) -> tuple[Rule, ...]:
    wanted = frozenset(stages)
    return tuple(rule for rule in RULES.values() if rule.stage in wanted)
