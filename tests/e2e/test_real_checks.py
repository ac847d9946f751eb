"""Tests of phase test that need pods: HTTP, names, a chart's own tests, a Job, a command. Needs root.

One cluster with one real node. Each test breaks what one of them guards and sees it turn red, alone; a deployment mends
it. What is wrong is said: status, latency, the first bytes of a wrong body, the log of a pod that failed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.rig import Clone, eventually

pytestmark = pytest.mark.e2e

PROGRAM = """package main

import (
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	if len(os.Args) > 1 {
		answer, err := http.Get(os.Args[1])
		if err != nil {
			fmt.Println("cannot get it:", err)
			os.Exit(1)
		}
		fmt.Println("status", answer.StatusCode)
		if answer.StatusCode != 200 {
			os.Exit(1)
		}
		return
	}
	delay, _ := time.ParseDuration(os.Getenv("DELAY"))
	http.HandleFunc("/ready", func(http.ResponseWriter, *http.Request) {})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		if os.Getenv("BROKEN") != "" {
			w.WriteHeader(500)
		}
		fmt.Fprintln(w, os.Getenv("BODY"))
	})
	http.ListenAndServe(":8080", nil)
}
"""
IMAGE = "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
CHART = f"""
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
        - name: web
          image: {IMAGE}
          env:
            - {{name: BODY, value: all is well}}
            - {{name: DELAY, value: 0s}}
            - {{name: BROKEN, value: ""}}
          readinessProbe: {{httpGet: {{path: /ready, port: 8080}}, periodSeconds: 1}}
---
apiVersion: v1
kind: Service
metadata: {{name: web}}
spec: {{selector: {{app: web}}, ports: [{{name: http, port: 80, targetPort: 8080}}]}}
"""
CHART_TEST = f"""
apiVersion: v1
kind: Pod
metadata:
  name: web-test
  annotations: {{"helm.sh/hook": test, "helm.sh/hook-delete-policy": before-hook-creation}}
spec:
  restartPolicy: Never
  containers: [{{name: test, image: {IMAGE}, args: ["http://web/"]}}]
"""
JOB = """
apiVersion: batch/v1
kind: Job
metadata: {name: smoke}
spec:
  backoffLimit: 0
  template:
    spec:
      restartPolicy: Never
      containers: [{name: smoke, image: web, args: ["http://web.checks/"]}]
