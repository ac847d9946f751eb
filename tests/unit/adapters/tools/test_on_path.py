"""Which program on PATH is taken for the pinned one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.tools.on_path import find_on_path, fits
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import Fit

NUMBER = st.integers(min_value=0, max_value=200)


def program(folder: Path, name: str, script: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("found", "fit", "expected"),
    [
        ("1.34.2", Fit.MINOR, True),
        ("1.34.9", Fit.MINOR, True),
        ("1.34.2+k3s1", Fit.MINOR, True),
        ("1.34.1", Fit.MINOR, False),
        ("1.33.7", Fit.MINOR, False),
        ("1.35.2", Fit.MINOR, False),
        ("2.34.2", Fit.MINOR, False),
        ("1.34.2-rc.1", Fit.MINOR, False),
        ("1.34.2-dispatcher", Fit.MINOR, False),
        ("1.34", Fit.MINOR, False),
        ("", Fit.MINOR, False),
        ("1.0.0", Fit.MAJOR, True),
        ("2.34.2", Fit.MAJOR, False),
    ],
)
def test_a_version_fits_or_not(found: str, fit: Fit, expected: bool) -> None:
    assert fits(found, "1.34.2", fit=fit) is expected


@given(major=NUMBER, minor=NUMBER, patch=NUMBER)
def test_the_pinned_version_itself_always_fits(major: int, minor: int, patch: int) -> None:
    version = f"{major}.{minor}.{patch}"
    assert all(fits(version, version, fit=fit) for fit in Fit)


@given(st.text(), st.text())
def test_any_text_is_answered(found: str, wanted: str) -> None:
    assert fits(found, wanted, fit=Fit.MINOR) in {True, False}


@pytest.mark.parametrize(
    ("name", "printed", "expected"),
    [
        ("kubectl", "Client Version: v1.34.2\nKustomize Version: v5.7.1", True),
        ("kubectl", "Client Version: v1.32.4-dispatcher\nKustomize Version: v5.5.0", False),
        ("kubectl", "Client Version: v1.33.6\nKustomize Version: v5.6.0", False),
        ("helm", "v4.3.1+g1234567", True),
        ("helm", "v3.19.0+g3d8990f", False),
        ("kustomize", "v5.8.1", True),
        ("kustomize", "{Version:kustomize/v4.5.7 GitCommit:56d82a8378dfc8dc3b3b1085e5a6e67b82966bd7}", False),
        ("etcd", "etcd Version: 3.6.5\nGit SHA: a061450\nGo Version: go1.24.7", True),
        ("etcd", "etcd Version: 3.4.23\nGit SHA: Not provided\nGo Version: go1.19.8", False),
        ("tofu", "OpenTofu v1.12.7\non linux_amd64", True),
        ("tofu", "Terraform v1.12.6\non linux_amd64", False),
        ("sops", "sops 3.9.0", True),
        ("age", "1.1.1", True),
        ("age", "(devel)", False),
    ],
)
async def test_what_a_program_prints_is_understood(tmp_path: Path, name: str, printed: str, expected: bool) -> None:
    path = program(tmp_path, name, f"cat <<'END'\n{printed}\nEND")
    assert await find_on_path(TABLE[name], search_path=str(tmp_path)) == (path if expected else None)


async def test_a_program_that_fails_does_not_count(tmp_path: Path) -> None:
    program(tmp_path, "helm", "echo v4.3.1; exit 1")
    assert await find_on_path(TABLE["helm"], search_path=str(tmp_path)) is None


async def test_a_program_that_cannot_run_does_not_count(tmp_path: Path) -> None:
    path = program(tmp_path, "helm", "")
    path.write_bytes(b"\x7fELF of another machine")
    assert await find_on_path(TABLE["helm"], search_path=str(tmp_path)) is None


async def test_without_a_program_there_is_none(tmp_path: Path) -> None:
    assert await find_on_path(TABLE["helm"], search_path=str(tmp_path)) is None
