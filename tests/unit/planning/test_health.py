"""One file of `tests/cases/health` per situation: why it matters, the object, and what we must say about it.

`symptoms` are what may end a wait (planning/unrecoverable.py); left out, there is none. `explain` is looked at for
pods.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.health import HealthStatus
from fairlead.planning.health import assess
from fairlead.planning.health_pods import explain_pod
from fairlead.planning.scene import Scene
from fairlead.planning.symptoms import find_symptoms

CASES = sorted((Path(__file__).parents[2] / "cases" / "health").glob("*.yaml"))


def read(path: Path) -> dict[str, Any]:
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    assert set(case) == {"why", "object", "expect"}
    return case


def symptoms_of(live: dict[str, Any]) -> list[str]:
    return [f"{symptom.state.name}: {symptom.message}" for symptom in find_symptoms(Scene(live=live))]


def test_the_cases_are_there() -> None:
    assert len(CASES) >= 40


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case = read(path)
    health = assess(case["object"])
    said: dict[str, Any] = {"status": health.status.value, "reason": health.reason, "message": health.message}
    if symptoms := symptoms_of(case["object"]):
        said["symptoms"] = symptoms
    if case["object"]["kind"] == "Pod":
        said["explain"] = explain_pod(case["object"])
    assert said == case["expect"]


def test_a_load_balancer_is_not_waited_for_where_nobody_gives_addresses() -> None:
    waiting = read(next(path for path in CASES if path.stem == "service_load_balancer_waits"))["object"]
    assert assess(waiting, load_balancers=False).is_current


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_current_has_no_symptom(path: Path) -> None:
    live = read(path)["object"]
    assert not (assess(live).is_current and symptoms_of(live))


KINDS = [
    ("v1", "Pod"),
    ("v1", "Service"),
    ("v1", "PersistentVolumeClaim"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("apps/v1", "DaemonSet"),
    ("apps/v1", "ReplicaSet"),
    ("batch/v1", "Job"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("example.com/v1", "Thing"),
]
NAMES = st.sampled_from(
    [
        "conditions",
        "phase",
        "replicas",
        "containerStatuses",
        "state",
        "waiting",
        "terminated",
        "reason",
        "message",
        "type",
        "status",
        "name",
    ]
)
WORDS = st.sampled_from(["True", "Ready", "Running", "Pending", "Failed", "CrashLoopBackOff", "two\nlines"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 5) | WORDS,
    lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=4),
    max_leaves=12,
)


@given(kind=st.sampled_from(KINDS), spec=JSON, status=JSON)
def test_any_status_gives_a_verdict_on_one_line(kind: tuple[str, str], spec: Any, status: Any) -> None:
    live = {"apiVersion": kind[0], "kind": kind[1], "metadata": {"name": "a"}, "spec": spec, "status": status}
    health = assess(live)
    symptoms_of(live)
    assert health.status in HealthStatus
    assert "\n" not in health.message
