"""What docs/guides/comparing-environments.md shows is what the homelab says, with the real helm and kustomize; and two
environments that somebody else wrote."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from fairlead.cli.main import run

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/comparing-environments.md").read_text()
SHARED = ROOT.parent / "shared" / "inputs" / "repositories"
COMMIT = re.compile(r"\b[0-9a-f]{12}\b")

Out = pytest.CaptureFixture[str]


def shown(command: str) -> list[str]:
    """What the guide shows after *command*, each time that it does."""
    blocks = re.findall(r"^```console\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
    return [said for block in blocks for first, _, said in [block.partition("\n")] if first == f"$ {command}"]


def git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.test", "-c", "init.defaultBranch=main")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "change")


@pytest.fixture
def homelab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "homelab"
    shutil.copytree(ROOT / "examples" / "homelab", folder, ignore=shutil.ignore_patterns(".fairlead", ".terraform"))
    monkeypatch.chdir(folder)
    return folder


def said(words: Sequence[str], capsys: Out) -> str:
    assert run(["diff", *words, "-q"]) == 0
    return capsys.readouterr().out


def test_two_environments_as_in_the_guide(homelab: Path, capsys: Out) -> None:
    plain, with_expected = shown("fairlead diff staging production")
    assert said(["staging", "production"], capsys) == plain
    (listed,) = re.findall(r"^```yaml\n(.*?)^```", GUIDE, flags=re.MULTILINE | re.DOTALL)
    (homelab / "fairlead.differences.yaml").write_text(listed)
    found = said(["staging", "production"], capsys)
    assert found.startswith(with_expected)


def test_two_revisions_as_in_the_guide(homelab: Path, capsys: Out) -> None:
    git(homelab, "init", "--quiet")
    commit(homelab)
    git(homelab, "checkout", "--quiet", "-b", "more")
    for name, before, after in (
        ("environments/production/values.yaml", "{min: 3, max: 5}", "{min: 4, max: 8}"),
        ("clusters/production/applications/podinfo/kustomization.yaml", "count: 3", "count: 4"),
    ):
        text = (homelab / name).read_text()
        assert before in text
        (homelab / name).write_text(text.replace(before, after))
    commit(homelab)
    (guide,) = shown("fairlead diff --rev main...HEAD")
    assert COMMIT.sub("COMMIT", said(["--rev", "main...HEAD"], capsys)) == COMMIT.sub("COMMIT", guide)


def test_overlays_that_somebody_else_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out) -> None:
    folder = tmp_path / "apps"
    shutil.copytree(SHARED / "flux2-kustomize-helm-example" / "apps", folder / "apps")
    monkeypatch.chdir(folder)
    (folder / "fairlead.yaml").write_text(
        "apiVersion: fairlead.dev/v1\nproject: p\nenvironments: {staging: {}, production: {}}\n"
        'components:\n  - {name: apps, kustomize: "apps/{environment}"}\n'
    )
    assert said(["staging", "production"], capsys).splitlines() == [
        "version (1)",
        "  apps",
        "    HelmRelease podinfo/podinfo",
        "      ~ .spec.chart.spec.version: >=1.0.0-alpha → >=1.0.0",
        "configuration (2)",
        "  apps",
        "    HelmRelease podinfo/podinfo",
        '      - .spec.test: {"enable": false}',
        '      ~ .spec.values.ingress.hosts[host="podinfo.staging"].host: podinfo.staging → podinfo.production',
        "Compared 3 objects of staging with 3 of production: 1 version, 2 configuration.",
    ]


def test_charts_that_are_not_at_hand_are_named_and_nobody_is_told_that_nothing_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Out
) -> None:
    shutil.copytree(SHARED / "flux2-kustomize-helm-example", tmp_path / "fleet")
    monkeypatch.chdir(tmp_path / "fleet")
    found = said(["staging", "production"], capsys)
    assert "not compared: cert-manager does not render in staging and production: chart unavailable" in found
    assert run(["diff", "staging", "production", "--detailed-exitcode"]) == 4
