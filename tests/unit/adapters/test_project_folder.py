from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairlead.adapters.project_folder import ProjectFolder
from fairlead.model.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "project"
    for name in ("b/2.yaml", "b/1.yml", "b/deep/3.json", "b/note.txt", "a.yaml"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (tmp_path / "outside.yaml").write_text("outside")
    return root


def test_folders_are_searched_in_depth_in_name_order(folder: Path) -> None:
    assert ProjectFolder(folder).expand(["b", "a.yaml"]) == ("b/1.yml", "b/2.yaml", "b/deep/3.json", "a.yaml")


def test_a_file_is_taken_once(folder: Path) -> None:
    assert ProjectFolder(folder).expand(["b/2.yaml", "b", "b/2.yaml"]) == ("b/2.yaml", "b/1.yml", "b/deep/3.json")


def test_no_paths_are_no_files(folder: Path) -> None:
    assert ProjectFolder(folder).expand([]) == ()


def test_a_path_that_is_not_there_is_a_fault(folder: Path) -> None:
    with pytest.raises(InputError, match="c does not exist"):
        ProjectFolder(folder).expand(["c"])


def test_a_folder_without_manifests_is_a_fault(folder: Path) -> None:
    (folder / "empty").mkdir()
    with pytest.raises(InputError, match="empty holds no manifest"):
        ProjectFolder(folder).expand(["empty"])


@pytest.mark.parametrize("path", ["../outside.yaml", "b/../../outside.yaml", "link.yaml", "linked/outside.yaml"])
def test_nothing_outside_is_read(folder: Path, path: str) -> None:
    (folder / "link.yaml").symlink_to(folder.parent / "outside.yaml")
    (folder / "linked").symlink_to(folder.parent)
    files = ProjectFolder(folder)
    for look in (files.read_text, files.find, lambda p: files.expand([p])):
        with pytest.raises(InputError, match="leaves the project folder"):
            look(path)


def test_a_link_in_a_folder_that_leads_outside_is_a_fault(folder: Path) -> None:
    (folder / "b" / "link.yaml").symlink_to(folder.parent / "outside.yaml")
    with pytest.raises(InputError, match="leaves the project folder"):
        ProjectFolder(folder).expand(["b"])


def test_an_absolute_path_outside_is_a_fault(folder: Path) -> None:
    with pytest.raises(InputError, match="leaves the project folder"):
        ProjectFolder(folder).read_text("/etc/hostname")


def test_what_is_no_text_is_a_fault(folder: Path) -> None:
    (folder / "bad.yaml").write_bytes(b"a: b\nc: caf\xe9\n")
    with pytest.raises(InputError, match="this is no UTF-8 text") as caught:
        ProjectFolder(folder).read_text("bad.yaml")
    assert str(caught.value.location) == "bad.yaml:2:7"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8"])
def test_text_is_read_as_yaml_may_be_written(folder: Path, encoding: str) -> None:
    (folder / "good.yaml").write_bytes("a: café\n".encode(encoding))
    assert ProjectFolder(folder).read_text("good.yaml") == "a: café\n"


def test_what_cannot_be_read_is_a_fault(folder: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file"):
        ProjectFolder(folder).read_text("gone.yaml")


def test_find_knows_files_only(folder: Path) -> None:
    files = ProjectFolder(folder)
    assert (files.find("a.yaml"), files.find("b"), files.find("c")) == ("a.yaml", None, None)


def test_the_digest_is_over_names_and_contents_in_path_order(folder: Path) -> None:
    def now(*names: str) -> str:
        return ProjectFolder(folder).digest([folder / name for name in names])

    before = now("a.yaml", "b/2.yaml")
    assert now("b/2.yaml", "a.yaml") == before
    (folder / "a.yaml").rename(folder / "c.yaml")
    assert now("c.yaml", "b/2.yaml") != before


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(st.text("ab:0", max_size=3), min_size=2, max_size=2, unique=True))
def test_contents_that_differ_have_digests_that_differ(tmp_path: Path, contents: list[str]) -> None:
    found = set()
    for content in contents:
        (tmp_path / "x").write_text(content)
        (tmp_path / "y").write_text("same")
        found.add(ProjectFolder(tmp_path).digest([tmp_path / "x", tmp_path / "y"]))
    assert len(found) == 2


def test_two_clones_have_the_same_digest(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "clone"
    other.mkdir()
    (other / "a.yaml").write_text("a.yaml")
    assert ProjectFolder(other).digest([other / "a.yaml"]) == ProjectFolder(folder).digest([folder / "a.yaml"])


def test_a_walk_leaves_out_what_is_hidden_and_what_tools_fill(folder: Path) -> None:
    for name in (".git/config", ".cache/x.yaml", "b/node_modules/x/y.yaml", ".env.yaml"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("")
    found = ProjectFolder(folder).walk()
    assert found == (".env.yaml", "a.yaml", "b/1.yml", "b/2.yaml", "b/deep/3.json", "b/note.txt")


def test_links_are_told_with_where_they_lead(folder: Path) -> None:
    (folder / "linked").symlink_to("b/deep")
    (folder / "c.yaml").symlink_to("a.yaml")
    (folder / "out.yaml").symlink_to("../outside.yaml")
    (folder / "broken").symlink_to("gone")
    files = ProjectFolder(folder)
    assert files.links() == {"broken": "", "c.yaml": "a.yaml", "linked": "b/deep", "out.yaml": ""}
    assert [path for path in files.walk() if "b/" not in path] == ["a.yaml", "c.yaml", "out.yaml"]
