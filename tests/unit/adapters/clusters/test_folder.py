from __future__ import annotations

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.clusters.folder import claim, cluster_folder, find_folders, locked, names_of, remove
from fairlead.model.errors import InputError, Unavailable

ROOT = Path("/state")
NAMES = st.text(min_size=1, max_size=15)


class ImpatientClock:
    """Each sleep moves the time by as much, and lets others run."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, tz=UTC)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        await asyncio.sleep(0)


def test_folder_shows_plain_names() -> None:
    assert cluster_folder(ROOT, "homelab", "local") == Path("/state/clusters/homelab/local")


@pytest.mark.parametrize("name", ["..", ".", "../../etc", "/etc", "a/b", "~", "a\0b", ".hidden", "\ud800"])
def test_hostile_name_cannot_leave_the_folder(name: str) -> None:
    folder = cluster_folder(ROOT, name, name)

    assert folder.parent.parent == ROOT / "clusters"
    assert not {"..", "."} & set(folder.parts)
    assert "\0" not in str(folder)
    assert not folder.name.startswith(".")


@given(NAMES, NAMES)
def test_names_can_be_read_back(project: str, environment: str) -> None:
    assert names_of(cluster_folder(ROOT, project, environment)) == (project, environment)


@given(st.tuples(NAMES, NAMES), st.tuples(NAMES, NAMES))
def test_different_names_never_share_a_folder(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert (cluster_folder(ROOT, *one) == cluster_folder(ROOT, *other)) == (one == other)


@pytest.mark.parametrize("name", ["", "ä" * 100])
def test_name_that_makes_no_folder_is_an_input_error(name: str) -> None:
    with pytest.raises(InputError):
        cluster_folder(ROOT, "homelab", name)


def test_folders_are_found_in_order_and_locks_are_not(tmp_path: Path) -> None:
    for environment in ("staging", "local"):
        claim(cluster_folder(tmp_path, "homelab", environment))
    (tmp_path / "clusters/homelab/.local.lock").touch()

    assert [names_of(folder)[1] for folder in find_folders(tmp_path)] == ["local", "staging"]


def test_claimed_folder_is_private(tmp_path: Path) -> None:
    claim(tmp_path / "cluster")

    assert (tmp_path / "cluster").stat().st_mode & 0o777 == 0o700


def test_folder_with_foreign_files_is_neither_claimed_nor_removed(tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.touch()

    for operation in (claim, remove):
        with pytest.raises(InputError, match="belong to no cluster"):
            operation(tmp_path)
    assert letter.exists()


def test_link_to_a_folder_is_not_followed(tmp_path: Path) -> None:
    claim(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")

    with pytest.raises(InputError):
        remove(tmp_path / "link")
    assert (tmp_path / "real").exists()


async def test_lock_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "homelab" / "local"
    async with locked(folder, clock=ImpatientClock(), on_wait=lambda: None, patience=1):
        assert [path.name for path in folder.parent.iterdir()] == [".local.lock"]

    assert not folder.parent.exists()


async def test_second_holder_waits_and_says_so_once(tmp_path: Path) -> None:
    folder, events = tmp_path / "homelab" / "local", list[str]()

    async def hold(name: str) -> None:
        async with locked(folder, clock=ImpatientClock(), on_wait=lambda: events.append(f"{name} waits"), patience=99):
            events.append(f"{name} in")
            for _ in range(20):
                await asyncio.sleep(0)
            events.append(f"{name} out")

    await asyncio.gather(hold("a"), hold("b"))
    assert events == ["a in", "b waits", "a out", "b in", "b out"]


async def test_lock_that_is_never_given_back_is_unavailable(tmp_path: Path) -> None:
    folder = tmp_path / "homelab" / "local"
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(locked(folder, clock=ImpatientClock(), on_wait=lambda: None, patience=1))
        with pytest.raises(Unavailable, match="another fairlead"):
            await stack.enter_async_context(locked(folder, clock=ImpatientClock(), on_wait=lambda: None, patience=1))
