"""Charts from where the user says they are; nothing is asked that he did not name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.helm.archives import ChartArchives
from fairlead.adapters.helm.supply import REPOSITORIES, ChartSupply, parse_sources
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.slots import Slots
from fairlead.model.errors import InputError, Unavailable

NOWHERE = "https://charts.invalid/stable"


def supply(tmp_path: Path, *words: str) -> ChartSupply:
    registries = Registries(LoginFiles(environ={}, home=tmp_path))
    return ChartSupply(parse_sources(words), ChartArchives(Slots(tmp_path / "cache"), registries))


@pytest.fixture
def charts(tmp_path: Path) -> Path:
    folder = tmp_path / "charts"
    (folder / "web").mkdir(parents=True)
    (folder / "web" / "Chart.yaml").write_text("apiVersion: v2\nname: web\nversion: 1.9.0\n")
    for version in ("1.2.0", "1.10.0", "2.0.0"):
        (folder / f"web-{version}.tgz").touch()
    return folder


@pytest.mark.parametrize(
    ("wanted", "found"),
    [("1.x", "web-1.10.0.tgz"), ("*", "web-2.0.0.tgz"), ("1.9.0", "web"), (">=1 <1.5", "web-1.2.0.tgz")],
)
async def test_the_newest_that_fits_is_taken(tmp_path: Path, charts: Path, wanted: str, found: str) -> None:
    assert await supply(tmp_path, str(charts)).find(NOWHERE, "web", wanted) == charts / found


async def test_what_is_not_there_is_said_with_what_is(tmp_path: Path, charts: Path) -> None:
    with pytest.raises(Unavailable, match=r"chart web 3\.x is not at hand \(--chart-source has 1\.10\.0, 1\.2\.0"):
        await supply(tmp_path, str(charts)).find(NOWHERE, "web", "3.x")


@pytest.mark.parametrize("wanted", ["1.0.0", "*", "${VERSION}", "sha256:0000"])
async def test_nobody_is_asked_unless_it_is_said(tmp_path: Path, wanted: str) -> None:
    with pytest.raises(Unavailable):
        await supply(tmp_path).find(NOWHERE, "web", wanted)


def test_sources_are_folders_mirrors_and_the_repositories_themselves(tmp_path: Path) -> None:
    found = parse_sources([str(tmp_path), "oci://mirror.example.test/charts/", REPOSITORIES])
    assert (found.folders, found.mirrors, found.fetches) == ((tmp_path,), ("oci://mirror.example.test/charts",), True)
    with pytest.raises(InputError, match="is no folder"):
        parse_sources([str(tmp_path / "nothing")])
