"""A good Argo CD repository: a project, Applications of folders and of a chart, and an ApplicationSet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

URL: Final = "https://git.example.com/acme/platform.git"
PROJECT: Final = f"""apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata:
  name: shop
  namespace: argocd
spec:
  sourceRepos: [{URL}]
  destinations:
    - server: https://kubernetes.default.svc
      namespace: shop
"""
_TOP: Final = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: {name}
  namespace: argocd
spec:
  project: shop
  destination: {server: https://kubernetes.default.svc, namespace: shop}
"""
SHOP: Final = f"""{_TOP.replace("{name}", "shop")}  source:
    repoURL: {URL}
    path: manifests/shop
    targetRevision: main
"""
WEB: Final = f"""{_TOP.replace("{name}", "web")}  sources:
    - repoURL: {URL}
      path: charts/web
      targetRevision: main
      helm:
        valueFiles: [values-large.yaml, $values/values/web.yaml]
    - repoURL: {URL}
      targetRevision: main
      ref: values
"""
SET: Final = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata:
  name: pages
  namespace: argocd
spec:
  generators:
    - list:
        elements:
          - {name: news, folder: manifests/news}
          - {name: help, folder: manifests/help}
  template:
    metadata:
      name: "pages-{{name}}"
    spec:
      project: shop
      destination: {server: https://kubernetes.default.svc, namespace: shop}
      source:
        repoURL: HERE
        path: "{{folder}}"
        targetRevision: main
""".replace("HERE", URL)


TOOLS: Final = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: tools
  namespace: argocd
spec:
  project: default
  destination: {server: https://kubernetes.default.svc, namespace: tools}
  source:
    repoURL: https://git.example.com/other/tools.git
    path: deploy
    targetRevision: REVISION
"""


HOOK: Final = """apiVersion: batch/v1
kind: Job
metadata:
  generateName: migrate-
  annotations: {argocd.argoproj.io/hook: PreSync}
spec:
  template:
    spec:
      restartPolicy: Never
      containers:
        - name: migrate
          image: registry.example.test/migrate:1.0.0
"""


def _config(name: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  mode: quiet\n"


TREE: Final[Mapping[str, str]] = {
    "apps/project.yaml": PROJECT,
    "apps/shop.yaml": SHOP,
    "apps/web.yaml": WEB,
    "apps/pages.yaml": SET,
    "apps/tools.yaml": TOOLS.replace("REVISION", "v1.4.0"),
    "manifests/shop/config.yaml": _config("shop"),
    "manifests/shop/migrate.yaml": HOOK,
    "manifests/news/config.yaml": _config("news"),
    "manifests/help/config.yaml": _config("help"),
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": "mode: quiet\nsize: 1\n",
    "charts/web/values-large.yaml": "size: 9\n",
    "charts/web/templates/config.yaml": _config("web").replace("quiet", "{{ .Values.mode }}-{{ .Values.size }}"),
    "values/web.yaml": "mode: loud\n",
}
