from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fairlead.adapters.git.repository import GitRepository


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.test")
    return subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / "a").write_text("1")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "-m", "first")
    return tmp_path / "project"


async def test_the_commit_is_the_one_that_is_checked_out(repository: Path) -> None:
    assert await GitRepository(repository).commit() == git(repository, "rev-parse", "HEAD").strip()


async def test_a_fresh_checkout_is_clean(repository: Path) -> None:
    assert not await GitRepository(repository).is_dirty()


@pytest.mark.parametrize("name", ["a", "untracked"])
async def test_a_change_below_the_project_makes_it_dirty(repository: Path, name: str) -> None:
    (repository / name).write_text("2")
    assert await GitRepository(repository).is_dirty()


async def test_a_change_beside_the_project_does_not(repository: Path) -> None:
    (repository.parent / "beside").write_text("2")
    assert not await GitRepository(repository).is_dirty()


async def test_what_git_ignores_does_not(repository: Path) -> None:
    (repository / ".gitignore").write_text("*.log\n.gitignore\n")
    (repository / "a.log").write_text("2")
    assert not await GitRepository(repository).is_dirty()


async def test_the_results_of_our_own_tests_do_not(repository: Path) -> None:
    (repository / "test-results.xml").write_text("<testsuites/>")
    assert not await GitRepository(repository).is_dirty()
    (repository / "other.xml").write_text("<testsuites/>")
    assert await GitRepository(repository).is_dirty()


async def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    found = GitRepository(tmp_path)
    assert (await found.commit(), await found.is_dirty()) == ("", False)


async def test_a_repository_without_a_commit_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    assert await GitRepository(tmp_path).commit() == ""


async def test_without_git_there_is_no_commit(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository))
    assert await GitRepository(repository).commit() == ""


async def test_a_look_leaves_the_index_alone(repository: Path) -> None:
    index = repository.parent / ".git" / "index"
    (repository / "a").touch()
    before = index.stat().st_mtime_ns
    await GitRepository(repository).is_dirty()
    assert index.stat().st_mtime_ns == before
