from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from fairlead.adapters.slots import Slots, store_file, store_tree


async def fill(cache: Slots, made: list[str]) -> Path:
    async with cache.slot("repository", "1.0.0", name="a.tgz") as path:
        if not path.exists():
            made.append("once")
            await asyncio.sleep(0)
            store_file(path, b"content")
    return path


async def test_many_at_once_fill_a_slot_once(tmp_path: Path) -> None:
    made: list[str] = []
    paths = await asyncio.gather(*(fill(Slots(tmp_path), made) for _ in range(8)))
    assert (len(set(paths)), made) == (1, ["once"])
    assert paths[0].read_bytes() == b"content"


async def test_what_fails_leaves_nothing_and_does_not_stay_locked(tmp_path: Path) -> None:
    cache = Slots(tmp_path)
    with pytest.raises(ZeroDivisionError):
        async with cache.slot("repository", "1.0.0", name="a.tgz"):
            raise ZeroDivisionError
    made: list[str] = []
    await asyncio.wait_for(fill(cache, made), timeout=60)
    assert made == ["once"]


async def test_waiting_for_a_slot_can_be_cancelled(tmp_path: Path) -> None:
    cache = Slots(tmp_path)
    async with cache.slot("repository", "1.0.0", name="a.tgz"):
        waiting = asyncio.create_task(fill(cache, []))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def test_keys_do_not_run_into_each_other(tmp_path: Path) -> None:
    cache = Slots(tmp_path)
    async with cache.slot("ab", "c", name="x") as one, cache.slot("a", "bc", name="x") as other:
        assert one != other


def test_a_tree_is_stored_whole(tmp_path: Path) -> None:
    store_tree(tmp_path / "chart", {"Chart.yaml": b"a", "templates/deep/b.yaml": b"b"})
    assert (tmp_path / "chart/templates/deep/b.yaml").read_bytes() == b"b"
    assert [path.name for path in tmp_path.iterdir()] == ["chart"]
