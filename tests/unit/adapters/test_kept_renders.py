"""Renderings are kept encrypted, by a key that is not kept beside them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairlead.adapters.kept_renders import KeptRenders

KEY, CONTENT = b"helm 4.3.1, password hunter2", b'{"password": "hunter2"}'


@pytest.fixture
def kept(tmp_path: Path) -> KeptRenders:
    return KeptRenders(tmp_path / "cache", key_file=tmp_path / "state" / "key")


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def test_what_is_stored_is_found_again_by_another_run(kept: KeptRenders, tmp_path: Path) -> None:
    assert kept.load(KEY) is None
    kept.store(KEY, CONTENT)
    again = KeptRenders(tmp_path / "cache", key_file=tmp_path / "state" / "key")
    assert again.load(KEY) == CONTENT
    assert again.load(KEY + b"3") is None


def test_nothing_secret_is_readable_and_nobody_else_may_look(kept: KeptRenders, tmp_path: Path) -> None:
    kept.store(KEY, CONTENT)
    (file,) = files(tmp_path / "cache")
    assert b"hunter2" not in file.read_bytes()
    assert [oct(path.stat().st_mode & 0o077) for path in (file, tmp_path / "state" / "key")] == ["0o0", "0o0"]


def test_a_file_that_was_changed_counts_as_none(kept: KeptRenders, tmp_path: Path) -> None:
    kept.store(KEY, CONTENT)
    (file,) = files(tmp_path / "cache")
    file.write_bytes(file.read_bytes()[:-1])
    assert kept.load(KEY) is None


def test_without_its_key_nothing_is_found(kept: KeptRenders, tmp_path: Path) -> None:
    kept.store(KEY, CONTENT)
    (tmp_path / "state" / "key").unlink()
    assert KeptRenders(tmp_path / "cache", key_file=tmp_path / "state" / "key").load(KEY) is None


def test_what_was_not_used_for_long_is_removed(kept: KeptRenders, tmp_path: Path) -> None:
    kept.store(KEY, CONTENT)
    (file,) = files(tmp_path / "cache")
    kept.store(KEY + b"new", CONTENT)
    os.utime(file, (0, 0))
    kept.remove_old()
    assert not file.exists()
    assert kept.load(KEY + b"new") == CONTENT