"""
ALIAS = """
apiVersion: v1
kind: Service
metadata: {name: alias}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
"""


@pytest.fixture(scope="module")
def checks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    """A project with one test of every kind, deployed on a real node."""
    root = tmp_path_factory.mktemp("real")
    home = root / "home"
    kubeconfig = home / "state/fairlead/clusters/checks/local/kubeconfig"
    clone = Clone(folder=root / "project", home=home, kubeconfig=kubeconfig)
    clone.share_images()
    write_project(clone)
    clone.commit()
    try:
        clone.run("local", "up", timeout=600).expect()
        clone.run("deploy", timeout=600).expect()
        yield clone
    finally:
        clone.run("local", "down", timeout=180).expect()


def write_project(clone: Clone) -> None:
    clone.write("apps/web/go.mod", "module example.test/web\n\ngo 1.21\n")
    clone.write("apps/web/main.go", PROGRAM)
    clone.write("chart/Chart.yaml", {"apiVersion": "v2", "name": "web", "version": "1.0.0"})
    clone.write("chart/templates/web.yaml", CHART)
    clone.write("chart/templates/tests/web.yaml", CHART_TEST)
    clone.write("alias.yaml", ALIAS)
    clone.write("tests/smoke.yaml", JOB)
    clone.write("result", "0")
    clone.write("tests/look.py", "import sys\nprint('looked')\nsys.exit(int(open('result').read()))\n")
    mapped = {f"image.{key}": f"outputs.web-image.{key}" for key in ("repository", "tag")}
    http = {"http": "checks/web:http/", "body": "all is", "bodyMatches": "well$", "within": "1s", "retryFor": "3s"}
    components = [
        {"name": "web-image", "image": {"go": {"folder": "apps/web"}}},
        {"name": "web", "namespace": "checks", "helm": {"chart": "chart"}, "set": mapped},
        {"name": "alias", "namespace": "checks", "manifests": "alias.yaml"},
        {"name": "up", "test": http},
        {"name": "names", "test": {"dns": ["web.checks", "alias.checks", "kubernetes.default.svc"]}, "timeout": "5s"},
        {"name": "chart", "test": {"helm": "web"}, "timeout": "60s"},
        {"name": "smoke", "namespace": "checks", "test": {"job": "tests/smoke.yaml"}, "images": {"web": "web-image"}},
        {"name": "look", "test": {"command": [sys.executable, "tests/look.py"]}},
    ]
    cluster = {"driver": "embedded", "nodes": "real"}
    project = {"apiVersion": "fairlead.dev/v1", "project": "checks", "environments": {"local": {"cluster": cluster}}}
    clone.write("fairlead.yaml", {**project, "components": components})


ALL = ("test/rollouts", "up", "names", "chart", "smoke", "look")


def outcomes(report: Any) -> dict[str, str]:
    return {name: step["result"]["outcome"] for name, step in report["run"]["steps"].items()}


def reasons(report: Any) -> dict[str, str]:
    return {name: step["result"]["reason"] for name, step in report["run"]["steps"].items()}


def test_all_of_them_ask_what_runs_and_are_green(checks: Clone) -> None:
    report = checks.run("test", "-q", "-o", "json").expect().json
    assert outcomes(report) == dict.fromkeys(ALL, "passed")
    said = reasons(report)
    assert said["up"].startswith("checks/web:http/: status 200 after ")
    assert "'all is well'" in said["up"]
    assert "web.checks is 10." in said["names"]
    assert said["chart"] == "1 tests of release checks/web succeeded"


def test_a_deployment_on_real_nodes_leaves_nothing_unevaluated(checks: Clone) -> None:
    report = checks.run("deploy", "-q", "-o", "json").expect().json
    assert report["run"]["bundle"].get("unpromotable", []) == []
    assert not report["run"].get("simulated")


def set_env(clone: Clone, text: str) -> None:
    clone.kubectl("set", "env", "deploy/web", "-n", "checks", text)
    clone.kubectl("rollout", "status", "deploy/web", "-n", "checks", "--timeout=240s")


def no_endpoint(clone: Clone) -> None:
    clone.kubectl("set", "selector", "service/web", "app=nobody", "-n", "checks")


def other_body(clone: Clone) -> None:
    set_env(clone, "BODY=everything burns")


def wrong_end(clone: Clone) -> None:
    set_env(clone, "BODY=all is lost")


def too_slow(clone: Clone) -> None:
    set_env(clone, "DELAY=1500ms")


def error_status(clone: Clone) -> None:
    set_env(clone, "BROKEN=yes")


def no_name(clone: Clone) -> None:
    clone.kubectl("delete", "service", "alias", "-n", "checks")


def wrong_job(clone: Clone) -> None:
    clone.write("tests/smoke.yaml", JOB.replace("http://web.checks/", "http://nobody.checks/"))


def wrong_command(clone: Clone) -> None:
    clone.write("result", "3")


@pytest.fixture
def mended(checks: Clone) -> Iterator[Clone]:
    """As deployed, again after the test."""
    yield checks
    write_project(checks)
    checks.run("deploy", "--force-conflicts", timeout=600).expect()


@pytest.mark.parametrize(
    ("break_it", "test", "words"),
    [
        (no_endpoint, "up", ["the API server did not reach it: no endpoints available for service", "in 3 s)"]),
        (other_body, "up", ["'all is' is not in its body: 'everything burns'"]),
        (wrong_end, "up", ["does not match 'well$': 'all is lost'"]),
        (too_slow, "up", ["status 200, but after 15", "wanted within 1000 ms"]),
        (error_status, "up", ["status 500, wanted 200", "'all is well'"]),
        (
            no_name,
            "names",
            ["alias.checks has no address inside the cluster", "NXDOMAIN for alias.checks.svc.cluster.local"],
        ),
        (error_status, "chart", ["web-test", "status 500"]),
        (no_endpoint, "smoke", ["Job checks/smoke"]),
        (wrong_job, "smoke", ["Job checks/smoke", "cannot get it"]),
        (wrong_command, "look", ["ended with 3: looked"]),
    ],
)
def test_what_a_test_guards_is_broken_and_the_test_turns_red(
    mended: Clone, break_it: Callable[[Clone], None], test: str, words: list[str]
) -> None:
    break_it(mended)
    # Endpoints, and the names that cluster DNS knows, follow a moment later.
    words_of_test = ("test", "-q", "-l", test, "-o", "json")
    report = eventually(lambda: (done := mended.run(*words_of_test)).code == 1 and done.json)
    assert outcomes(report) == {test: "failed"}
    assert [word for word in words if word not in reasons(report)[test]] == [], reasons(report)[test]


def test_a_red_test_turns_the_phase_of_a_deployment_red_and_no_evidence_is_kept(mended: Clone) -> None:
    mended.write("result", "3")
    mended.write("fairlead.yaml", (mended.folder / "fairlead.yaml").read_text() + "# changed\n")
    report = mended.run("deploy", "-q", "-o", "json", sys.executable, "tests/look.py").expect(1).json
    phases = {phase["phase"]: phase["outcome"] for phase in report["run"]["phases"]}
    assert (phases["deploy"], phases["test"]) == ("no-op", "failed")
    assert report["run"].get("bundle") is None


INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: checks}
spec:
  tls: [{hosts: [web.example.test], secretName: nobody-made-it}]
  rules:
    - host: web.example.test
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {name: http}}}}]}
"""


def test_a_tls_secret_that_nobody_made_turns_secure_red(checks: Clone) -> None:
    checks.run("secure", "--check", "policies", "--check", "tls").expect()
    checks.kubectl("apply", "-f", "-", stdin=INGRESS)
    try:
        done = checks.run("secure", "--check", "tls").expect(1)
        assert "names Secret checks/nobody-made-it for TLS, and no TLS Secret of that name is there" in done.out
    finally:
        checks.kubectl("delete", "ingress", "web", "-n", "checks")


def test_a_chart_without_tests_is_not_taken_for_a_good_one(mended: Clone) -> None:
    (mended.folder / "chart/templates/tests/web.yaml").unlink()
    report = mended.run("deploy", "-q", "-o", "json").expect(1).json
    assert "has no tests: nothing was checked" in report["run"]["cause"]


def test_the_answers_come_from_where_another_person_stands(checks: Clone, tmp_path: Path) -> None:
    """Nothing but the kubeconfig is shared: no route to pods, no name service of the cluster."""
    other = Clone(folder=tmp_path / "other", home=tmp_path / "home", kubeconfig=checks.kubeconfig)
    write_project(other)
    other.project("checks", *(component for component in components_of(other) if component["name"] in ("up", "names")))
    report = other.run("test", "-l", "up", "-l", "names", "-q", "-o", "json").expect().json
    assert outcomes(report) == {"up": "passed", "names": "passed"}


def components_of(clone: Clone) -> list[dict[str, Any]]:
    import yaml

    found: list[dict[str, Any]] = yaml.safe_load((clone.folder / "fairlead.yaml").read_text())["components"]
    return found
