"""Remote bases from a real repository of Git, by file:// on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fairlead.adapters.kustomize.bases import GitBases, RemoteBase, parse_base
from fairlead.adapters.slots import Slots
from fairlead.model.errors import InputError, Unavailable


@pytest.mark.parametrize(
    ("text", "repository", "path", "ref"),
    [
        ("https://h.test/o/r//p/q?ref=v1", "https://h.test/o/r", "p/q", "v1"),
        ("https://h.test/o/r/p?ref=v1", "https://h.test/o/r", "p", "v1"),
        ("https://h.test/o/r.git/p", "https://h.test/o/r.git", "p", ""),
        ("https://h.test/o/r", "https://h.test/o/r", "", ""),
        ("https://h.test/o/g/r//p?version=v1&timeout=90s", "https://h.test/o/g/r", "p", "v1"),
        ("github.com/o/r/p?ref=main", "https://github.com/o/r", "p", "main"),
        ("git@h.test:o/r.git//p?ref=v1", "git@h.test:o/r.git", "p", "v1"),
        ("ssh://git@h.test/o/r//p", "ssh://git@h.test/o/r", "p", ""),
        ("git::https://h.test/o/r//p", "https://h.test/o/r", "p", ""),
        ("file:///srv/r//p?ref=v1", "file:///srv/r", "p", "v1"),
    ],
)
def test_a_base_is_a_repository_a_path_and_a_ref(text: str, repository: str, path: str, ref: str) -> None:
    assert parse_base(text) == RemoteBase(repository=repository, path=path, ref=ref)


@pytest.mark.parametrize("text", ["file:///srv/r/p", "https://h.test/o", "https://h.test/o/r//../x", "./here"])
def test_what_does_not_tell_the_repository_from_the_path(text: str) -> None:
    with pytest.raises(InputError, match="does not say where its repository ends"):
        parse_base(text)


def git(folder: Path, *words: str) -> str:
    author = ("-c", "user.name=test", "-c", "user.email=test@example.test")
    done = subprocess.run(["git", "-C", str(folder), *author, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "app").mkdir(parents=True)
    git(folder, "init", "--quiet", "--initial-branch=main")
    commit(folder, "one")
    git(folder, "tag", "-a", "v1", "-m", "first")
    return folder


def commit(folder: Path, text: str) -> str:
    (folder / "app" / "text").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def bases(tmp_path: Path) -> GitBases:
    return GitBases(Slots(tmp_path / "cache"), is_offline=False)


async def test_tags_branches_and_commits_are_commits(repository: Path, bases: GitBases) -> None:
    first = git(repository, "rev-parse", "HEAD")
    second = commit(repository, "two")
    url = f"file://{repository}//app"
    assert await bases.commit(f"{url}?ref=v1") == first  # not the tag's own object
    assert await bases.commit(f"{url}?ref=main") == second
    assert await bases.commit(url) == second
    assert await bases.commit(f"{url}?ref={first}") == first


async def test_a_tree_is_that_of_the_commit_and_fetched_once(repository: Path, bases: GitBases) -> None:
    first = git(repository, "rev-parse", "HEAD")
    commit(repository, "two")
    url = f"file://{repository}//app?ref=main"
    tree = await bases.tree(url, first)
    assert (tree / "app" / "text").read_text() == "one"
    assert sorted(path.name for path in tree.iterdir()) == ["app"]
    repository.rename(repository.with_name("gone"))
    assert await bases.tree(url, first) == tree


async def test_what_is_not_there_is_told(repository: Path, bases: GitBases) -> None:
    with pytest.raises(InputError, match="has no v2"):
        await bases.commit(f"file://{repository}//app?ref=v2")
    with pytest.raises(Unavailable, match="cannot be fetched"):
        await bases.commit("file:///nowhere/at/all//app")
    with pytest.raises(Unavailable, match="cannot be fetched"):
        await bases.tree(f"file://{repository}//app", "0" * 40)
