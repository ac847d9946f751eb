"""A draft is a passing copy; a write keeps the mode, follows links, and does all or nothing of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.drafts import ProjectDrafts
from fairlead.model.errors import InputError


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "one.yaml").write_bytes(b"\xef\xbb\xbfx: 1\r\n")
    return folder


@pytest.fixture
def drafts(root: Path, tmp_path: Path) -> ProjectDrafts:
    return ProjectDrafts(root, cache=tmp_path / "cache")


def test_a_draft_has_the_other_texts_and_is_gone_afterwards(root: Path, drafts: ProjectDrafts) -> None:
    (root / "a" / "two.yaml").write_text("y: 1\n")
    files = [root / "a" / "one.yaml", root / "a" / "two.yaml"]
    with drafts.draft(files, {"a/two.yaml": "y: 2\n", "b/new.yaml": "z: 1\n"}) as folder:
        texts = {str(f.relative_to(folder)): f.read_text() for f in folder.rglob("*.yaml")}
    assert texts == {"a/one.yaml": "\ufeffx: 1\n", "a/two.yaml": "y: 2\n", "b/new.yaml": "z: 1\n"}
    assert not folder.exists()
    assert (root / "a" / "two.yaml").read_text() == "y: 1\n"


def test_every_byte_and_the_mode_stay(root: Path, drafts: ProjectDrafts) -> None:
    file = root / "a" / "one.yaml"
    file.chmod(0o640)
    drafts.write({"a/one.yaml": "\ufeffx: 2\r\n"}, before={"a/one.yaml": "\ufeffx: 1\r\n"})
    assert file.read_bytes() == b"\xef\xbb\xbfx: 2\r\n"
    assert file.stat().st_mode & 0o777 == 0o640
    assert [each.name for each in file.parent.iterdir()] == ["one.yaml"]


def test_a_link_stays_a_link(root: Path, drafts: ProjectDrafts) -> None:
    (root / "link.yaml").symlink_to("a/one.yaml")
    drafts.write({"link.yaml": "x: 2\n"}, before={"link.yaml": "\ufeffx: 1\r\n"})
    assert (root / "link.yaml").is_symlink()
    assert (root / "a" / "one.yaml").read_text() == "x: 2\n"


def test_nothing_is_written_where_one_file_changed_meanwhile(root: Path, drafts: ProjectDrafts) -> None:
    (root / "b.yaml").write_text("theirs\n")
    with pytest.raises(InputError, match=r"b\.yaml was changed meanwhile"):
        drafts.write(
            {"a/one.yaml": "x: 2\n", "b.yaml": "ours\n"},
            before={"a/one.yaml": "\ufeffx: 1\r\n", "b.yaml": "before\n"},
        )
    assert (root / "a" / "one.yaml").read_bytes() == b"\xef\xbb\xbfx: 1\r\n"
    assert (root / "b.yaml").read_text() == "theirs\n"


def test_a_new_file_is_made_where_none_is(root: Path, drafts: ProjectDrafts) -> None:
    drafts.write({"environments/local/web.yaml": "x: 1\n"}, before={})
    assert (root / "environments/local/web.yaml").read_text() == "x: 1\n"
    with pytest.raises(InputError, match="changed meanwhile"):
        drafts.write({"environments/local/web.yaml": "x: 2\n"}, before={})


def test_nothing_outside_of_the_project_is_written(root: Path, drafts: ProjectDrafts, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("x: 1\n")
    (root / "link.yaml").symlink_to(outside)
    with pytest.raises(InputError, match="leaves the project folder"):
        drafts.write({"link.yaml": "x: 2\n"}, before={"link.yaml": "x: 1\n"})
    assert outside.read_text() == "x: 1\n"
