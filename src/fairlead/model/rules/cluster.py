"""What is found by asking an environment's cluster."""

from __future__ import annotations

from typing import Final

from fairlead.model.finding import Severity
from fairlead.model.rule import Rule, Stage


def _rule(rule_id: str, title: str, about: str, *, severity: Severity = Severity.ERROR) -> Rule:
    return Rule(id=rule_id, title=title, stage=Stage.CLUSTER, about=about, severity=severity)


RULES: Final = (
    _rule("api-server", "An object that the API server refuses", "Correct it as the server says."),
    _rule("nodes", "Nodes that are not ready", "See `kubectl get nodes`."),
    _rule("api-groups", "An API group that does not answer", "See its APIService.", severity=Severity.WARNING),
    _rule("names", "A name that does not resolve", "Correct the name, or this machine's DNS."),
    _rule("version-skew", "A cluster of another Kubernetes version", "Correct `kubernetes:`, or the cluster."),
    _rule(
        "cache-images",
        "An image that was not fetched",
        "Correct its name, or give it a login.",
        severity=Severity.WARNING,
    ),
    _rule("terraform/state", "A Terraform state that is not as recorded", "See the root's backend before deploying."),
    _rule("terraform/lock", "A Terraform state that is locked", "See `fairlead locks`."),
)
