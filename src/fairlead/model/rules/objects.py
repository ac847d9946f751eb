"""What can be wrong with the objects that come out of a build."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR, example: str = "") -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.OBJECTS, about=about, severity=severity, example=example)


RULES: Final = (
    _rule(
        "schema",
        "An object that its schema refuses",
        "A field is unknown, missing, or of another type at the environment's Kubernetes version. The API server would"
        " refuse the object, or drop the field.",
        example="kind: Deployment\nspec:\n  replicas: two",
    ),
    _rule(
        "unknown-kind",
        "A kind that Kubernetes does not have",
        "The group is one of Kubernetes itself or of a CRD at hand, and has no such kind or version. Kinds of groups"
        " that nobody defines here are counted, not judged.",
        example="apiVersion: apps/v1\nkind: Deployement",
    ),
    _rule(
        "api-removed",
        "An API version that is gone",
        "The environment's Kubernetes version does not serve it any more: the object would be refused. The finding"
        " names the version that replaced it; fields may differ.",
        example="apiVersion: policy/v1beta1\nkind: PodDisruptionBudget",
    ),
    _rule(
        "api-deprecated",
        "An API version that will go",
        "It is served still, and a later Kubernetes removes it. Move before the upgrade.",
        severity=Severity.WARNING,
    ),
    _rule(
        "one-owner",
        "An object that two components have",
        "Each would put back what the other changed, and whoever removes it takes it from both. Remove it from one.",
    ),
)
