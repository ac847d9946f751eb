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
        "object-invalid",
        "An object that Kubernetes does not take",
        "Its schema allows it, and the API server's own checks refuse it, or the kubelet cannot run it: a name or label"
        " with letters that are none, an amount such as 64mb, a schedule with an hour 25, a word that is none of the"
        " choices, a volume that is mounted and not there, two containers of one name, a probe of a port that its"
        " container does not have, a request above its limit, a restartPolicy that a Job must not have,"
        " a probe that asks nothing or in two ways, an exception outside its block of addresses.",
        example="kind: CronJob\nspec:\n  schedule: 0 25 * * *",
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
        "Where the two differ, each would put back what the other changed: every verb refuses them and names both"
        " places. Where they are alike it is a warning: one component applies it, the one that has it on record, else"
        " the first, and `plan` says which. Helm takes no object that another component has, so that is refused, too."
        " What a GitOps engine delivers is only warned of, as long as it is alike, and so are folders of manifests that"
        " no file names: nobody says that both are applied. Remove it from one.",
    ),
    _rule(
        "hook-never-runs",
        "A hook that nobody runs",
        "An object is marked as a hook of Helm or of Argo CD, and is deployed by something else: it is left out, or"
        " applied as an ordinary object, once and not at each deployment.",
        severity=Severity.WARNING,
        example="kind: Job\nmetadata:\n  annotations: {helm.sh/hook: pre-upgrade}  # in a folder of plain manifests",
    ),
    _rule(
        "selector-mismatch",
        "A workload that does not select its own pods",
        "The API server refuses it: the labels of `spec.template` must have what `spec.selector` asks for.",
        example="spec:\n  selector: {matchLabels: {app: shop}}\n  template:\n    metadata: {labels: {app: shops}}",
    ),
    _rule(
        "port-unknown",
        "A port that is not there",
        "A Service leads to a port by a name that no pod it selects has, or an Ingress to a port that the Service does"
        " not have: nobody answers there.",
        severity=Severity.WARNING,
        example="kind: Service\nspec:\n  ports: [{port: 80, targetPort: htp}]  # the containers have a port http",
    ),
    _rule(
        "key-unknown",
        "A key that is not there",
        "A container, a volume or a HelmRelease takes a key of a ConfigMap or a Secret that the environment has, and"
        " that has no such key: the container is not created, the release does not go on. It is not said of what is"
        " optional, nor of an object without any key, which somebody fills in later.",
        severity=Severity.WARNING,
        example="configMapKeyRef: {name: settings, key: mod}  # the ConfigMap settings has a key mode",
    ),
    _rule(
        "reference-misspelt",
        "A name with a letter wrong",
        "An object names another one that is not in the environment, and one of that kind is there which nobody names"
        " and whose name differs by one letter. It is said of ConfigMaps, claims, ServiceAccounts, Services, Roles and"
        " what is scaled; not of Secrets, which are often made elsewhere, nor where a component could not be built.",
        severity=Severity.WARNING,
        example="serviceAccountName: wep  # the ServiceAccount is called web",
    ),
    _rule(
        "selector-matches-nothing",
        "A Service without pods",
        "Nothing in the environment has the labels that it selects, so that it has no endpoints. Nothing is said of a"
        " Service without a selector, nor where an operator may make the pods.",
        severity=Severity.WARNING,
    ),
    _rule(
        "floating-image",
        "An image that may change without a commit",
        "It has no tag, or one that moves: two pods of one workload may run different programs. Name a version or a"
        " digest.",
        severity=Severity.WARNING,
        example="image: registry.example.test/shop:latest",
    ),
    _rule(
        "floating-chart",
        "A chart that may change without a commit",
        "Flux or Argo CD takes whatever version fits when it looks, so that the repository does not say what runs.",
        severity=Severity.WARNING,
        example="kind: HelmRelease\nspec:\n  chart:\n    spec: {chart: podinfo, version: '>=6.0.0'}",
    ),
)
