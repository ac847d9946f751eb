"""Charts from where the user says they are; nothing is asked that he did not name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.helm.archives import ChartArchives
from fairlead.adapters.helm.supply import REPOSITORIES, ChartSources, ChartSupply, parse_sources
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.slots import Slots
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.lock_file import ChartLock

NOWHERE = "https://charts.invalid/stable"


def supply(tmp_path: Path, *words: str) -> ChartSupply:
    return supplied(tmp_path, parse_sources(words))


def supplied(tmp_path: Path, sources: ChartSources) -> ChartSupply:
    registries = Registries(LoginFiles(environ={}, home=tmp_path))
    return ChartSupply(sources, ChartArchives(Slots(tmp_path / "cache"), registries))


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
    with pytest.raises(Unavailable, match=r"web 3\.x is not at hand \(--chart-source has 1\.10\.0, 1\.2\.0"):
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


async def test_offline_even_what_the_project_names_is_not_fetched(tmp_path: Path) -> None:
    sources = parse_sources((), is_offline=True)
    with pytest.raises(Unavailable, match=r"chart unavailable: web 1\.2\.0 was not fetched yet") as caught:
        await supplied(tmp_path, sources).take(NOWHERE, "web", "1.2.0")
    assert "--chart-source" in caught.value.hint
    assert "fairlead resolve" in caught.value.hint


@pytest.mark.parametrize(("version", "found"), [("1.2.0", "web-1.2.0.tgz"), ("1.9.0", "web")])
async def test_offline_a_folder_may_have_what_the_project_names(
    tmp_path: Path, charts: Path, version: str, found: str
) -> None:
    sources = parse_sources((str(charts),), is_offline=True)
    assert await supplied(tmp_path, sources).take(NOWHERE, "web", version) == charts / found


async def test_offline_a_folder_may_not_have_another_archive_than_was_locked(tmp_path: Path, charts: Path) -> None:
    sources = parse_sources((str(charts),), is_offline=True)
    locked = ChartLock(name="web", repository=NOWHERE, wanted="1.2.0", version="1.2.0", digest="sha256:0")
    with pytest.raises(Unavailable, match="was not fetched yet"):
        await supplied(tmp_path, sources).take(NOWHERE, "web", "1.2.0", locked=locked)


def test_who_asks_for_the_repositories_is_not_offline() -> None:
    assert not parse_sources((REPOSITORIES,), is_offline=True).is_offline
