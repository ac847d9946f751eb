"""The good project: two components of plain manifests, and the same with a Helm release."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PROJECT: Final = """apiVersion: fairlead.dev/v1
project: mutants
environments:
  staging: {kubernetes: "1.31"}
  production: {kubernetes: "1.31", promotedFrom: staging}
components:
  - {name: shop, namespace: shop, manifests: manifests/shop}
  - {name: pages, namespace: pages, manifests: manifests/pages}
"""
SHOP: Final = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: 2
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop, tier: web}
    spec:
      initContainers:
        - name: wait
          image: registry.example.test/wait:2.1.0
      containers:
        - name: shop
          image: registry.example.test/shop:1.0.0
          env:
            - name: PASSWORD
              valueFrom:
                secretKeyRef: {name: shop, key: password}
"""
SERVICE: Final = """apiVersion: v1
kind: Service
metadata:
  name: shop
spec:
  selector: {app: shop, tier: web}
  ports: [{port: 80}]
"""
DIGEST: Final = "a" * 64
JOBS: Final = """apiVersion: batch/v1
kind: CronJob
metadata:
  name: nightly
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: Never
          containers:
            - name: nightly
              image: registry.example.test/nightly@sha256:{DIGEST}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: shop
spec:
  minAvailable: 1
  selector:
    matchLabels: {app: shop}
""".replace("{DIGEST}", DIGEST)
PAGES: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: pages
data:
  index.html: hello
  mode: quiet
"""
VALUES: Final = "replicaCount: 2\n"
README: Final = """# Mutants

Environments are in `environments/staging` and `environments/production`:

    fairlead deploy -e staging
"""
ORIGINAL: Final[Mapping[str, str]] = {
    "fairlead.yaml": PROJECT,
    "manifests/shop/deployment.yaml": SHOP,
    "manifests/shop/service.yaml": SERVICE,
    "manifests/shop/jobs.yaml": JOBS,
    "manifests/pages/pages.yaml": PAGES,
    "environments/staging/values.yaml": VALUES,
    "environments/production/values.yaml": VALUES,
    "README.md": README,
}

_RELEASES: Final = """  - name: web
    namespace: web
    helm: {chart: charts/web, valueFiles: [values/web.yaml]}
  - name: api
    namespace: web
    helm: {chart: charts/api}
"""
_CHART: Final = """apiVersion: v2
name: {name}
version: 1.0.0
"""
_WEB: Final = """apiVersion: v1
kind: Service
metadata:
  name: web
  labels:
    {{- toYaml .Values.labels | nindent 4 }}
spec:
  ports:
    - port: {{ .Values.service.port }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: web
data:
  greeting: {{ .Values.greeting | quote }}
  size: {{ index .Values "web-cache" "size" | quote }}
"""
_API: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: api
data:
  count: {{ .Values.replicaCount | quote }}
"""
_WEB_DEFAULTS: Final = """greeting: hello
labels: {}
service: {port: 80}
web-cache: {size: 1}
"""
WITH_CHART: Final[Mapping[str, str]] = {
    **ORIGINAL,
    "fairlead.yaml": PROJECT + _RELEASES,
    "charts/web/Chart.yaml": _CHART.format(name="web"),
    "charts/web/values.yaml": _WEB_DEFAULTS,
    "charts/web/templates/web.yaml": _WEB,
    "charts/api/Chart.yaml": _CHART.format(name="api"),
    "charts/api/values.yaml": "replicaCount: 1\n",
    "charts/api/templates/api.yaml": _API,
    "values/web.yaml": "labels: {team: shop}\nservice: {port: 8080}\nweb-cache: {size: 3}\n",
    "environments/staging/web.yaml": "greeting: hi\n",
}
