from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fairlead.adapters.git.revisions import GitRevisions
from fairlead.model.errors import InputError


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=test", "-c", "user.email=test@example.test", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True, text=True).stdout


def write(folder: Path, **files: str) -> str:
    """Commit *files* in *folder*; the commit."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "-m", "change")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "repository")
    return tmp_path / "repository"


def revisions(project: Path) -> GitRevisions:
    return GitRevisions(project, cache=project.parent / "cache")


def contents(folder: Path) -> dict[str, str]:
    return {str(file.relative_to(folder)): file.read_text() for file in folder.rglob("*") if file.is_file()}


async def test_an_older_tree_is_read_without_touching_the_users(repository: Path) -> None:
    old = write(repository, a="1", b="1")
    write(repository, a="2")
    (repository / "a").write_text("changed since")
    before = git(repository, "status", "--porcelain"), (repository / ".git" / "index").read_bytes()
    async with revisions(repository).tree(old) as tree:
        assert (tree.name, contents(tree)) == ("repository", {"a": "1", "b": "1"})
    assert (git(repository, "status", "--porcelain"), (repository / ".git" / "index").read_bytes()) == before
    assert not tree.exists()
    assert list((repository.parent / "cache" / "revisions").iterdir()) == []


async def test_a_project_below_the_top_is_read_alone(repository: Path) -> None:
    project = repository / "deploy"
    project.mkdir()
    write(repository, top="1")
    commit = write(project, a="1")
    async with GitRevisions(project, cache=repository / "cache").tree(commit) as tree:
        assert (tree.name, contents(tree)) == ("deploy", {"a": "1"})


async def test_what_releases_leave_out_is_there(repository: Path) -> None:
    (repository / ".gitattributes").write_text("a export-ignore\n")
    async with revisions(repository).tree(write(repository, a="1")) as tree:
        assert (tree / "a").read_text() == "1"


async def test_a_project_that_was_not_there_then_is_named(repository: Path) -> None:
    commit = write(repository, a="1")
    (repository / "deploy").mkdir()
    with pytest.raises(InputError, match=f"deploy is not there at {commit[:12]}"):
        async with GitRevisions(repository / "deploy", cache=repository / "cache").tree(commit):
            pass


@pytest.mark.parametrize("name", ["nobody", "--help", "-x"])
async def test_an_unknown_revision_is_named(repository: Path, name: str) -> None:
    write(repository, a="1")
    with pytest.raises(InputError, match=f"no such revision: {name}") as caught:
        await revisions(repository).commit(name)
    assert "git fetch" in caught.value.hint


async def test_a_shallow_clone_says_so(repository: Path, tmp_path: Path) -> None:
    first = write(repository, a="1")
    write(repository, a="2")
    git(tmp_path, "clone", "--quiet", "--depth=1", f"file://{repository}", "clone")
    with pytest.raises(InputError, match="no such revision") as caught:
        await revisions(tmp_path / "clone").commit(first)
    assert "fetch-depth: 0" in caught.value.hint


async def test_the_merge_base_is_where_two_branches_parted(repository: Path) -> None:
    base = write(repository, a="1")
    git(repository, "checkout", "--quiet", "-b", "topic")
    topic = write(repository, a="2")
    git(repository, "checkout", "--quiet", "main")
    main = write(repository, b="1")
    found = revisions(repository)
    assert await found.commit("topic") == topic
    assert await found.merge_base(main, topic) == base


async def test_outside_a_repository_there_are_no_revisions(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is in no Git repository"):
        await revisions(tmp_path).commit("HEAD")


async def test_what_a_killed_process_left_is_removed(repository: Path) -> None:
    commit = write(repository, a="1")
    left = repository.parent / "cache" / "revisions" / "left"
    left.mkdir(parents=True)
    (left / "lock").write_text("")
    async with revisions(repository).tree(commit) as tree:
        assert not left.exists()
        async with revisions(repository).tree(commit):
            assert tree.exists()


async def test_trees_are_for_the_user_alone(repository: Path) -> None:
    async with revisions(repository).tree(write(repository, a="1")) as tree:
        assert tree.parents[1].stat().st_mode & 0o077 == 0
