"""Faults in objects."""

from __future__ import annotations

from typing import Final

from mutants.mutant import Mutant

SHOP: Final = "manifests/shop/deployment.yaml"
SERVICE: Final = "manifests/shop/service.yaml"
JOBS: Final = "manifests/shop/jobs.yaml"
PAGES: Final = "manifests/pages/pages.yaml"
_FLOW: Final = """apiVersion: flowcontrol.apiserver.k8s.io/v1beta3
kind: PriorityLevelConfiguration
metadata:
  name: {name}
spec:
  type: Exempt
"""
_RELEASE: Final = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: podinfo
  namespace: shop
spec:
  interval: 10m
  chart:
    spec:
      chart: podinfo
      {version}
      sourceRef: {{kind: HelmRepository, name: podinfo}}
"""
_HOOK: Final = """apiVersion: v1
kind: ConfigMap
metadata:
  name: hooked
  annotations:
    {annotation}
"""

_INGRESS: Final = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
spec:
  defaultBackend:
    service: {{name: {name}, port: {{{port}}}}}
"""
_POLICY: Final = """apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: shop
spec:
  podSelector: {}
  ingress:
  - from:
    - ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/16]}
"""
_SCALED: Final = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: shop
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: shopp}
  maxReplicas: 3
"""
_KEEPER: Final = """apiVersion: v1
kind: ServiceAccount
metadata:
  name: keeper
"""


_READER: Final = """apiVersion: v1
kind: Secret
metadata:
  name: reader
stringData: {colour: mauve}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: reader
spec:
  selector:
    matchLabels: {app: reader}
  template:
    metadata:
      labels: {app: reader}
    spec:
      containers:
        - name: reader
          image: registry.example.test/reader:1.0.0
          env:
            - {name: MODE, valueFrom: {configMapKeyRef: {name: pages, key: mode}}}
            - {name: COLOUR, valueFrom: {secretKeyRef: {name: reader, key: colour}}}
      volumes:
        - name: pages
          configMap: {name: pages, items: [{key: index.html, path: index.html}]}
