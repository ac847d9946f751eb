"""The three environments of examples/homelab differ as documented. Rendered offline, so no cluster is needed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from e2e.rig import HOMELAB, Clone
from fairlead.planning.rules.network_policies import check_network_policies

pytestmark = pytest.mark.e2e

ENVIRONMENTS = ("local", "staging", "production")


@pytest.fixture(scope="module")
def homelab(tmp_path_factory: pytest.TempPathFactory) -> Clone:
    root = tmp_path_factory.mktemp("homelab")
    clone = Clone(folder=root / "project", home=root / "home", kubeconfig=root / "none")
    shutil.copytree(HOMELAB, clone.folder, dirs_exist_ok=True)
    return clone


@cache
def _rendered(folder: Path, text: str) -> tuple[dict[str, Any], ...]:
    return tuple(document for document in yaml.safe_load_all(text) if document)


class Rendered:
    """All objects of one environment."""

    def __init__(self, clone: Clone, environment: str) -> None:
        text = clone.run("render", "-e", environment, "-q").expect().out
        self.objects = _rendered(clone.folder, text)

    def of(self, kind: str) -> Iterator[dict[str, Any]]:
        return (found for found in self.objects if found["kind"] == kind)

    def named(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = (o for o in self.of(kind) if o["metadata"]["name"] == name)
        return found


@pytest.fixture(scope="module")
def rendered(homelab: Clone) -> dict[str, Rendered]:
    return {name: Rendered(homelab, name) for name in ENVIRONMENTS}


def test_all_of_them_are_valid_offline(homelab: Clone) -> None:
    found = homelab.run("validate", "-o", "json").expect().json
    assert found["findings"] == []
    assert found["checked"] > 180


@pytest.mark.parametrize(("environment", "replicas"), [("local", 1), ("staging", None), ("production", None)])
def test_replicas_are_fixed_where_they_do_not_move(
    rendered: dict[str, Rendered], environment: str, replicas: int | None
) -> None:
    assert rendered[environment].named("Deployment", "podinfo")["spec"].get("replicas") == replicas


@pytest.mark.parametrize(("environment", "bounds"), [("local", []), ("staging", [(2, 3)]), ("production", [(3, 5)])])
def test_replicas_move_between_their_bounds(
    rendered: dict[str, Rendered], environment: str, bounds: list[tuple[int, int]]
) -> None:
    found = [o["spec"] for o in rendered[environment].of("HorizontalPodAutoscaler")]
    assert [(spec["minReplicas"], spec["maxReplicas"]) for spec in found] == bounds


@pytest.mark.parametrize(("environment", "count"), [("local", 1), ("staging", 2), ("production", 3)])
def test_overlays_count_replicas(rendered: dict[str, Rendered], environment: str, count: int) -> None:
    assert rendered[environment].named("Deployment", "pages")["spec"]["replicas"] == count


@pytest.mark.parametrize("application", ["podinfo", "pages"])
@pytest.mark.parametrize(
    ("environment", "resources"),
    [
        ("local", {"requests": ("100m", "128Mi"), "limits": ("500m", "256Mi")}),
        ("staging", {"requests": ("250m", "512Mi"), "limits": ("1000m", "1Gi")}),
        ("production", {"requests": ("500m", "1Gi"), "limits": ("2000m", "4Gi")}),
    ],
)
def test_requests_and_limits_grow(
    rendered: dict[str, Rendered], environment: str, application: str, resources: dict[str, tuple[str, str]]
) -> None:
    (container,) = rendered[environment].named("Deployment", application)["spec"]["template"]["spec"]["containers"]
    found = {kind: (each["cpu"], each["memory"]) for kind, each in container["resources"].items()}
    assert found == resources


@pytest.mark.parametrize(
    ("environment", "authority"),
    [
        ("local", None),
        ("staging", "https://acme-staging-v02.api.letsencrypt.org/directory"),
        ("production", "https://acme-v02.api.letsencrypt.org/directory"),
    ],
)
def test_each_has_its_own_authority(rendered: dict[str, Rendered], environment: str, authority: str | None) -> None:
    issuer = rendered[environment].named("ClusterIssuer", "homelab")["spec"]
    assert issuer.get("acme", {}).get("server") == authority
    assert ("ca" in issuer) == (authority is None)


def test_local_has_no_network_policies(rendered: dict[str, Rendered]) -> None:
    assert list(rendered["local"].of("NetworkPolicy")) == []


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_policies_select_every_pod_outside_local(rendered: dict[str, Rendered], environment: str) -> None:
    """Where network policies are enforced, phase secure refuses a workload that none selects."""
    policies = list(rendered[environment].of("NetworkPolicy"))
    stay = (o for o in rendered[environment].objects if "helm.sh/hook" not in o["metadata"].get("annotations", {}))
    findings = [f for o in stay for f in check_network_policies(o, policies=policies)]
    assert {p["metadata"]["name"] for p in policies} > {"cache", "pages", "podinfo", "gateway"}
    assert findings == []


@pytest.mark.parametrize(("environment", "is_refused"), [("local", False), ("staging", False), ("production", True)])
def test_shells_in_applications_are_refused_in_production(
    rendered: dict[str, Rendered], environment: str, is_refused: bool
) -> None:
    names = {o["metadata"]["name"] for o in rendered[environment].of("ValidatingAdmissionPolicy")}
    assert ("homelab-shells" in names) == is_refused


@pytest.mark.parametrize(
    ("environment", "policy"), [("local", "Delete"), ("staging", "Delete"), ("production", "Retain")]
)
def test_volumes_outlive_their_claims_in_production(
    rendered: dict[str, Rendered], environment: str, policy: str
) -> None:
    assert rendered[environment].named("StorageClass", "homelab")["reclaimPolicy"] == policy


def test_production_spreads_its_pods_over_nodes(rendered: dict[str, Rendered]) -> None:
    pod = rendered["production"].named("Deployment", "podinfo")["spec"]["template"]["spec"]
    assert [c["whenUnsatisfiable"] for c in pod["topologySpreadConstraints"]] == ["DoNotSchedule"]
    assert list(rendered["production"].of("PodDisruptionBudget"))


@pytest.mark.parametrize(
    ("environment", "level"), [("local", "baseline"), ("staging", "restricted"), ("production", "restricted")]
)
def test_pod_security_levels_rise(homelab: Clone, environment: str, level: str) -> None:
    plan = homelab.run("plan", "-e", environment, "--dry-run", "-o", "json").expect().json
    (namespace,) = [s for s in plan["steps"] if s["name"] == "namespace/podinfo"]
    assert [f["wanted"] for c in namespace["changes"] for f in c["fields"]] == [level]


def test_the_base_alone_says_what_all_share(rendered: dict[str, Rendered]) -> None:
    settings = {
        name: next(o for o in r.of("ConfigMap") if o["metadata"]["name"].startswith("settings-"))["data"]
        for name, r in rendered.items()
    }
    assert settings["local"] == settings["staging"] == settings["production"]
