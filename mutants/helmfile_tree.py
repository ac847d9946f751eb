"""A small helmfile without a fault: environments in a base, templates, a nested helmfile with a selector."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

TOP: Final = "helmfile.yaml.gotmpl"
BASE: Final = "bases/environments.yaml"
WEB: Final = "values/web.yaml.gotmpl"
NESTED: Final = "data/helmfile.yaml.gotmpl"

_CHART: Final = "apiVersion: v2\nname: app\nversion: 1.0.0\n"
_TEMPLATE: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}
data:
  color: {{ .Values.color | quote }}
  size: {{ .Values.size | quote }}
"""
TREE: Final[Mapping[str, str]] = {
    TOP: """bases:
- bases/environments.yaml
---
helmfiles:
- path: data/helmfile.yaml.gotmpl
  selectors: [tier=data]
  values: [{size: {{ .Values.size }}}]
---
releases:
- name: web
  namespace: front
  chart: ./charts/app
  needs: [front/api]
  values:
  - values/web.yaml.gotmpl
- name: api
  namespace: front
  chart: ./charts/app
  values:
  - size: {{ .Values.size }}
""",
    BASE: """environments:
  staging:
    values: [{size: 1, color: red}]
  production:
    values: [{size: 3, color: blue}]
""",
    WEB: "color: {{ .Values.color }}\n",
    NESTED: """environments:
  staging: {}
  production: {}
---
releases:
- name: db
  namespace: data
  chart: ../charts/app
  labels: {tier: data}
  values:
  - size: {{ .Values.size }}
- name: cache
  namespace: data
  chart: ../charts/app
  labels: {tier: data}
  needs: [data/db]
""",
    "charts/app/Chart.yaml": _CHART,
    "charts/app/values.yaml": "color: none\nsize: 0\n",
    "charts/app/templates/app.yaml": _TEMPLATE,
}
