from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from fairlead.adapters.helm.chart_tree import ChartTree, load_chart
from fairlead.model.errors import InputError

CHART = b"apiVersion: v2\nname: demo\nversion: 1.0.0\n"


def tree(files: Mapping[str, bytes]) -> ChartTree:
    return ChartTree(written={"Chart.yaml": CHART, **files}, place="charts/demo")


def packed(name: str, files: Mapping[str, bytes], *, time: int = 0) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(f"{name}/{path}")
            member.size, member.mtime = len(content), time
            tar.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    return folder


def test_the_digest_is_of_paths_and_contents() -> None:
    digests = {
        tree(files).digest
        for files in ({}, {"a": b""}, {"b": b""}, {"a": b"x"}, {"a": b"", "b": b""}, {"templates/a": b""})
    }
    assert len(digests) == 6
    assert tree({"a": b"1", "b": b"2"}).digest == tree({"b": b"2", "a": b"1"}).digest


def test_packing_a_subchart_anew_does_not_change_the_digest() -> None:
    subchart = {"Chart.yaml": CHART, "templates/a.yaml": b"a"}
    one, other = (tree({"charts/sub-1.0.0.tgz": packed("sub", subchart, time=time)}) for time in (0, 1_700_000_000))
    assert one.written != other.written
    assert one.digest == other.digest


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("templates/a.yaml", b"{{ .Capabilities.KubeVersion }}", "reads_capabilities"),
        ("templates/_a.tpl", b"{{ $.Capabilities.APIVersions.Has }}", "reads_capabilities"),
        ("values.yaml", b'v: "{{ .Capabilities.KubeVersion }}"', "reads_capabilities"),
        ("charts/sub/templates/a.yaml", b"{{ .Capabilities.KubeVersion }}", "reads_capabilities"),
        ("templates/a.yaml", b'{{ (lookup "v1" "Secret" "" "") }}', "reads_cluster"),
        ("templates/a.yaml", b"{{- lookup $version $kind }}", "reads_cluster"),
        ("crds/a.yaml", b"", "has_crds"),
        ("charts/sub/crds/deep/a.json", b"", "has_crds"),
        ("templates/a.yaml", b"helm.sh/hook: pre-upgrade,post-upgrade", "has_waiting_hooks"),
    ],
)
def test_a_fact_about_a_chart(file: str, text: bytes, expected: str) -> None:
    facts = tree({file: text, "README.md": b".Capabilities"}).describe(Path("/x"))
    names = ("reads_capabilities", "reads_cluster", "has_crds", "has_waiting_hooks")
    assert [name for name in names if getattr(facts, name)] == [expected]


def test_facts_come_from_subchart_archives_too() -> None:
    inner = packed("deep", {"Chart.yaml": CHART, "crds/a.yaml": b"", "templates/a.yaml": b".Capabilities"})
    outer = packed("sub", {"Chart.yaml": CHART, "charts/deep-1.tgz": inner})
    facts = tree({"charts/sub-1.tgz": outer}).describe(Path("/x"))
    assert (facts.has_crds, facts.reads_capabilities) == (True, True)


def test_files_that_only_look_like_crds_are_none() -> None:
    assert tree({"crds/README.md": b"", "docs/crds/a.yaml": b"", "templates/crds/a.yaml": b""}).crd_files() == ()


def test_a_charts_own_crds_come_first() -> None:
    files = {"charts/a/crds/x.yaml": b"", "crds/z.yaml": b"", "crds/b.yaml": b""}
    assert tree(files).crd_files() == ("crds/b.yaml", "crds/z.yaml", "charts/a/crds/x.yaml")


DEPENDS = (
    b"apiVersion: v2\nname: demo\nversion: 1.0.0\ndependencies: [{name: one}, {name: two}, {name: two, alias: three}]\n"
)


def test_dependencies_are_missing_until_charts_holds_a_chart_of_that_name() -> None:
    assert tree({"Chart.yaml": DEPENDS}).missing_dependencies() == ("one", "two", "two")
    one = {"Chart.yaml": DEPENDS, "charts/folder/Chart.yaml": b"name: one\n"}
    assert tree(one).missing_dependencies() == ("two", "two")
    two = packed("any", {"Chart.yaml": b"name: two\n"})
    assert tree({**one, "charts/any-1.0.tgz": two}).missing_dependencies() == ()
    assert tree({**one, "charts/_any-1.0/Chart.yaml": b"name: two\n"}).missing_dependencies() == ("two", "two")


def test_charts_of_the_first_version_depend_by_requirements() -> None:
    assert tree({"requirements.yaml": b"dependencies: [{name: one}]\n"}).missing_dependencies() == ("one",)


@pytest.mark.parametrize("text", [b"a: [", b"\xff\xfe", b"- list", b"a: !!python/x 1"])
def test_a_chart_yaml_that_cannot_be_read_is_named(text: bytes) -> None:
    with pytest.raises(InputError) as caught:
        tree({"Chart.yaml": text}).describe(Path("/x"))
    assert "charts/demo/Chart.yaml" in str(caught.value)


def test_a_folder_is_read_without_what_helm_ignores(tmp_path: Path) -> None:
    files = {"Chart.yaml": CHART, ".helmignore": b"*.bak\ndocs/\n", "templates/a.yaml": b"a"}
    write(tmp_path, {**files, "a.bak": b"", "docs/a": b"", "deep/docs/a": b"", "templates/.x": b""})
    assert load_chart(tmp_path, root=tmp_path, place="demo").files == files


def test_links_inside_the_project_are_followed(tmp_path: Path) -> None:
    write(tmp_path, {"demo/Chart.yaml": CHART, "shared/a.yaml": b"a"})
    (tmp_path / "demo/templates").symlink_to("../shared")
    assert "templates/a.yaml" in load_chart(tmp_path / "demo", root=tmp_path, place="demo").files


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("/etc/hostname", "leaves the project"),
        ("missing", "to nowhere"),
        (".", "that holds it"),
        ("..", "that holds it"),
    ],
)
def test_a_link_that_cannot_be_followed_is_refused(target: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, {"demo/Chart.yaml": CHART})
    (tmp_path / "demo/link").symlink_to(target)
    with pytest.raises(InputError, match=message):
        load_chart(tmp_path / "demo", root=tmp_path, place="demo")


def test_what_is_no_file_is_refused_unless_ignored(tmp_path: Path) -> None:
    write(tmp_path, {"Chart.yaml": CHART})
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="no regular file"):
        load_chart(tmp_path, root=tmp_path, place="demo")
    write(tmp_path, {".helmignore": b"pipe\n"})
    assert load_chart(tmp_path, root=tmp_path, place="demo").metadata["name"] == "demo"
