"""Faults of what Flux would apply. Kustomize and helm must run to see them."""

from __future__ import annotations

from typing import Final

from mutants.flux_tree import TREE
from mutants.mutant import Mutant

SYNC: Final = "clusters/production/flux-system/gotk-sync.yaml"
INFRA: Final = "clusters/production/infra.yaml"
APPS: Final = "clusters/production/apps.yaml"
SETTINGS: Final = "infra/settings.yaml"
WEB: Final = "apps/web.yaml"
API: Final = "apps/api.yaml"


def _mutant(rule: str, name: str, **swaps: tuple[str, str]) -> Mutant:
    files = {"infra": INFRA, "apps": APPS, "settings": SETTINGS, "web": WEB, "api": API}
    changed = {files[short]: swap for short, swap in swaps.items()}
    return Mutant(rule=rule, name=name, swaps=changed, needs_tools=True, files=TREE)


_NEED_OF_API: Final = ("spec:\n  interval: 10m\n", "spec:\n  interval: 10m\n  dependsOn: [{name: web}]\n")

MUTANTS: Final = (
    _mutant("flux-build", "a path of a letter less", apps=("path: ./apps", "path: ./app")),
    _mutant("flux-build", "a folder that was renamed", infra=("path: ./infra", "path: ./infrastructure/base")),
    _mutant("flux-build", "a path from the cluster's folder", apps=("path: ./apps", "path: ./clusters/apps")),
    _mutant("flux-chart", "a source that nobody defines", web=("name: flux-system\n", "name: charts\n")),
    _mutant("flux-chart", "a source in another namespace", api=("namespace: flux-system", "namespace: shop")),
    _mutant("flux-chart", "a source of another kind", api=("kind: GitRepository", "kind: Bucket")),
    _mutant("flux-values", "no YAML", settings=("    size: 2", "    size: [2")),
    _mutant("flux-values", "a text", settings=("    size: 2", "    size is 2")),
    _mutant("flux-values", "a list", settings=("    size: 2", "    - size")),
    _mutant("flux-dependency", "a Kustomization by a wrong name", apps=("- name: infra", "- name: infrastructure")),
    _mutant("flux-dependency", "a release by a wrong name", web=("- name: api", "- name: apis")),
    _mutant("flux-dependency", "a release that is a Kustomization", web=("- name: api", "- name: infra")),
    _mutant("flux-dependency", "a wrong namespace", web=("- name: api", "- {name: api, namespace: other}")),
    _mutant("schema", "an interval in words", apps=("interval: 10m", "interval: 10 minutes")),
    _mutant("schema", "a text for yes or no", infra=("prune: true", 'prune: "true"')),
    _mutant(
        "schema", "a misspelt field of a release", web=("spec:\n  interval", "spec:\n  releasename: shop\n  interval")
    ),
    _mutant("unknown-kind", "a version of a release that never was", api=("fluxcd.io/v2", "fluxcd.io/v1")),
    _mutant("flux-cycle", "two Kustomizations", infra=("- name: flux-system", "- name: apps")),
    _mutant("flux-cycle", "two releases", api=_NEED_OF_API),
    _mutant("flux-cycle", "a Kustomization that waits for itself", apps=("- name: infra", "- name: apps")),
)