"""


def _reader(key: str, wrong: str) -> dict[str, str]:
    return {"manifests/pages/reader.yaml": _READER.replace(f"key: {key}", f"key: {wrong}")}


def _ingress(name: str, port: str) -> dict[str, str]:
    return {"manifests/shop/ingress.yaml": _INGRESS.format(name=name, port=port)}


def _version(line: str) -> dict[str, str]:
    return {"manifests/pages/release.yaml": _RELEASE.format(version=line)}


def _hook(line: str) -> dict[str, str]:
    return {"manifests/pages/hook.yaml": _HOOK.format(annotation=line)}


MUTANTS: Final = (
    Mutant(rule="schema", name="a word for a number", swaps={SHOP: ("replicas: 2", "replicas: two")}),
    Mutant(rule="schema", name="a misspelt field", swaps={SHOP: ("initContainers", "initContainer")}),
    Mutant(rule="schema", name="a field missing", swaps={JOBS: ('  schedule: "0 3 * * *"\n', "")}),
    Mutant(rule="object-invalid", name="an hour that is none", swaps={JOBS: ("0 3 * * *", "0 25 * * *")}),
    Mutant(
        rule="object-invalid",
        name="a Job that never ends",
        swaps={JOBS: ("restartPolicy: Never", "restartPolicy: Always")},
    ),
    Mutant(rule="object-invalid", name="a name that is none", swaps={JOBS: ("name: nightly\nsp", "name: Nightly\nsp")}),
    Mutant(rule="object-invalid", name="an image that is none", swaps={SHOP: ("test/shop:1.0.0", "test/Shop:1.0.0")}),
    Mutant(rule="object-invalid", name="two containers of one name", swaps={SHOP: ("- name: wait", "- name: shop")}),
    Mutant(rule="object-invalid", name="a label that is none", swaps={SHOP: ("tier: web}", "tier: web, team: a b}")}),
    Mutant(rule="object-invalid", name="a port that is none", swaps={SERVICE: ("port: 80", "port: 80000")}),
    Mutant(rule="object-invalid", name="no time zone", swaps={JOBS: ("  schedule:", "  timeZone: UTC+2\n  schedule:")}),
    Mutant(rule="object-invalid", name="no block of addresses", adds={"manifests/shop/policy.yaml": _POLICY}),
    Mutant(rule="port-unknown", name="of the pods", swaps={SERVICE: ("port: 80", "port: 80, targetPort: http")}),
    Mutant(rule="port-unknown", name="of a Service", adds=_ingress("shop", "number: 81")),
    Mutant(rule="port-unknown", name="a name of a Service", adds=_ingress("shop", "name: http")),
    Mutant(rule="key-unknown", name="of a ConfigMap", adds=_reader("mode", "mod")),
    Mutant(rule="key-unknown", name="of a volume", adds=_reader("index.html", "index.htm")),
    Mutant(rule="key-unknown", name="of a Secret", adds=_reader("colour", "color")),
    Mutant(rule="reference-misspelt", name="a Service", adds=_ingress("shpo", "number: 80")),
    Mutant(rule="reference-misspelt", name="what is scaled", adds={"manifests/shop/scaled.yaml": _SCALED}),
    Mutant(
        rule="reference-misspelt",
        name="a ServiceAccount",
        adds={"manifests/shop/keeper.yaml": _KEEPER},
        swaps={SHOP: ("      initContainers", "      serviceAccountName: keper\n      initContainers")},
    ),
    Mutant(rule="unknown-kind", name="misspelt", swaps={SHOP: ("kind: Deployment", "kind: Deploymnt")}),
    Mutant(rule="unknown-kind", name="a version there never was", swaps={PAGES: ("apiVersion: v1", "apiVersion: v2")}),
    Mutant(rule="unknown-kind", name="of another group", swaps={JOBS: ("apiVersion: batch/v1", "apiVersion: apps/v1")}),
    Mutant(rule="api-removed", name="a CronJob", swaps={JOBS: ("batch/v1", "batch/v1beta1")}),
    Mutant(rule="api-removed", name="a budget", swaps={JOBS: ("policy/v1", "policy/v1beta1")}),
    Mutant(rule="api-removed", name="a Deployment", swaps={SHOP: ("apps/v1", "extensions/v1beta1")}),
    Mutant(rule="api-deprecated", name="one", adds={"manifests/pages/a.yaml": _FLOW.format(name="a")}),
    Mutant(
        rule="api-deprecated",
        name="in a list",
        adds={
            "manifests/pages/b.yaml": "apiVersion: v1\nkind: List\nitems:\n- "
            + _FLOW.format(name="b").replace("\n", "\n  ").rstrip()
            + "\n"
        },
    ),
    Mutant(
        rule="api-deprecated",
        name="a second document",
        swaps={PAGES: ("  mode: quiet\n", "  mode: quiet\n---\n" + _FLOW.format(name="c"))},
    ),
    Mutant(
        rule="one-owner",
        name="alike",
        adds={"manifests/shop/space.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"}
        | {"manifests/pages/space.yaml": "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n"},
    ),
    Mutant(
        rule="one-owner",
        name="in a namespace that is said and one that is not",
        adds={"manifests/shop/p.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pages, namespace: pages}\n"},
    ),
    Mutant(
        rule="one-owner",
        name="at two versions",
        adds={
            "manifests/pages/a.yaml": _FLOW.format(name="a").replace("v1beta3", "v1"),
            "manifests/shop/a.yaml": _FLOW.format(name="a").replace("v1beta3", "v1"),
        },
    ),
    Mutant(
        rule="object-twice",
        name="in two files",
        adds={"manifests/pages/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pages}\n"},
    ),
    Mutant(
        rule="object-twice",
        name="in one file",
        swaps={
            PAGES: ("  mode: quiet\n", "  mode: quiet\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: pages}\n")
        },
    ),
    Mutant(
        rule="object-twice",
        name="with its namespace",
        adds={
            "manifests/pages/more.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: pages, namespace: pages}\n"
        },
    ),
    Mutant(rule="hook-never-runs", name="of Helm", adds=_hook("helm.sh/hook: pre-install")),
    Mutant(rule="hook-never-runs", name="a test of Helm", adds=_hook("helm.sh/hook: test")),
    Mutant(rule="hook-never-runs", name="of Argo CD", adds=_hook("argocd.argoproj.io/hook: PreSync")),
    Mutant(
        rule="selector-mismatch",
        name="another app",
        swaps={SHOP: ("matchLabels: {app: shop}", "matchLabels: {app: shops}")},
    ),
    Mutant(
        rule="selector-mismatch",
        name="one label more",
        swaps={SHOP: ("matchLabels: {app: shop}", "matchLabels: {app: shop, part: a}")},
    ),
    Mutant(
        rule="selector-mismatch",
        name="no labels",
        swaps={SHOP: ("matchLabels: {app: shop}", "matchLabels: {name: shop}")},
    ),
    Mutant(rule="selector-matches-nothing", name="another app", swaps={SERVICE: ("{app: shop,", "{app: shops,")}),
    Mutant(rule="selector-matches-nothing", name="another tier", swaps={SERVICE: ("tier: web", "tier: wbe")}),
    Mutant(rule="selector-matches-nothing", name="pods of another tier", swaps={SHOP: ("tier: web", "tier: back")}),
    Mutant(rule="floating-image", name="latest", swaps={SHOP: ("shop:1.0.0", "shop:latest")}),
    Mutant(rule="floating-image", name="no tag", swaps={SHOP: ("wait:2.1.0", "wait")}),
    Mutant(
        rule="floating-image",
        name="a port, no tag",
        swaps={SHOP: ("registry.example.test/shop:1.0.0", "registry.example.test:5000/shop")},
    ),
    Mutant(rule="floating-image", name="of a CronJob", swaps={JOBS: ("@sha256:" + "a" * 64, ":main")}),
    Mutant(rule="floating-chart", name="a range", adds=_version('version: ">=6.0.0"')),
    Mutant(rule="floating-chart", name="a wildcard", adds=_version("version: 6.x")),
    Mutant(rule="floating-chart", name="no version", adds=_version("reconcileStrategy: ChartVersion")),
)
