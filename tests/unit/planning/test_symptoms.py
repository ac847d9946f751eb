"""One file of `tests/cases/unrecoverable` per situation: why it matters, the scene, and the symptoms found in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from fairlead.model.objects import ref_of
from fairlead.planning.scene import Scene
from fairlead.planning.symptoms import Symptom, find_symptoms

CASES = sorted((Path(__file__).parents[2] / "cases" / "unrecoverable").glob("*.yaml"))
KEYS = {"live", "pods", "replicaSets", "claims", "classes", "events"}


def test_the_cases_are_there() -> None:
    assert len(CASES) >= 35


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case: dict[str, Any] = yaml.safe_load(path.read_text())
    assert case["why"]
    assert set(case) <= KEYS | {"why", "expect"}
    scene = Scene(
        live=case["live"],
        pods=case.get("pods", ()),
        replica_sets=case.get("replicaSets", ()),
        claims=case.get("claims", ()),
        classes=case.get("classes", {}),
        events={uid: [found] if isinstance(found, dict) else found for uid, found in case.get("events", {}).items()},
    )
    assert [say(symptom, scene) for symptom in find_symptoms(scene)] == case["expect"]


def say(symptom: Symptom, scene: Scene) -> str:
    shown = symptom.shown_by
    by = "" if shown == ref_of(scene.live) else f"{shown.kind} {shown.name}: "
    return f"{symptom.state.name}: {by}{symptom.message}"
