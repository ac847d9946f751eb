"""The guided tour, and the package that carries its example. With simulated nodes: `test_homelab.py` has real ones."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from e2e.rig import HOMELAB, ROOT, Clone

pytestmark = pytest.mark.e2e


@pytest.fixture
def visitor(tmp_path: Path) -> Clone:
    """Somebody in an empty folder, with nothing but Fairlead."""
    home = tmp_path / "home"
    found = Clone(folder=tmp_path / "empty", home=home, kubeconfig=home / "none")
    found.share_images()
    found.environ["FAIRLEAD_NODES"] = "simulated"
    return found


def test_tour_shows_deploys_breaks_finds_and_mends(visitor: Clone) -> None:
    done = visitor.run("demo", "--yes", timeout=600).expect()
    shown = [line for line in done.out.splitlines() if line.startswith("$ ")]
    assert shown == [
        "$ fairlead local up --yes",
        "$ fairlead deploy --yes",
        "$ fairlead status",
        "$ kubectl get pods --all-namespaces",
        "$ fairlead deploy --yes",
        "$ kubectl --namespace podinfo set selector service podinfo app=nothing",
        "$ fairlead plan --detailed-exitcode",
        "$ fairlead deploy --yes --force-conflicts",
        "$ fairlead local down",
    ]
    assert ".spec.selector.app: wanted podinfo, found nothing, owner kubectl-set since " in done.out
    assert done.out.count("simulated: pods run nothing") == len(shown) - 1
    state = visitor.home / "state" / "fairlead"
    assert not (state / "demo").exists()
    assert not list((state / "clusters").glob("*/*"))


def test_tour_that_was_kept_is_ended_later(visitor: Clone) -> None:
    assert visitor.run("demo", "--end").expect().out == "no tour was kept\n"
    kept = visitor.folder / "kept"
    # A tour that fails stays all the same.
    visitor.run("demo", "--yes", "--keep", "--folder", kept, FAIRLEAD_NODES="none").expect(1)
    assert (kept / "fairlead.yaml").exists()
    visitor.run("demo", "--end", "--folder", kept).expect()
    assert not kept.exists()


def test_tour_leaves_a_folder_of_somebody_else_alone(visitor: Clone) -> None:
    visitor.write("notes.txt", "mine")
    refused = visitor.run("demo", "--yes", "--folder", ".").expect(4)
    assert "holds something else" in refused.err
    assert (visitor.folder / "notes.txt").read_text() == "mine"


def test_package_carries_the_example(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "-C", str(HOMELAB), "ls-files"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {f"fairlead/examples/homelab/{path}" for path in tracked} <= packed
    assert tracked
