"""Objects that two components have: alike, one of them applies it; otherwise every verb refuses them."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.rig import Clone, writes

pytestmark = pytest.mark.e2e

SPACE = "shared-objects"


def configmap(name: str, value: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}, namespace: {SPACE}}}\ndata: {{a: '{value}'}}\n"


@pytest.fixture
def folders(clone: Clone) -> Clone:
    """Two folders that somebody applies with `kubectl apply -f`, with one object alike but for how it is written."""
    clone.write("one/own.yaml", configmap("one", "1"))
    clone.write("one/both.yaml", configmap("both", "1"))
    clone.write("two/own.yaml", configmap("two", "1"))
    clone.write(
        "two/both.yaml",
        '{"kind": "ConfigMap", "apiVersion": "v1", "data": {"a": "1"}, "metadata": '
        f'{{"namespace": "{SPACE}", "name": "both"}}}}',
    )
    clone.project(SPACE, *({"name": name, "namespace": SPACE, "manifests": name} for name in ("one", "two")))
    return clone


def owner(clone: Clone) -> set[str]:
    path = "{.metadata.managedFields[*].manager}"
    words = ("get", "configmap", "both", "-n", SPACE, "--show-managed-fields", "-o", f"jsonpath={path}")
    return set(clone.kubectl(*words).split())


def test_what_is_alike_is_applied_once_and_goes_on_with_who_is_left(folders: Clone, audit_log: Path) -> None:
    said = f"component one has alike, and applies: ConfigMap {SPACE}/both [one-owner]"
    assert "one-owner" in folders.run("validate").expect(0).out
    assert said in folders.run("plan", "--dry-run").expect(0).out
    folders.run("deploy", "--yes").expect(0)
    assert owner(folders) == {"fairlead:one"}
    before = audit_log.stat().st_size
    assert said in folders.run("plan", "--detailed-exitcode").expect(0).out
    assert not folders.run("deploy", "--yes", "-o", "json").expect(0).json["changed"]
    assert writes(audit_log, since=before, agents=("fairlead",)) == []
    # One of them says otherwise now: neither which nor where is guessed.
    for changed in ("one", "two"):
        text = (folders.folder / changed / "both.yaml").read_text()
        folders.write(f"{changed}/both.yaml", configmap("both", "2"))
        for verb in (("validate",), ("plan",), ("plan", "--dry-run"), ("deploy", "--yes")):
            done = folders.run(*verb).expect(4)
            assert "both have it, and differ" in done.out + done.err, verb
            assert f"{changed}/both.yaml" in done.out + done.err, verb
        folders.write(f"{changed}/both.yaml", text)
    # The one that applies it lets go.
    (folders.folder / "one/both.yaml").unlink()
    folders.run("deploy", "--yes", "--prune").expect(0)
    assert owner(folders) == {"fairlead:two"}
    assert not folders.run("deploy", "--yes", "-o", "json").expect(0).json["changed"]
    folders.run("drift").expect(0)
