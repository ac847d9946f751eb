"""Our Pod Security checks against the fixtures of the module the API server itself uses.

The fixtures are read from Go's module cache, never kept in this repository. A fixture that must pass passes with no
finding at all; one that must fail is found by the very check it is named after.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from fairlead.model.pod_security import PodSecurityLevel
from fairlead.planning.rules.pod_security import CHECKS, check_pod_security

pytestmark = pytest.mark.e2e

MODULE = "k8s.io/pod-security-admission@v0.34.2"
VERSION = "v1.34"
LEVELS = (PodSecurityLevel.BASELINE, PodSecurityLevel.RESTRICTED)
FIXTURES = {("baseline", "pass"): 14, ("baseline", "fail"): 34, ("restricted", "pass"): 22, ("restricted", "fail"): 74}


@pytest.fixture(scope="module")
def testdata(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module")
    (folder / "go.mod").write_text("module oracle\n\ngo 1.24\n")
    done = subprocess.run(
        ["go", "mod", "download", "-json", MODULE],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(json.loads(done.stdout)["Dir"]) / "test" / "testdata"


def fixtures(testdata: Path, level: PodSecurityLevel, verdict: str) -> list[Path]:
    found = sorted((testdata / level / VERSION / verdict).glob("*.yaml"))
    assert len(found) == FIXTURES[level, verdict]
    return found


def rules_found(fixture: Path, level: PodSecurityLevel) -> set[str]:
    findings = check_pod_security(yaml.safe_load(fixture.read_text()), level=level)
    return {finding.rule.removeprefix("pod-security/").lower() for finding in findings}


@pytest.mark.parametrize("level", LEVELS)
def test_what_must_pass_passes(testdata: Path, level: PodSecurityLevel) -> None:
    wrong = {path.name: rules for path in fixtures(testdata, level, "pass") if (rules := rules_found(path, level))}
    assert wrong == {}


@pytest.mark.parametrize("level", LEVELS)
def test_what_must_fail_is_found_by_the_check_it_is_for(testdata: Path, level: PodSecurityLevel) -> None:
    missed = {}
    for path in fixtures(testdata, level, "fail"):
        check, rules = path.stem.rstrip("0123456789"), rules_found(path, level)
        # Under restricted, a fixture of a replaced baseline check is caught by the check that replaces it.
        replaced_by = {"hostpathvolumes": "restrictedvolumes"}.get(check, check.replace("_baseline", "_restricted"))
        if check not in rules and replaced_by not in rules:
            missed[path.name] = rules
    assert missed == {}


def test_every_check_has_a_fixture_that_fails_it(testdata: Path) -> None:
    for level in LEVELS:
        named = {path.stem.rstrip("0123456789") for path in fixtures(testdata, level, "fail")}
        assert {name.lower() for name in CHECKS[level]} <= named
