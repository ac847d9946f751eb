"""Which line of a user's files a drifted field is written into, found with the real helm and kustomize; no cluster.

One project of two environments has every way in which a value gets into an object. Each case states what drifted in
`local`, and the lines that differ for it, or why nothing is written. What is written is rendered again by itself: then
the field is as found, nothing else is another, and `staging` renders as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from e2e.rig import tools_folder
from fairlead.adapters.drafts import ProjectDrafts
from fairlead.bootstrap.places import Opened, Places, open_project
from fairlead.bootstrap.sources import open_sources
from fairlead.engine.sources import Sources, Target
from fairlead.engine.trial_rendering import TrialRendering
from fairlead.engine.write_back import WriteBackPlanner
from fairlead.formats.field_paths import value_at
from fairlead.formats.write_back_text import diff_of
from fairlead.model.change import ABSENT
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.model.secret import SecretText
from fairlead.model.write_back import WriteBack

pytestmark = pytest.mark.e2e

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: NAME}
spec:
  replicas: 1   # one is enough
  selector: {matchLabels: {app: NAME}}
  template:
    metadata: {labels: {app: NAME}}
    spec:
      containers:
        - name: main
          image: example.test/main:1.0.0
          env: [{name: MODE, value: "plain"}]
"""
FILES: dict[str, str] = {
    "fairlead.yaml": """\
apiVersion: fairlead.dev/v1
project: back
environments:
  local: {cluster: {driver: embedded, nodes: simulated}, kubernetes: "1.34"}
  staging: {cluster: {driver: embedded, nodes: simulated}, kubernetes: "1.34"}
components:
  - {name: plain, namespace: plain, manifests: "manifests/{environment}"}
  - {name: both, namespace: both, manifests: manifests/both.yaml}
  - {name: front, namespace: front, kustomize: "overlays/{environment}/front"}
  - {name: bare, namespace: bare, kustomize: "overlays/{environment}/bare"}
  - {name: pinned, namespace: pinned, kustomize: "overlays/{environment}/pinned"}
  - {name: alone, namespace: alone, kustomize: alone}
  - {name: web, namespace: web, helm: {chart: charts/web, values: {team: blue}}, set: {pool: global.pool}}
  - name: api
    namespace: api
    helm: {chart: charts/web, valueFiles: ["values/{environment}.yaml"]}
""",
    "manifests/local/config.yaml": """\
# What the shop reads.
apiVersion: v1
kind: ConfigMap
metadata: {name: shop, labels: {app.kubernetes.io/name: shop}}
data:
  mode: 'plain'  # or fancy
  motd: |
    one
    two
---
apiVersion: v1
kind: ConfigMap
metadata: {name: shared}
data:
  a: &a "1"
  b: *a
""",
    "manifests/staging/config.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shop}\n",
    "manifests/both.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: both}\ndata: {a: '1'}\n",
    "base/kustomization.yaml": "resources: [main.yaml]\n",
    "base/main.yaml": DEPLOYMENT.replace("NAME", "main"),
    "overlays/local/front/kustomization.yaml": """\
namePrefix: my-
resources:
  - ../../../base
  - own.yaml
images:
  - name: example.test/main
    newTag: 1.1.0   # pinned by hand
patches:
  - path: more.yaml
  - target: {kind: Deployment, name: main}
    patch: |-
      # JSON
      - op: replace
        path: /spec/template/spec/containers/0/env/0/value
        value: fancy
""",
    "overlays/local/front/more.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: main}
spec:
  replicas: 2   # as anna said
""",
    "overlays/local/front/own.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: own\ndata:\n  a: one # a\n",
    "overlays/staging/front/kustomization.yaml": "resources: [../../../base]\n",
    "overlays/local/bare/kustomization.yaml": "resources:\n- ../../../base\n",
    "overlays/staging/bare/kustomization.yaml": "resources: [../../../base]\n",
    "overlays/local/pinned/kustomization.yaml": "resources: [../../../base]\nreplicas: [{name: main, count: 3}]\n",
    "overlays/staging/pinned/kustomization.yaml": "resources: [../../../base]\n",
    "alone/kustomization.yaml": "resources: [main.yaml]\n",
    "alone/main.yaml": DEPLOYMENT.replace("NAME", "alone"),
    "charts/web/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "charts/web/values.yaml": """\
replicaCount: 1
image: {repository: example.test/main, tag: "1.0.0"}
config: {a: one}
team: ""
pool: none
port: 80
""",
    "charts/web/templates/all.yaml": """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}, labels: {team: "{{ .Values.team }}", pool: "{{ .Values.pool }}"}}
