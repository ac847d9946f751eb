"""Sensitive outputs of Terraform roots: the record only knows their seal, so they are asked for again when needed."""

from __future__ import annotations

import pytest

from e2e.rig import Clone

pytestmark = pytest.mark.e2e

ROOT = """
terraform {
  backend "kubernetes" {}
}
resource "terraform_data" "password" {
  input = uuid()
  lifecycle { ignore_changes = [input] }
}
output "password" {
  value     = terraform_data.password.output
  sensitive = true
}
"""
CHART = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {checksum/password: {{ .Values.password | sha256sum }}}
    spec:
      containers: [{name: web, image: registry.example.test/web:1}]
"""
CHECKSUM = "jsonpath={.spec.template.metadata.annotations}"


@pytest.fixture
def deployed(clone: Clone) -> Clone:
    clone.write("terraform/main.tf", ROOT)
    clone.write("charts/web/Chart.yaml", {"apiVersion": "v2", "name": "web", "version": "0.1.0"})
    clone.write("charts/web/templates/web.yaml", CHART)
    clone.project(
        "sealed",
        {"name": "place", "terraform": "terraform"},
        {
            "name": "web",
            "namespace": "sealed",
            "helm": {"chart": "charts/web"},
            "set": {"password": "outputs.place.password"},
        },
    )
    clone.commit()
    clone.run("deploy", "--yes").expect()
    return clone


def test_a_release_that_was_changed_by_hand_is_mended_with_the_same_secret(deployed: Clone) -> None:
    before = deployed.kubectl("get", "deploy/web", "-n", "sealed", "-o", CHECKSUM)
    deployed.kubectl("scale", "deploy/web", "-n", "sealed", "--replicas=0")
    deployed.run("deploy", "--yes", "--force-conflicts").expect()
    assert deployed.kubectl("get", "deploy/web", "-n", "sealed", "-o", "jsonpath={.spec.replicas}") == "1"
    assert deployed.kubectl("get", "deploy/web", "-n", "sealed", "-o", CHECKSUM) == before
    assert not deployed.run("deploy", "--yes", "-o", "json").expect().json["changed"]


def test_an_output_that_is_known_early_makes_no_second_rendering(clone: Clone) -> None:
    """The plan knows `constant`, but not `password`, which the release does not use."""
    clone.write("terraform/main.tf", ROOT + 'output "constant" {\n  value = "known"\n}\n')
    clone.write("charts/web/Chart.yaml", {"apiVersion": "v2", "name": "web", "version": "0.1.0"})
    clone.write("charts/web/templates/web.yaml", CHART)
    clone.project(
        "early",
        {"name": "place", "terraform": "terraform"},
        {
            "name": "web",
            "namespace": "early",
            "helm": {"chart": "charts/web"},
            "set": {"password": "outputs.place.constant"},
        },
    )
    clone.commit()
    clone.run("deploy", "--yes").expect()
    (clone.cache / "fairlead" / "tools").unlink()
    assert not clone.run("deploy", "--yes", "-o", "json", PATH="/nowhere").expect().json["changed"]
