"""Small objects that tests deploy, and what became of them and of the run that wrote them."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from typing import Any

import yaml

from e2e.rig import Clone

Object = dict[str, Any]
IMAGE = "registry.example.test/app:1.0.0"


def config_map(name: str, **data: str) -> Object:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def workload(name: str, *, replicas: int = 1, **pod: Any) -> Object:
    spec = {"containers": [{"name": name, "image": IMAGE}], **pod}
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def job(name: str, *, image: str = IMAGE) -> Object:
    pod = {"restartPolicy": "Never", "containers": [{"name": name, "image": image}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name}, "spec": {"template": {"spec": pod}}}


def crd(plural: str, kind: str, *versions: Mapping[str, Any]) -> Object:
    """A definition in group `faults.example.test`; *versions* are merged into open ones."""
    schema = {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}
    listed = [{"served": True, "storage": False, "schema": schema, **version} for version in versions]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.faults.example.test"},
        "spec": {
            "group": "faults.example.test",
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"},
            "versions": listed,
        },
    }


def stream(*objects: Object) -> str:
    return yaml.safe_dump_all(objects, sort_keys=False)


def chart(clone: Clone, name: str, *templates: str, values: Mapping[str, Any] | None = None) -> None:
    """A chart `charts/NAME` with one template file for each text."""
    folder = f"charts/{name}"
    clone.write(f"{folder}/Chart.yaml", f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n")
    clone.write(f"{folder}/values.yaml", dict(values or {}))
    for number, text in enumerate(templates):
        clone.write(f"{folder}/templates/{number}.yaml", text)


def run_of(clone: Clone) -> Any:
    """The current or last run, as `status` tells it; None where nothing ran yet."""
    return clone.run("status", "-o", "json").expect().json.get("run")


def lease_holder(clone: Clone, project: str) -> str:
    leases = json.loads(clone.kubectl("get", "leases", "-n", "fairlead-system", "-o", "json"))["items"]
    held = [lease for lease in leases if project in lease["metadata"]["name"]]
    return "".join(lease["spec"].get("holderIdentity") or "" for lease in held)


def expect_settled(clone: Clone, project: str, *, state: str = "failed") -> Any:
    """Nothing is half recorded: the run ended as *state*, each step that began has an end, nobody holds the lock."""
    run = run_of(clone)
    assert run["state"] == state
    assert run["ended"]
    assert [name for name, step in run["steps"].items() if step.get("begin") and not step.get("end")] == []
    assert lease_holder(clone, project) == ""
    return run


def record_texts(clone: Clone) -> str:
    """Everything that the record keeps in the cluster, unpacked."""
    secrets = json.loads(clone.kubectl("get", "secrets", "-n", "fairlead-system", "-o", "json"))["items"]
    found = [json.dumps(secret["metadata"]) for secret in secrets]
    for secret in secrets:
        for value in secret.get("data", {}).values():
            content = base64.b64decode(value)
            found.append((gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content).decode(errors="replace"))
    return "\n".join(found)