spec:
  replicas: {{ .Values.replicaCount }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: main
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
          ports: [{containerPort: {{ .Values.port }}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}}
data:
  fixed: always
  twice: "{{ .Values.port }}"
{{ toYaml .Values.config | indent 2 }}
---
apiVersion: v1
kind: Secret
metadata: {name: {{ .Release.Name }}}
stringData: {token: {{ randAlphaNum 8 }}}
""",
    "environments/local/values.yaml": "# of all\nglobal:\n  pool: small  # for now\n",
    "environments/local/web.yaml": "replicaCount: 2   # two\n",
    "environments/staging/values.yaml": "global: {pool: large}\n",
    "values/local.yaml": "image:\n  tag: '1.2.0'\n",
    "values/staging.yaml": "{}\n",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    component: str
    target: str
    path: str
    found: Any
    diff: str = ""
    reason: str = ""
    is_removed: bool = False


IMAGE = '.spec.template.spec.containers[name="main"].image'
MODE = '.spec.template.spec.containers[name="main"].env[name="MODE"].value'
CASES: Mapping[str, Case] = {
    "a value of a manifest": Case(
        component="plain",
        target="ConfigMap plain/shop",
        path=".data.mode",
        found="fancy",
        diff="manifests/local/config.yaml\n-  mode: 'plain'  # or fancy\n+  mode: 'fancy'  # or fancy",
    ),
    "a line of a literal": Case(
        component="plain",
        target="ConfigMap plain/shop",
        path=".data.motd",
        found="one\nthree\n",
        diff="manifests/local/config.yaml\n-    two\n+    three",
    ),
    "a key that somebody added": Case(
        component="plain",
        target="ConfigMap plain/shop",
        path=".data.new.key",
        found="x",
        diff="manifests/local/config.yaml\n+  new.key: x",
    ),
    "a key that is gone": Case(
        component="plain",
        target="ConfigMap plain/shop",
        path=".data.mode",
        found=ABSENT,
        diff="manifests/local/config.yaml\n-  mode: 'plain'  # or fancy",
    ),
    "an anchor that others use": Case(
        component="plain",
        target="ConfigMap plain/shared",
        path=".data.a",
        found="2",
        reason="manifests/local/config.yaml:15:6: data.a cannot be edited alone: it is shared as &a (line 15, line 16)",
    ),
    "an alias is written out": Case(
        component="plain",
        target="ConfigMap plain/shared",
        path=".data.b",
        found="2",
        diff='manifests/local/config.yaml\n-  b: *a\n+  b: "2"',
    ),
    "a manifest that staging is made of, too": Case(
        component="both",
        target="ConfigMap both/both",
        path=".data.a",
        found="2",
        reason="manifests/both.yaml is also what both (staging) is made of, and would change that, too",
    ),
    "a patch of the overlay": Case(
        component="front",
        target="Deployment front/my-main",
        path=".spec.replicas",
        found=5,
        diff="overlays/local/front/more.yaml\n-  replicas: 2   # as anna said\n+  replicas: 5   # as anna said",
    ),
    "an image of the overlay": Case(
        component="front",
        target="Deployment front/my-main",
        path=IMAGE,
        found="example.test/main:1.2.0",
        diff="overlays/local/front/kustomization.yaml\n"
        "-    newTag: 1.1.0   # pinned by hand\n+    newTag: 1.2.0   # pinned by hand",
    ),
    "a JSON patch that is a text": Case(
        component="front",
        target="Deployment front/my-main",
        path=MODE,
        found="dark",
        diff="overlays/local/front/kustomization.yaml\n-        value: fancy\n+        value: dark",
    ),
    "a resource of the overlay's own": Case(
        component="front",
        target="ConfigMap front/my-own",
        path=".data.a",
        found="two",
        diff="overlays/local/front/own.yaml\n-  a: one # a\n+  a: two # a",
    ),
    "a value of the base, which staging builds, too": Case(
        component="bare",
        target="Deployment bare/main",
        path=".spec.replicas",
        found=5,
        diff="overlays/local/bare/kustomization.yaml\n"
        "+patches:\n+- target:\n+    kind: Deployment\n+    name: main\n+  patch: |-\n"
        "+    - op: replace\n+      path: /spec/replicas\n+      value: 5",
    ),
    "a label that the base has not": Case(
        component="front",
        target="Deployment front/my-main",
        path=".metadata.labels.a.b/c",
        found="d",
        diff="overlays/local/front/kustomization.yaml\n"
        "+      - op: add\n+        path: /metadata/labels\n+        value: {}\n"
        '+      - op: add\n+        path: "/metadata/labels/a.b~1c"\n+        value: d',
    ),
    "replicas of the kustomization": Case(
        component="pinned",
        target="Deployment pinned/main",
        path=".spec.replicas",
        found=4,
        diff="overlays/local/pinned/kustomization.yaml\n"
        "-replicas: [{name: main, count: 3}]\n+replicas: [{name: main, count: 4}]",
    ),
    "a kustomization without an environment": Case(
        component="alone",
        target="Deployment alone/alone",
        path=".spec.replicas",
        found=4,
        reason="alone/kustomization.yaml is also built by alone (staging), where the change would be made, too",
    ),
    "a value of the release's own file": Case(
        component="web",
        target="Deployment web/web",
        path=".spec.replicas",
        found=5,
        diff="environments/local/web.yaml\n-replicaCount: 2   # two\n+replicaCount: 5   # two",
    ),
    "a part of a text": Case(
        component="web",
        target="Deployment web/web",
        path=IMAGE,
        found="example.test/main:1.1.0",
        diff="environments/local/web.yaml\n+image:\n+  tag: 1.1.0",
    ),
    "a value of a file of the environment": Case(
        component="api",
        target="Deployment api/api",
        path=IMAGE,
        found="example.test/main:1.3.0",
        diff="values/local.yaml\n-  tag: '1.2.0'\n+  tag: '1.3.0'",
    ),
    "a value that no file gives": Case(
        component="api",
        target="Deployment api/api",
        path=".spec.replicas",
        found=5,
        diff="environments/local/api.yaml\n+replicaCount: 5",
    ),
    "a value of fairlead.yaml, which staging has, too": Case(
        component="web",
        target="Deployment web/web",
        path=".metadata.labels.team",
        found="red",
        diff="environments/local/web.yaml\n+team: red",
    ),
    "a value of the environment": Case(
        component="web",
        target="Deployment web/web",
        path=".metadata.labels.pool",
        found="huge",
        diff="environments/local/values.yaml\n-  pool: small  # for now\n+  pool: huge  # for now",
    ),
    "a key of a map of values": Case(
        component="web",
        target="ConfigMap web/web",
        path=".data.a",
        found="two",
        diff="environments/local/web.yaml\n+config:\n+  a: two",
    ),
    "a text of the chart": Case(
        component="web",
        target="ConfigMap web/web",
        path=".data.fixed",
        found="never",
        reason="no value of the chart was found that gives it",
    ),
    "a value that gives two fields": Case(
        component="web",
        target="ConfigMap web/web",
        path=".data.twice",
        found="81",
        reason="with port of environments/local/web.yaml changed, "
        '.spec.template.spec.containers[name="main"].ports[0].containerPort of Deployment web/web would change, too',
    ),
    "a secret": Case(
        component="web",
        target="Secret web/web",
        path=".data.token",
        found=SecretText("x"),
        reason="a secret value is never written in clear: put it into an encrypted file yourself",
    ),
}


@dataclass(frozen=True, kw_only=True)
class Project:
    opened: Opened
    sources: Sources
    drafts: ProjectDrafts
    records: dict[str, ComponentRecord] = field(default_factory=dict)

    def trial(self, environment: str) -> TrialRendering:
        target = Target(
            project=self.opened.project,
            environment=self.opened.project.environments[environment],
            kubernetes="v1.34.0",
        )
        return TrialRendering(target, self.sources, self.drafts, key=b"key")

    async def write_back(self, *cases: Case) -> WriteBack:
        trial = self.trial("local")
        for component in self.opened.project.components:
            if any(case.component == component.name for case in cases) and component.name not in self.records:
                objects = tuple((await trial.render(component, {})).values())
                self.records[component.name] = ComponentRecord(component=component.name, objects=objects)
        planner = WriteBackPlanner(trial, others={"staging": self.trial("staging")}, records=self.records)
        return await planner.plan([drift_of(case) for case in cases])


def drift_of(case: Case) -> Drift:
    kind, _, place = case.target.partition(" ")
    namespace, _, name = place.partition("/")
    ref = ObjectRef(group="apps" if kind == "Deployment" else "", kind=kind, namespace=namespace, name=name)
    field = FieldDrift(path=case.path, kind=DriftKind.CHANGED, found=case.found)
    return Drift(component=case.component, kind=DriftKind.CHANGED, reason="", target=ref, fields=(field,))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    root = tmp_path_factory.mktemp("back")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    places = Places(cache=tools_folder().parent, state=root / ".state")
    opened = open_project(root)
    sources = open_sources(places, opened, tell=print)
    return Project(opened=opened, sources=sources, drafts=ProjectDrafts(root, cache=root / ".drafts"))


def said(plan: WriteBack) -> str:
    """The files and their lines that differ, without the heads of the diff."""
    found: list[str] = []
    for file, after in plan.after.items():
        found += [file, *(line for line in diff_of(plan.before.get(file), after, file=file)[2:] if line[0] != "@")]
    return "\n".join(found)


@pytest.mark.parametrize("name", CASES)
async def test_a_field_is_written_where_it_comes_from(project: Project, name: str) -> None:
    case = CASES[name]
    plan = await project.write_back(case)
    assert "\n".join(left.reason for left in plan.left) == case.reason
    assert said(plan) == case.diff


async def test_several_fields_are_written_together(project: Project) -> None:
    names = (
        "a patch of the overlay",
        "an image of the overlay",
        "a JSON patch that is a text",
        "a label that the base has not",
    )
    plan = await project.write_back(*(CASES[name] for name in names))
    assert not plan.left
    (front,) = [c for c in project.opened.project.components if c.name == "front"]
    (deployment,) = [
        manifest
        for ref, manifest in (await project.trial("local").render(front, plan.after)).items()
        if ref.kind == "Deployment"
    ]
    assert [value_at(deployment, CASES[name].path) for name in names] == [CASES[name].found for name in names]
    assert [*(project.opened.root / ".drafts").iterdir()] == []
