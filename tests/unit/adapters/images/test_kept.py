from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from fairlead.adapters.images.kept import ARCHIVE, KEPT, OLD_SECONDS, RECORD, read_record, remove_old
from fairlead.model.image import local_reference

NOW = 1_000_000_000.0


def keep(folder: Path, place: str, *, name: str, age: float) -> Path:
    """An image that was last asked for *age* seconds ago."""
    record = folder / place / RECORD
    record.parent.mkdir(parents=True)
    (record.parent / ARCHIVE).write_bytes(b"archive")
    reference = local_reference(name, f"sha256:{place}")
    record.write_text(json.dumps({"reference": reference, "digest": "sha256:x", "size": 7}))
    os.utime(record, (NOW - age, NOW - age))
    return record


def places(folder: Path) -> set[str]:
    return {archive.parent.name for archive in folder.glob(f"*/{ARCHIVE}")}


def test_the_last_few_stay_whatever_their_age(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        keep(tmp_path, f"shop{number}", name="shop", age=OLD_SECONDS * (2 + number))
    remove_old(tmp_path, name="shop", now=NOW)
    assert places(tmp_path) == {f"shop{number}" for number in range(KEPT)}


def test_what_was_asked_for_lately_stays(tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        keep(tmp_path, f"shop{number}", name="shop", age=number)
    remove_old(tmp_path, name="shop", now=NOW)
    assert len(places(tmp_path)) == KEPT + 2


@pytest.mark.parametrize("other", ["shop2", "sho", "my-shop"])
def test_another_name_is_left_alone(other: str, tmp_path: Path) -> None:
    for number in range(KEPT + 1):
        keep(tmp_path, f"other{number}", name=other, age=OLD_SECONDS * (2 + number))
    remove_old(tmp_path, name="shop", now=NOW)
    assert len(places(tmp_path)) == KEPT + 1


def test_an_image_that_is_found_counts_as_asked_for(tmp_path: Path) -> None:
    record = keep(tmp_path, "shop0", name="shop", age=OLD_SECONDS * 2)
    assert read_record(record) is not None
    assert record.stat().st_mtime > NOW


def test_half_an_image_is_none(tmp_path: Path) -> None:
    record = keep(tmp_path, "shop0", name="shop", age=0)
    (record.parent / ARCHIVE).write_bytes(b"arch")
    assert read_record(record) is None
    record.write_text("{")
    assert read_record(record) is None
