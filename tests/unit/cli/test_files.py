from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairlead.cli.files import read_result, write_result
from fairlead.model.errors import InputError


def test_a_result_replaces_the_file_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    file.write_text("old and longer")
    write_result(file, b"new")
    assert file.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("name", ["gone/plan.json", "file/plan.json", "folder", "/proc/nothing/plan.json"])
def test_a_place_that_cannot_be_written_is_wrong_input(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(InputError, match="cannot be written"):
        write_result(tmp_path / name, b"new")
    assert sorted(tmp_path.rglob("*")) == before


def test_a_pipe_or_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    """`--report-file /dev/stdout`, or `/dev/null` as root: replacing that would break the machine."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        write_result(pipe, b"new")
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    link = tmp_path / "plan.json"
    link.symlink_to(tmp_path / "there" / "plan.json")
    write_result(link, b"new")
    assert link.is_symlink()
    assert link.read_bytes() == b"new"


def test_what_cannot_be_read_is_wrong_input(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_result(tmp_path / "gone")
    (tmp_path / "there").write_bytes(b"x")
    assert read_result(tmp_path / "there") == b"x"
