"""Copies of the examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.examples import copy_example, find_example
from fairlead.model.errors import InputError
from fairlead.readers.project_file import load_project


def test_copy_is_a_project_of_its_own_name(tmp_path: Path) -> None:
    copy_example("homelab", tmp_path / "tour", project="demo")
    assert load_project(tmp_path / "tour" / "fairlead.yaml").name == "demo"


def test_older_copy_goes(tmp_path: Path) -> None:
    (tmp_path / "left.yaml").write_text("kind: Old")
    copy_example("homelab", tmp_path, project="demo")
    assert not (tmp_path / "left.yaml").exists()


def test_example_that_did_not_come_along_is_told() -> None:
    with pytest.raises(InputError, match="the example castle did not come"):
        find_example("castle")
