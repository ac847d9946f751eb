"""Kustomize trees that nobody here wrote: podinfo's overlays and Flux's example.

Left out: Flux's `clusters/`, which are empty until `flux bootstrap` fills them.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, inputs, writes

pytestmark = [pytest.mark.e2e, pytest.mark.own_cluster]

FLUX = "flux2-kustomize-helm-example"
SCRIPTS = ("database/scripts/backup.sh", "database/scripts/rollup.sh")
SCRIPTS += ("frontend/scripts/warm-cache.sh", "frontend/scripts/warm-cache-init.sh")
"""What podinfo's generators read; the inputs hold YAML only."""


def _take(clone: Clone, repository: str) -> Path:
    return Path(shutil.copytree(inputs() / "repositories" / repository, clone.folder / repository, copy_function=_copy))


def _copy(source: str, target: str) -> None:
    Path(target).write_bytes(Path(source).read_bytes())  # the inputs may not be written to, their copies may


def _stand_in(group: str, version: str, kind: str, plural: str) -> dict[str, Any]:
    schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{group}"},
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural},
            "versions": [
                {"name": version, "served": True, "storage": True, "schema": {"openAPIV3Schema": schema}},
            ],
        },
    }


def test_overlays_that_share_bases_deploy_and_stay_as_they_are(clone: Clone, audit_log: Path) -> None:
    folder = _take(clone, "podinfo-deploy")
    _take(clone, "podinfo-kustomize")
    for script in SCRIPTS:
        file = folder / "bases" / script
        file.parent.mkdir(exist_ok=True)
        file.write_text("#!/bin/sh\n")
    overlays = [
        {"name": name, "kustomize": f"podinfo-deploy/overlays/{name}"} for name in ("dev", "staging", "production")
    ]
    alone = {"name": "alone", "namespace": "alone", "kustomize": "podinfo-kustomize"}
    clone.project("podinfo", *overlays, alone, {"name": "webapp", "manifests": "podinfo-deploy/webapp"})
    report = clone.run("deploy", "-o", "json").expect().json
    assert sum(step["result"]["written"] for step in report["run"]["steps"].values() if "component" in step) == 89
    before = audit_log.stat().st_size
    # Their autoscalers are at work meanwhile: what they change is neither drift nor a failed rollout.
    assert not clone.run("deploy", "-o", "json").expect().json["changed"]
    clone.run("plan", "--detailed-exitcode").expect(0)
    assert writes(audit_log, since=before, agents=("fairlead",)) == []


def test_file_that_a_shared_base_lacks_is_one_fault_with_its_place(clone: Clone) -> None:
    _take(clone, "podinfo-deploy")
    overlays = ({"name": name, "kustomize": f"podinfo-deploy/overlays/{name}"} for name in ("dev", "staging"))
    clone.project("incomplete", *overlays)
    failed = clone.run("deploy").expect(4)
    place = "podinfo-deploy/bases/frontend/kustomization.yaml:12:9: scripts/warm-cache.sh does not exist"
    assert f"{place}\n  hint: correct the path\n" in failed.err


def test_kinds_of_flux_without_flux_are_named_and_nothing_is_written(clone: Clone, audit_log: Path) -> None:
    _take(clone, FLUX)
    clone.project("no-flux", {"name": "apps", "kustomize": f"{FLUX}/apps/staging"})
    before = audit_log.stat().st_size
    reason = "HelmRelease in helm.toolkit.fluxcd.io/v2 is served by nobody yet, no component brings it"
    assert reason in clone.run("plan").expect().out
    failed = clone.run("deploy", "--timeout", "1s").expect(1)
    assert "the API server does not serve HelmRelease in helm.toolkit.fluxcd.io/v2" in failed.out
    assert writes(audit_log, since=before, agents=("fairlead",)) == []


def test_example_of_flux_deploys_beside_what_brings_its_kinds(clone: Clone, audit_log: Path) -> None:
    _take(clone, FLUX)
    clone.write("flux.yaml", _stand_in("helm.toolkit.fluxcd.io", "v2", "HelmRelease", "helmreleases"))
    clone.write("sources.yaml", _stand_in("source.toolkit.fluxcd.io", "v1", "HelmRepository", "helmrepositories"))
    clone.write("cert-manager.yaml", (inputs() / "rendered" / "cert-manager.yaml").read_text())
    clone.project(
        "flux",
        {"name": "configs", "kustomize": f"{FLUX}/infrastructure/configs"},
        {"name": "apps", "kustomize": f"{FLUX}/apps/staging"},
        {"name": "controllers", "kustomize": f"{FLUX}/infrastructure/controllers"},
        {"name": "flux", "manifests": ["flux.yaml", "sources.yaml"]},
        {"name": "cert-manager", "manifests": "cert-manager.yaml"},
    )
    before = audit_log.stat().st_size
    clone.run("deploy").expect()
    written = [(resource, name) for _, resource, _, name in writes(audit_log, since=before, agents=("fairlead",))]
    namespace = written.index(("namespaces", "cert-manager"))
    assert namespace < written.index(("deployments", "cert-manager"))
    definition = written.index(("customresourcedefinitions", "clusterissuers.cert-manager.io"))
    assert definition < written.index(("clusterissuers", "letsencrypt"))
    clone.run("plan", "--detailed-exitcode").expect(0)
