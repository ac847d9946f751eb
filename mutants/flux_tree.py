"""The good Flux repository: a cluster that `flux bootstrap` brought, two Kustomizations and two releases of a chart in
the repository."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_SYNC: Final = """apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 1m
  url: https://git.example.test/fleet
  ref: {branch: main}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec:
  interval: 10m
  path: ./clusters/production
  prune: true
  sourceRef: {kind: GitRepository, name: flux-system}
"""
_KUSTOMIZATION: Final = """apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata:
  name: {name}
  namespace: flux-system
spec:
  interval: 10m
  path: ./{name}
  prune: true
  dependsOn:
    - name: {needs}
  sourceRef:
    kind: GitRepository
    name: flux-system
"""
_RELEASE: Final = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: {name}
  namespace: shop
spec:
  interval: 10m
  dependsOn:
    - name: {needs}
  chart:
    spec:
      chart: ./charts/web
      sourceRef:
        kind: GitRepository
        name: flux-system
        namespace: flux-system
  valuesFrom:
    - kind: ConfigMap
      name: settings
  values:
    greeting: hello from {name}
"""
_SETTINGS: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
  namespace: shop
data:
  values.yaml: |
    size: 2
"""
_CHART: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  greeting: {{ .Values.greeting | quote }}
  size: {{ .Values.size | quote }}
"""
TREE: Final[Mapping[str, str]] = {
    "clusters/production/flux-system/gotk-sync.yaml": _SYNC,
    "clusters/production/infra.yaml": _KUSTOMIZATION.format(name="infra", needs="flux-system"),
    "clusters/production/apps.yaml": _KUSTOMIZATION.format(name="apps", needs="infra"),
    "infra/namespace.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n",
    "infra/settings.yaml": _SETTINGS,
    "apps/kustomization.yaml": "resources:\n- web.yaml\n- api.yaml\n",
    "apps/web.yaml": _RELEASE.format(name="web", needs="api"),
    "apps/api.yaml": _RELEASE.format(name="api", needs="none").replace("  dependsOn:\n    - name: none\n", ""),
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "greeting: hello\nsize: 1\n",
    "charts/web/templates/web.yaml": _CHART,
    ".git/HEAD": "ref: refs/heads/main\n",
}
