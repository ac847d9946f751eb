from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fairlead.adapters.terraform.folders import folders_of
from fairlead.model.errors import Unavailable


@pytest.mark.parametrize("suffix", ["", ".", "..", "a/b", "-a", "A", "a b"])
def test_unsafe_suffix_is_a_bug(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(ValueError, match="DNS label"):
        folders_of(suffix, data_root=tmp_path)


def test_only_we_can_read_them(tmp_path: Path) -> None:
    folders = folders_of("infra-local", data_root=tmp_path / "data")
    run = folders.new_run()
    places = (tmp_path / "data", folders.top, folders.data, run.path)
    assert {stat.S_IMODE(path.stat().st_mode) for path in places} == {0o700}
    run.remove()
    assert not run.path.exists()


def test_runs_of_the_living_stay(tmp_path: Path) -> None:
    folders = folders_of("infra-local", data_root=tmp_path)
    first, second = folders.new_run(), folders.new_run()
    assert first.path.exists()
    first.remove()
    second.remove()


def test_runs_of_the_dead_go(tmp_path: Path) -> None:
    folders = folders_of("infra-local", data_root=tmp_path)
    left = tmp_path / "infra-local" / "runs" / "left"
    left.mkdir(parents=True)
    (left / "plan").write_text("secret")
    folders.new_run().remove()
    assert not left.exists()


def test_place_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Unavailable, match="cannot write"):
        folders_of("infra-local", data_root=tmp_path / "file" / "data")
