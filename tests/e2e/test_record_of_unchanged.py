"""A component that needs no write still has a record that says what it is now."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.rig import Clone, writes
from fairlead.adapters.state.names import PROJECT_LABEL

pytestmark = pytest.mark.e2e


def _map(name: str) -> str:
    return f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: {name}}}, data: {{key: value}}}}\n"


@pytest.fixture
def maps(clone: Clone, request: pytest.FixtureRequest) -> Clone:
    """A project of its own for each test, with two ConfigMaps, deployed."""
    namespace = request.node.name.replace("_", "-")[:60].strip("-")
    clone.write("maps.yaml", f"{_map('kept')}---\n{_map('removed')}")
    clone.project(namespace, {"name": "maps", "namespace": namespace, "manifests": "maps.yaml"})
    clone.run("deploy").expect()
    return clone


def _namespace(clone: Clone) -> str:
    return str(clone.run("plan", "-o", "json").expect().json["project"])


def test_object_taken_out_of_the_project_is_not_made_again(maps: Clone) -> None:
    maps.write("maps.yaml", _map("kept"))
    assert not maps.run("deploy", "-o", "json").expect().json["changed"]
    maps.kubectl("delete", "configmap", "removed", "-n", _namespace(maps))
    maps.run("plan", "--detailed-exitcode").expect(0)


def test_object_put_back_into_the_project_is_watched_again(maps: Clone) -> None:
    maps.write("maps.yaml", _map("kept"))
    maps.run("deploy").expect()
    maps.write("maps.yaml", f"{_map('kept')}---\n{_map('removed')}")
    assert not maps.run("deploy", "-o", "json").expect().json["changed"]
    maps.kubectl("delete", "configmap", "removed", "-n", _namespace(maps))
    maps.run("plan", "--detailed-exitcode").expect(2)


def test_lost_record_is_made_anew_without_a_write(maps: Clone, audit_log: Path) -> None:
    mine = f"{PROJECT_LABEL}={_namespace(maps)}"
    maps.kubectl("delete", "secrets", f"--selector={mine}", "-n", "fairlead-system")
    before = audit_log.stat().st_size
    maps.run("deploy").expect()
    assert writes(audit_log, since=before, agents=("fairlead",)) == []
    (component,) = maps.run("status", "-o", "json").expect().json["components"]
    assert (component["name"], component["objects"]) == ("maps", 2)
