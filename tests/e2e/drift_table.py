"""What somebody does to a platform, one thing to one object each, and what a drift check must say of it.

The objects are made by `objects()`, so that nothing but the name binds a plant to its object.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

SPACE = "plain"
GROUP = "drift.example.test"


@dataclass(frozen=True, kw_only=True)
class Plant:
    """*words* are given to kubectl, one command after the other; *kind* is what drift must say (empty: nothing), of
    *paths*. *note* is a part of the note that it must give. *diff*: `kubectl diff --server-side` shows it too."""

    name: str
    subject: str
    words: tuple[tuple[str, ...], ...]
    kind: str = ""
    paths: tuple[str, ...] = ()
    owner: str = ""
    note: str = ""
    diff: bool = False
    stdin: Any = None
    component: str = "plain"
    more: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        return self.name


def configmap(name: str, **data: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "labels": {"team": "a"}},
        "data": data or {"a": "1", "b": "2"},
    }


def deployment(name: str, *, replicas: int | None = 1) -> dict[str, Any]:
    variables = [{"name": n, "value": v} for n, v in (("FIRST", "1"), ("SECOND", "$(FIRST)"))]
    container = {"name": "main", "image": "example.test/main:1", "args": ["--one", "--two"], "env": variables}
    spec: dict[str, Any] = {
        "selector": {"matchLabels": {"app": name}},
        "template": {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container]}},
    }
    if replicas is not None:
        spec["replicas"] = replicas
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def crd(plural: str, kind: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": schema},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": "Size", "type": "string", "jsonPath": ".spec.size"}],
    }
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {
            "group": GROUP,
            "names": {"plural": plural, "kind": kind},
            "scope": "Namespaced",
            "versions": [version],
        },
    }


def custom(kind: str, name: str) -> dict[str, Any]:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": name}, "spec": {"size": "small"}}


def objects() -> Iterator[dict[str, Any]]:
    """What component `plain` deploys into its namespace, beside that."""
    configmaps = {p.subject.rpartition("/")[2] for p in PLAIN if p.subject.startswith("ConfigMap ")}
    yield from (configmap(name) for name in sorted(configmaps))
    deployments = {p.subject.rpartition("/")[2] for p in PLAIN if p.subject.startswith("Deployment ")}
    yield from (deployment(n, replicas=None if n == "silent" else 1) for n in sorted(deployments))
    for name in ("secret-value", "secret-key"):
        yield {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"password": "hunter2"}}
    yield {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": "autoscaled"},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "autoscaled"},
            "maxReplicas": 5,
        },
    }
    for name in ("selector", "annotated"):
        ports = [{"name": "http", "port": 80}]
        spec = {"selector": {"app": name}, "ports": ports}
        yield {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": spec}
    rules = [{"apiGroups": [""], "resources": [r], "verbs": ["get"]} for r in ("pods", "services")]
    yield {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "rules"}, "rules": rules}
    yield from (crd("widgets", "Widget"), crd("gadgets", "Gadget"), crd("gizmos", "Gizmo"))
    yield from (custom("Widget", "resized"), custom("Widget", "working"), custom("Gizmo", "lost"))


def merge(
    kind: str, name: str, patch: Any, *, manager: str = "kubectl-edit", more: tuple[str, ...] = ()
) -> tuple[str, ...]:
    words = ("patch", kind, name, "--type=merge", f"--field-manager={manager}", "-p", json.dumps(patch), *more)
    return words if kind == "crd" else ("-n", SPACE, *words)


def data(name: str, manager: str = "kubectl-edit", **values: str | None) -> tuple[str, ...]:
    return merge("configmap", name, {"data": values}, manager=manager)


def template(name: str, **container: Any) -> tuple[str, ...]:
    whole = {"name": "main", "image": "example.test/main:1", **container}
    kept = deployment(name)["spec"]["template"]["spec"]["containers"][0]
    return merge("deployment", name, {"spec": {"template": {"spec": {"containers": [{**kept, **whole}]}}}})


def applied(manager: str) -> tuple[str, ...]:
    return ("-n", SPACE, "apply", "--server-side", "--force-conflicts", f"--field-manager={manager}", "-f", "-")


_MAIN = '.spec.template.spec.containers[name="main"]'
_CM, _DEPLOYMENT = f"ConfigMap {SPACE}/", f"Deployment {SPACE}/"

PLAIN = (
    Plant(
        name="a changed value",
        subject=f"{_CM}changed",
        words=(data("changed", a="9"),),
        kind="changed",
        paths=(".data.a",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="a removed key",
        subject=f"{_CM}removed",
        words=(data("removed", a=None),),
        kind="removed field",
        paths=(".data.a",),
        diff=True,
    ),
    Plant(
        name="a deleted object",
        subject=f"{_CM}deleted",
        words=(("-n", SPACE, "delete", "configmap", "deleted"),),
        kind="deleted",
        diff=True,
    ),
    Plant(
        name="an object made again with other values",
        subject=f"{_CM}recreated",
        words=(("-n", SPACE, "delete", "configmap", "recreated"), ("-n", SPACE, "create", "-f", "-")),
        stdin=configmap("recreated", a="1", b="7"),
        kind="recreated",
        paths=(".data.b",),
        owner="kubectl-create",
        diff=True,
    ),
    Plant(
        name="an object made again as it was",
        subject=f"{_CM}twin",
        words=(("-n", SPACE, "delete", "configmap", "twin"), ("-n", SPACE, "create", "-f", "-")),
        stdin=configmap("twin"),
        kind="recreated",
        owner="kubectl-create",
    ),
    Plant(
        name="a key that a person added",
        subject=f"{_CM}extra",
        words=(data("extra", c="3"),),
        kind="extra key",
        paths=(".data.c",),
        owner="kubectl-edit",
    ),
    Plant(
        name="a key that an operator added", subject=f"{_CM}injected", words=(data("injected", "some-operator", c="3"),)
    ),
    Plant(
        name="a value changed and changed back",
        subject=f"{_CM}there-and-back",
        words=(data("there-and-back", a="9"), data("there-and-back", a="1")),
        kind="ownership lost",
        paths=(".data.a",),
        owner="kubectl-edit",
    ),
    Plant(
        name="another manager's apply with another value",
        subject=f"{_CM}applied",
        words=(applied("argocd-controller"),),
        stdin=configmap("applied", a="9"),
        kind="changed",
        paths=(".data.a",),
        owner="argocd-controller",
        diff=True,
    ),
    Plant(
        name="another manager's apply with the same values",
        subject=f"{_CM}co-owned",
        words=(applied("argocd-controller"),),
        stdin=configmap("co-owned"),
    ),
    Plant(
        name="a write under our own name",
        subject=f"{_CM}impostor",
        words=(data("impostor", "fairlead:plain", a="9"),),
        kind="changed",
        paths=(".data.a",),
        owner="fairlead:plain",
        diff=True,
    ),
    Plant(
        name="a label of ours changed",
        subject=f"{_CM}relabelled",
        words=(("-n", SPACE, "label", "configmap", "relabelled", "team=b", "--overwrite"),),
        kind="changed",
        paths=(".metadata.labels.team",),
        owner="kubectl-label",
        diff=True,
    ),
    Plant(
        name="a label of ours removed",
        subject=f"{_CM}unlabelled",
        words=(("-n", SPACE, "label", "configmap", "unlabelled", "team-"),),
        kind="removed field",
        paths=(".metadata.labels",),
        diff=True,
    ),
    Plant(
        name="a label of somebody else",
        subject=f"{_CM}labelled",
        words=(("-n", SPACE, "label", "configmap", "labelled", "theirs=yes"),),
    ),
    Plant(
        name="two fields at once",
        subject=f"{_CM}twice",
        words=(data("twice", a="9", b=None),),
        kind="changed",
        paths=(".data.a", ".data.b"),
        diff=True,
    ),
    Plant(
        name="another image",
        subject=f"{_DEPLOYMENT}image",
        words=(("-n", SPACE, "set", "image", "deployment/image", "main=example.test/main:2"),),
        kind="changed",
        paths=(f"{_MAIN}.image",),
        owner="kubectl-set",
        diff=True,
    ),
    Plant(
        name="arguments in another order",
        subject=f"{_DEPLOYMENT}arguments",
        words=(template("arguments", args=["--two", "--one"]),),
        kind="other order",
        paths=(f"{_MAIN}.args",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="variables in another order",
        subject=f"{_DEPLOYMENT}variables",
        words=(template("variables", env=[{"name": "SECOND", "value": "$(FIRST)"}, {"name": "FIRST", "value": "1"}]),),
        kind="other order",
        paths=(f"{_MAIN}.env",),
        diff=True,
    ),
    Plant(
        name="a variable of somebody else",
        subject=f"{_DEPLOYMENT}variable",
        words=(("-n", SPACE, "set", "env", "deployment/variable", "THEIRS=1"),),
    ),
    Plant(
        name="scaled, and the manifest states a number",
        subject=f"{_DEPLOYMENT}scaled",
        words=(("-n", SPACE, "scale", "deployment", "scaled", "--replicas=3"),),
        kind="changed",
        paths=(".spec.replicas",),
        owner="kubectl",
        diff=True,
    ),
    Plant(
        name="scaled, and the manifest states none",
        subject=f"{_DEPLOYMENT}silent",
        words=(("-n", SPACE, "scale", "deployment", "silent", "--replicas=3"),),
        note="scaled to 3; its manifest states no replicas",
    ),
    Plant(
        name="scaled where an autoscaler does it",
        subject=f"{_DEPLOYMENT}autoscaled",
        words=(("-n", SPACE, "scale", "deployment", "autoscaled", "--replicas=3"),),
        diff=True,
    ),
    Plant(
        name="restarted by kubectl",
        subject=f"{_DEPLOYMENT}restarted",
        words=(("-n", SPACE, "rollout", "restart", "deployment/restarted"),),
    ),
    Plant(
        name="a value of a Secret",
        subject=f"Secret {SPACE}/secret-value",
        words=(merge("secret", "secret-value", {"stringData": {"password": "letmein"}}),),
        kind="changed",
        paths=(".data.password",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="a key that a person added to a Secret",
        subject=f"Secret {SPACE}/secret-key",
        words=(merge("secret", "secret-key", {"stringData": {"other": "letmein"}}),),
        kind="extra key",
        paths=(".data.other",),
        owner="kubectl-edit",
    ),
    Plant(
        name="a key in a map that is one value",
        subject=f"Service {SPACE}/selector",
        words=(merge("service", "selector", {"spec": {"selector": {"tier": "x"}}}),),
        kind="extra key",
        paths=(".spec.selector.tier",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="an annotation of somebody else",
        subject=f"Service {SPACE}/annotated",
        words=(("-n", SPACE, "annotate", "service", "annotated", "theirs=yes"),),
    ),
    Plant(
        name="rules in another order",
        subject=f"Role {SPACE}/rules",
        words=(
            merge(
                "role",
                "rules",
                {"rules": [{"apiGroups": [""], "resources": [r], "verbs": ["get"]} for r in ("services", "pods")]},
            ),
        ),
        kind="other order",
        paths=(".rules",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="a CustomResourceDefinition",
        subject=f"CustomResourceDefinition gadgets.{GROUP}",
        words=(
            merge("crd", f"gadgets.{GROUP}", {"spec": {"names": {"shortNames": ["gg"]}}}),
            merge(
                "crd",
                f"gadgets.{GROUP}",
                {
                    "spec": {
                        "versions": [
                            {
                                **crd("gadgets", "Gadget")["spec"]["versions"][0],
                                "additionalPrinterColumns": [
                                    {"name": "Size", "type": "string", "jsonPath": ".spec.length"}
                                ],
                            }
                        ]
                    }
                },
            ),
        ),
        kind="changed",
        paths=('.spec.versions[name="v1"].additionalPrinterColumns[name="Size"].jsonPath',),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="a custom resource",
        subject=f"Widget {SPACE}/resized",
        words=(merge("widget", "resized", {"spec": {"size": "large"}}),),
        kind="changed",
        paths=(".spec.size",),
        owner="kubectl-edit",
        diff=True,
    ),
    Plant(
        name="the status of a custom resource",
        subject=f"Widget {SPACE}/working",
        words=(
            merge(
                "widget", "working", {"status": {"phase": "Ready"}}, manager="widgets", more=("--subresource=status",)
            ),
        ),
    ),
    Plant(
        name="a kind that is no longer served",
        subject=f"CustomResourceDefinition gizmos.{GROUP}",
        words=(("delete", "crd", f"gizmos.{GROUP}"),),
        kind="deleted",
        diff=True,
        more=(f"Gizmo {SPACE}/lost",),
    ),
)
"""Those on component `plain`. An object whose kind is gone ends `kubectl diff` with an error before it shows anything:
it is kept from it."""

RELEASED = (
    Plant(
        name="another image in a release",
        component="release",
        subject="Deployment release/app",
        words=(("-n", "release", "set", "image", "deployment/app", "main=example.test/main:2"),),
        kind="changed",
        paths=(f"{_MAIN}.image",),
        owner="kubectl-set",
    ),
    Plant(
        name="a deleted object of a release",
        component="release",
        subject="Service release/app",
        words=(("-n", "release", "delete", "service", "app"),),
        kind="deleted",
    ),
    Plant(
        name="a value of a release's Secret",
        component="release",
        subject="Secret release/app",
        words=(
            ("-n", "release", "patch", "secret", "app", "--type=merge", "-p", '{"stringData": {"password": "other"}}'),
        ),
        kind="changed",
        paths=(".data.password",),
        owner="kubectl-patch",
    ),
    Plant(
        name="a label that helm set",
        component="release",
        subject="ConfigMap release/app",
        words=(("-n", "release", "label", "configmap", "app", "app.kubernetes.io/managed-by-"),),
        kind="removed field",
        paths=(".metadata.labels",),
    ),
    Plant(
        name="an object of a Kustomize build",
        component="built",
        subject="ConfigMap built/built",
        words=(("-n", "built", "patch", "configmap", "built", "--type=merge", "-p", '{"data": {"a": "9"}}'),),
        kind="changed",
        paths=(".data.a",),
        owner="kubectl-patch",
    ),
)

PLANTS = (*PLAIN, *RELEASED)
