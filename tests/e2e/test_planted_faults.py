"""Every fault of a project is found in one go, each with its place, and nothing is deployed meanwhile.

Ten faults are planted twice: spread over the project file, manifests and values files, and in manifests and values
files alone, because a faulty project file could hide the others.
"""

from __future__ import annotations

import re

import pytest

from e2e.objects import chart, config_map, stream
from e2e.rig import Clone, Finished

pytestmark = pytest.mark.e2e

PLACE = re.compile(r"^(?P<place>[\w./-]+\.yaml:\d+:\d+): (?P<said>.+)$", re.MULTILINE)

WORKLOAD = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: shop
spec:
  replicas: two
  selector:
    matchLabels: {app: shop}
  template:
    metadata:
      labels: {app: shop}
    spec:
      containers:
        - name: shop
          image: registry.example.test/shop:1.0.0
          imagePullPolcy: Always
---
apiVersion: v1
kind: Service
metadata:
  labels: {app: shop}
spec:
  ports: [{port: 80}]
"""
TWICE = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: twice\ndata:\n  a: '1'\n  a: '2'\n"
BROKEN = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: broken\ndata: {}\n"
KINDLESS = "apiVersion: v1\nmetadata:\n  name: nothing\n"
VALUES_TWICE = "global:\n  replicas:\n    min: 2\n    min: 3\n"
VALUES_BROKEN = "greeting: hello\n  image: x\n"

IN_FILES = {
    "manifests/shop.yaml:6:3": "spec.replicas",
    "manifests/shop.yaml:16:11": "imagePullPolcy",
    "manifests/shop.yaml:18:1": "metadata.name",
    "manifests/twice.yaml:7:3": "a",
    "manifests/broken.yaml:4:5": "",
    "environments/local/values.yaml:4:5": "min",
    "environments/local/web.yaml:2:8": "",
}


@pytest.fixture
def faulty(clone: Clone) -> Clone:
    chart(clone, "web", stream(config_map("web", greeting="{{ .Values.greeting }}")), values={"greeting": "hi"})
    chart(clone, "api", stream(config_map("api")))
    clone.write("manifests/shop.yaml", WORKLOAD)
    clone.write("manifests/twice.yaml", TWICE)
    clone.write("manifests/broken.yaml", BROKEN)
    clone.write("environments/local/values.yaml", VALUES_TWICE)
    clone.write("environments/local/web.yaml", VALUES_BROKEN)
    return clone


def found_in(done: Finished) -> dict[str, str]:
    """What was said, by place; each finding is one line that starts with its place."""
    listed = [(m["place"], m["said"]) for m in PLACE.finditer(done.out + done.err)]
    assert len(dict(listed)) == len(listed), f"a place is named twice:\n{done.out}{done.err}"
    return dict(listed)


def expect_all(done: Finished, planted: dict[str, str]) -> None:
    found = found_in(done.expect(4))
    assert found.keys() == planted.keys(), done.out
    assert [place for place, word in planted.items() if word not in found[place]] == [], done.out


def test_ten_faults_in_project_file_manifests_and_values_are_all_found_at_once(faulty: Clone) -> None:
    faulty.write(
        "fairlead.yaml",
        f"""apiVersion: fairlead.dev/v1
project: ten
environments:
  local:
    kubernetes: 1.34
    cluster: {{driver: context, kubeconfig: {faulty.kubeconfig}}}
components:
  - name: shop
    namespce: shop
    manifests: manifests
  - name: web
    namespace: web
    helm: {{chart: charts/web}}
    needs: [shopp]
    set: {{replicas: global.replicas.min}}
""",
    )
    planted = {
        **IN_FILES,
        "fairlead.yaml:5:17": "kubernetes",
        "fairlead.yaml:9:5": "namespce",
        "fairlead.yaml:14:13": "shopp",
    }
    assert len(planted) == 10
    expect_all(faulty.run("validate"), planted)


def test_ten_faults_in_manifests_and_values_are_all_found_at_once(faulty: Clone) -> None:
    faulty.write("manifests/kindless.yaml", KINDLESS)
    faulty.write("environments/local/api.yaml", "- a list\n")
    faulty.write("values/web.yaml", "a: 1\n---\nb: 2\n")
    web = {"chart": "charts/web", "valueFiles": ["values/web.yaml"]}
    faulty.project(
        "ten",
        {"name": "shop", "namespace": "shop", "manifests": "manifests"},
        {"name": "web", "namespace": "web", "helm": web, "set": {"replicas": "global.replicas.min"}},
        {"name": "api", "namespace": "web", "helm": {"chart": "charts/api"}},
    )
    planted = {
        **IN_FILES,
        "manifests/kindless.yaml:1:1": "kind",
        "environments/local/api.yaml:1:1": "map",
        "values/web.yaml:3:1": "one document",
    }
    assert len(planted) == 10
    expect_all(faulty.run("validate"), planted)


def test_deploy_finds_the_same_faults_and_writes_nothing(faulty: Clone) -> None:
    faulty.project("ten-deploy", {"name": "shop", "namespace": "ten-deploy", "manifests": "manifests"})
    done = faulty.run("deploy").expect(4)
    assert {"manifests/shop.yaml:18:1", "manifests/broken.yaml:4:5"} <= found_in(done).keys()
    assert faulty.kubectl("get", "namespace", "ten-deploy", "--ignore-not-found") == ""
    assert faulty.run("status", "-o", "json").expect().json.get("run") is None


def test_findings_as_json_are_alone_on_stdout(faulty: Clone) -> None:
    faulty.project("ten", {"name": "shop", "namespace": "shop", "manifests": "manifests"})
    done = faulty.run("validate", "-q", "-o", "json").expect(4)
    assert done.err == ""
    assert {f["location"]["file"] for f in done.json["findings"]} >= {"manifests/shop.yaml", "manifests/broken.yaml"}
