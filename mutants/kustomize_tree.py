"""A small tree of kustomizations without a fault, and faults planted in it, each of which has one rule.

The unit tests check the rule; `tests/e2e/test_kustomize_verdicts.py` that kustomize builds just what has no error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

Change = str | tuple[str, str] | None
"""The new content; a text and what takes its place; or the file is deleted."""

_DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: main, image: "web:1.0.0"}]}
"""
_SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  ports: [{port: 80}]
"""
_STATEFUL_SET = """apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: db
spec:
  serviceName: db
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec: {containers: [{name: main, image: "db:1.0.0"}]}
"""
_NAMESPACE = """apiVersion: v1
kind: Namespace
metadata:
  name: shop
"""
WEB = "bases/web/kustomization.yaml"
DB = "bases/db/kustomization.yaml"
MONITORING = "components/monitoring/kustomization.yaml"
STAGING = "overlays/staging/kustomization.yaml"
PRODUCTION = "overlays/production/kustomization.yaml"

TREE: Mapping[str, str] = {
    WEB: """apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
- deployment.yaml
- service.yaml
configMapGenerator:
- name: settings
  files:
  - settings.properties
""",
    "bases/web/deployment.yaml": _DEPLOYMENT,
    "bases/web/service.yaml": _SERVICE,
    "bases/web/settings.properties": "colour=blue\n",
    DB: "resources:\n- statefulset.yaml\n",
    "bases/db/statefulset.yaml": _STATEFUL_SET,
    MONITORING: """apiVersion: kustomize.config.k8s.io/v1alpha1
kind: Component
patches:
- path: annotations.yaml
""",
    "components/monitoring/annotations.yaml": _DEPLOYMENT.replace(
        "name: web", "name: web\n  annotations: {scrape: 'yes'}"
    ),
    STAGING: """namespace: shop
resources:
- ../../bases/web
- ../../bases/db
- namespace.yaml
components:
- ../../components/monitoring
patches:
- path: size.yaml
- target:
    kind: StatefulSet
  patch: |-
    - op: add
      path: /spec/replicas
      value: 2
""",
    "overlays/staging/namespace.yaml": _NAMESPACE,
    "overlays/staging/size.yaml": _DEPLOYMENT.replace("replicas: 1", "replicas: 2"),
    PRODUCTION: """namespace: shop
namePrefix: live-
resources:
- ../../bases/web
- ../../bases/db
configMapGenerator:
- name: settings
  behavior: merge
  literals:
  - colour=green
replicas:
- name: web
  count: 3
images:
- name: web
  newTag: "2"
