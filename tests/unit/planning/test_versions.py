from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.image import image_outputs
from fairlead.model.record import ComponentRecord
from fairlead.planning.versions import images_of, version_of

DIGEST = "sha256:" + "ab" * 32


def workload(*images: str, kind: str = "Deployment", **labels: str) -> dict[str, Any]:
    template = {"spec": {"containers": [{"name": f"c{n}", "image": image} for n, image in enumerate(images)]}}
    spec = {"jobTemplate": {"spec": {"template": template}}} if kind == "CronJob" else {"template": template}
    return {"kind": kind, "metadata": {"name": "web", "labels": labels}, "spec": spec}


def record(*objects: dict[str, Any], **given: Any) -> ComponentRecord:
    return ComponentRecord(component="web", objects=objects, output_digest=DIGEST, **given)


@pytest.mark.parametrize(
    ("found", "version"),
    [
        (record(workload("registry.example.test:5000/team/web:1.27")), "web:1.27, abababababab"),
        (record(workload("web:1", "side:2"), workload("web:1", kind="CronJob")), "web:1 and 1 more, abababababab"),
        (record(workload("web", **{"helm.sh/chart": "web-0.2.0"}), revision=3), "web-0.2.0, revision 3"),
        (record({"kind": "ConfigMap", "metadata": {"name": "a", "labels": None}}), "abababababab"),
        (record(outputs=image_outputs("web", DIGEST, push="")), "web:abababababab"),
        (record(outputs=image_outputs("web", DIGEST, push="r.example.test/web")), "web@abababababab"),
        (record(outputs={"reference": "of a Terraform root"}), "abababababab"),
        (ComponentRecord(component="web"), ""),
    ],
)
def test_a_version_is_chart_or_images_and_revision_or_digest(found: ComponentRecord, version: str) -> None:
    assert version_of(found) == version


def test_images_by_digest_are_short() -> None:
    assert images_of(record(workload(f"r.example.test/a/web:1@{DIGEST}"))) == ("web:1@abababababab",)


def test_a_bare_pod_and_nonsense_are_read() -> None:
    pod = {"kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "a:1"}, None, {}]}}
    assert images_of(record(pod, {"kind": "X", "spec": "text"})) == ("a:1",)
