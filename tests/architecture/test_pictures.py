"""The pictures of the docs: taken from real runs, small, and complete in themselves."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

ROOT = Path(__file__).parents[2]
PICTURES = sorted((ROOT / "docs" / "guides" / "screens").glob("*.svg"))


@pytest.mark.parametrize("picture", PICTURES, ids=lambda file: file.name)
def test_a_picture_is_small_and_loads_nothing(picture: Path) -> None:
    text = picture.read_text(encoding="utf-8")
    assert len(text) < 20_000
    assert set(re.findall(r"https?://[^\"']*", text)) == {"http://www.w3.org/2000/svg"}
    assert {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()} == {"svg", "rect", "g", "text"}


def test_there_are_pictures_at_both_widths_and_sizes() -> None:
    names = {picture.stem for picture in PICTURES}
    assert {f"deploy-{size}-{columns}" for size in (5, 100) for columns in (80, 160)} <= names