""",
}


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """*rule* is what is found, in the build of *folder* too; *hint* what is proposed, where that is to be checked."""

    name: str
    rule: str
    changes: Mapping[str, Change]
    folder: str = "overlays/staging"
    hint: str = ""

    def files(self) -> dict[str, str]:
        return changed(TREE, self.changes)


def changed(files: Mapping[str, str], changes: Mapping[str, Change]) -> dict[str, str]:
    made = dict(files)
    for path, change in changes.items():
        if change is None:
            del made[path]
        elif isinstance(change, str):
            made[path] = change
        else:
            assert change[0] in made[path], path
            made[path] = made[path].replace(*change, 1)
    return made


def _mutants(rule: str, *cases: tuple[str, Mapping[str, Change]], folder: str = "overlays/staging") -> Iterator[Mutant]:
    for name, changes in cases:
        yield Mutant(name=name, rule=rule, changes=changes, folder=folder)


def _repaired(name: str, changes: Mapping[str, Change], hint: str, *, folder: str = "overlays/staging") -> Mutant:
    return Mutant(name=name, rule="kustomize-path-wrong", changes=changes, hint=f"write {hint}", folder=folder)


MUTANTS: tuple[Mutant, ...] = (
    *_mutants(
        "kustomize-path-missing",
        ("a manifest is deleted", {"bases/web/service.yaml": None}),
        ("a base is deleted", {DB: None, "bases/db/statefulset.yaml": None}),
        ("a patch is deleted", {"overlays/staging/size.yaml": None}),
        ("a generator's file is deleted", {"bases/web/settings.properties": None}),
        ("a file that Git ignores", {WEB: ("  files:\n  - settings.properties", "  envs:\n  - .env")}),
        ("a component is deleted", {MONITORING: None, "components/monitoring/annotations.yaml": None}),
        ("a base lost its kustomization", {DB: None}),
        ("definitions that are not there", {STAGING: ("namespace: shop\n", "namespace: shop\ncrds: [kinds.json]\n")}),
    ),
    _repaired("one step too few", {STAGING: ("../../bases/web", "../bases/web")}, "../../bases/web"),
    _repaired("one step too many", {STAGING: ("../../bases/db", "../../../bases/db")}, "../../bases/db"),
    _repaired("no steps", {STAGING: ("../../bases/db", "bases/db")}, "../../bases/db"),
    _repaired("misspelt folder", {STAGING: ("../../bases/web", "../../base/web")}, "../../bases/web"),
    _repaired("misspelt file", {WEB: ("- deployment.yaml", "- deploymnet.yaml")}, "deployment.yaml"),
    _repaired("other ending", {DB: ("statefulset.yaml", "statefulset.yml")}, "statefulset.yaml"),
    _repaired("the folder above", {STAGING: ("../../bases/db", "../../db")}, "../../bases/db"),
    _repaired("moved component", {STAGING: ("components/monitoring", "monitoring")}, "../../components/monitoring"),
    _repaired("misspelt patch", {STAGING: ("path: size.yaml", "path: sise.yaml")}, "size.yaml"),
    _repaired("folder of bases", {STAGING: ("../../bases/web", "../../bases/webb")}, "../../bases/web"),
    *_mutants(
        "kustomize-outside-root",
        ("a manifest of a base", {STAGING: ("../../bases/db", "../../bases/db/statefulset.yaml")}),
        (
            "a patch of a component",
            {STAGING: ("path: size.yaml", "path: ../../components/monitoring/annotations.yaml")},
        ),
        (
            "a generator's file",
            {WEB: ("- settings.properties", "- ../../shared.properties"), "shared.properties": "a=b\n"},
        ),
        ("definitions", {STAGING: ("namespace: shop\n", "crds: [../kinds.json]\n"), "overlays/kinds.json": "{}"}),
    ),
    *_mutants(
        "kustomize-cycle",
        ("a base names its overlay", {WEB: ("- service.yaml", "- service.yaml\n- ../../overlays/staging")}),
        ("itself", {STAGING: ("- namespace.yaml", "- namespace.yaml\n- ../staging")}),
        ("a dot", {DB: ("- statefulset.yaml", "- statefulset.yaml\n- .")}),
        (
            "two bases",
            {WEB: ("- service.yaml", "- service.yaml\n- ../db"), DB: ("- statefulset", "- ../web\n- statefulset")},
        ),
        (
            "the folder above",
            {
                STAGING: ("- namespace.yaml", "- namespace.yaml\n- ../"),
                "overlays/kustomization.yaml": "resources: []\nnamespace: a\n",
            },
        ),
    ),
    *_mutants(
        "kustomize-patch-target",
        ("other name", {"overlays/staging/size.yaml": ("name: web", "name: wep")}),
        ("other kind", {"overlays/staging/size.yaml": ("kind: Deployment", "kind: DaemonSet")}),
        ("other version", {"overlays/staging/size.yaml": ("apps/v1", "apps/v1beta1")}),
        ("other namespace", {"overlays/staging/size.yaml": ("name: web", "name: web\n  namespace: shop")}),
        ("of a component", {"components/monitoring/annotations.yaml": ("name: web", "name: api")}),
        ("operations without a target", {STAGING: ("- target:\n    kind: StatefulSet\n  patch", "- patch")}),
        ("a target that selects nothing", {STAGING: ("kind: StatefulSet", "kind: DaemonSet")}),
        ("the object is gone", {WEB: ("- deployment.yaml\n", "")}),
    ),
    *_mutants(
        "kustomize-patch-target",
        ("nothing to merge with", {PRODUCTION: ("name: settings", "name: setings")}),
        ("nothing to scale", {PRODUCTION: ("- name: web\n  count", "- name: api\n  count")}),
        ("a ConfigMap is no workload", {PRODUCTION: ("- name: web\n  count", "- name: settings\n  count")}),
        folder="overlays/production",
    ),
    *_mutants(
        "kustomize-duplicate-id",
        ("a file twice", {WEB: ("- service.yaml", "- service.yaml\n- ./service.yaml")}),
        ("a base twice", {STAGING: ("- ../../bases/db", "- ../../bases/db\n- ../../bases/db")}),
        ("two documents", {"bases/web/service.yaml": f"{_SERVICE}---\n{_SERVICE}"}),
        ("copied file", {WEB: ("- service.yaml", "- service.yaml\n- copy.yaml"), "bases/web/copy.yaml": _SERVICE}),
        ("in base and overlay", {"overlays/staging/namespace.yaml": f"{_NAMESPACE}---\n{_STATEFUL_SET}"}),
        ("generated twice", {WEB: ("configMapGenerator:\n", "configMapGenerator:\n- name: settings\n")}),
        ("a base of a base", {DB: ("- statefulset.yaml", "- statefulset.yaml\n- ../web")}),
    ),
    *_mutants(
        "kustomize-namespace-conflict",
        (
            "two namespaces",
            {"overlays/staging/namespace.yaml": f"{_NAMESPACE}---\n{_NAMESPACE.replace('shop', 'till')}"},
        ),
        (
            "services of two namespaces",
            {
                WEB: ("- service.yaml", "- service.yaml\n- other.yaml"),
                "bases/web/other.yaml": _SERVICE.replace("name: web", "name: web\n  namespace: till"),
            },
        ),
        (
            "bases of two namespaces",
            {
                DB: ("resources:", "namespace: till\nresources:"),
                STAGING: ("- namespace.yaml", "- namespace.yaml\n- ../../bases/other"),
                "bases/other/kustomization.yaml": "namespace: other\nresources: [statefulset.yaml]\n",
                "bases/other/statefulset.yaml": _STATEFUL_SET,
            },
        ),
    ),
    *_mutants(
        "kustomize-empty",
        ("an empty base", {DB: "", "bases/db/statefulset.yaml": None}),
        ("comments only", {DB: "# resources:\n# - statefulset.yaml\n"}),
        ("kind only", {DB: "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"}),
        ("an empty list", {STAGING: "resources: []\n"}),
    ),
    *_mutants(
        "kustomize-not-yaml",
        ("a manifest", {"bases/web/service.yaml": ("kind: Service", "kind: Service: web")}),
        ("a kustomization", {WEB: ("resources:\n", "resources: [\n")}),
        ("a patch", {"overlays/staging/size.yaml": ("metadata:", "metadata: {")}),
        ("a tab", {"bases/db/statefulset.yaml": ("  name", "\tname")}),
        ("a key twice", {"bases/web/deployment.yaml": ("  replicas: 1", "  replicas: 1\n  replicas: 2")}),
        ("a list", {"bases/web/service.yaml": "- a\n- b\n"}),
    ),
    *_mutants(
        "kustomize-no-object",
        ("no kind", {"bases/web/service.yaml": ("kind: Service\n", "")}),
        ("no name", {"bases/web/service.yaml": ("  name: web\n", "  labels: {a: b}\n")}),
        (
            "values of a chart",
            {WEB: ("- service.yaml", "- service.yaml\n- values.yaml"), "bases/web/values.yaml": "a: b\n"},
        ),
    ),
    *_mutants(
        "kustomize-listed-as-file",
        ("that of a base", {STAGING: ("../../bases/db", "../../bases/db/kustomization.yaml")}),
        ("that of another base", {STAGING: ("../../bases/web", "../../bases/web/kustomization.yaml")}),
        ("its own", {WEB: ("- service.yaml", "- service.yaml\n- kustomization.yaml")}),
        (
            "one below",
            {
                WEB: ("- service.yaml", "- service.yaml\n- more/kustomization.yaml"),
                "bases/web/more/kustomization.yaml": (
                    "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: []\n"
                    "namespace: a\nmetadata: {labels: {a: b}}\n"
                ),
            },
        ),
    ),
    *_mutants(
        "kustomize-kind",
        ("a component as a resource", {STAGING: ("components:\n", "")}),
        ("a base as a component", {STAGING: ("../../components/monitoring", "../../bases/db")}),
        ("a file as a component", {STAGING: ("../../components/monitoring", "namespace.yaml")}),
        ("a folder as a patch", {STAGING: ("path: size.yaml", "path: ../../components")}),
    ),
    *_mutants(
        "kustomize-kind",
        ("one more component", {PRODUCTION: ("- ../../bases/db", "- ../../bases/db\n- ../../components/monitoring")}),
        folder="overlays/production",
    ),
    *_mutants(
        "kustomize-invalid",
        ("an unknown field", {WEB: ("resources:", "resource:")}),
        ("a text for a list", {DB: "resources: statefulset.yaml\n"}),
        ("an unknown field of a patch", {STAGING: ("- path: size.yaml", "- file: b\n  path: size.yaml")}),
        ("another kind", {WEB: ("kind: Kustomization", "kind: Kustomisation")}),
        ("another apiVersion", {WEB: ("/v1beta1", "/v1")}),
        ("two files", {"bases/db/kustomization.yml": "resources: [statefulset.yaml]\n"}),
        ("a path that is empty", {DB: ("- statefulset.yaml", "- statefulset.yaml\n- ''")}),
        ("a component's apiVersion", {MONITORING: ("v1alpha1", "v1beta1")}),
    ),
    *_mutants(
        "kustomize-invalid",
        ("a number for a tag", {PRODUCTION: ('newTag: "2"', "newTag: 2")}),
        ("a literal without a value", {PRODUCTION: ("colour=green", "colour")}),
        ("a generator without a name", {PRODUCTION: ("- name: settings\n  behavior", "- behavior")}),
        folder="overlays/production",
    ),
    *_mutants(
        "kustomize-patch-invalid",
        ("two sources", {STAGING: ("- path: size.yaml", "- path: size.yaml\n  patch: 'a: b'")}),
        ("no source", {STAGING: ("- path: size.yaml", "- options: {}")}),
        ("no object", {"overlays/staging/size.yaml": "spec:\n  replicas: 2\n"}),
        (
            "two documents with a target",
            {
                STAGING: ("- path: size.yaml", "- path: size.yaml\n  target: {kind: Deployment}"),
                "overlays/staging/size.yaml": f"{_DEPLOYMENT}---\n{_SERVICE}",
            },
        ),
    ),
    *_mutants(
        "kustomize-deprecated",
        ("bases", {STAGING: ("resources:\n- ../../bases/web\n", "bases:\n- ../../bases/web\nresources:\n")}),
        ("commonLabels", {WEB: ("resources:", "commonLabels: {app: web}\nresources:")}),
        (
            "patchesStrategicMerge",
            {STAGING: ("patches:\n- path: size.yaml\n", "patchesStrategicMerge: [size.yaml]\npatches:\n")},
        ),
    ),
)
