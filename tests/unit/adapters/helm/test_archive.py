from __future__ import annotations

import gzip
import io
import tarfile

import pytest

from fairlead.adapters.helm import archive
from fairlead.adapters.helm.archive import read_archive
from fairlead.model.errors import InputError

CHART = {"demo/Chart.yaml": b"name: demo\n", "demo/templates/a.yaml": b"a: b\n"}


def packed(files: dict[str, bytes], *others: tarfile.TarInfo) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
        for other in others:
            tar.addfile(other)
    return buffer.getvalue()


def entry(name: str, kind: bytes, target: str = "") -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


def test_files_are_named_below_the_top_folder() -> None:
    content = packed(CHART, entry("demo/folder", tarfile.DIRTYPE))
    assert read_archive(content, name="demo.tgz") == {"Chart.yaml": b"name: demo\n", "templates/a.yaml": b"a: b\n"}


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../x",
        "demo/../../x",
        "demo/..",
        "demo",
        "demo/",
        "c:/x",
        "demo/c:/x",
        "demo\\..\\x",
        "\\x",
        "demo//",
    ],
)
def test_a_name_that_leaves_the_folder_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="does not stay in its folder"):
        read_archive(packed(CHART | {name: b"x"}), name="demo.tgz")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_what_is_neither_file_nor_folder_is_refused(kind: bytes) -> None:
    with pytest.raises(InputError, match=r"neither a file nor a folder"):
        read_archive(packed(CHART, entry("demo/x", kind, "/etc/passwd")), name="demo.tgz")


@pytest.mark.parametrize("keep", [0, 1, 30, -9, -1])
def test_what_is_cut_off_is_refused(keep: int) -> None:
    with pytest.raises(InputError, match=r"demo\.tgz is no complete"):
        read_archive(packed(CHART)[:keep], name="demo.tgz")


def test_a_tar_that_is_cut_off_inside_is_refused() -> None:
    tar = gzip.decompress(packed({**CHART, "demo/large": b"x" * 5000}))
    with pytest.raises(InputError, match="no complete"):
        read_archive(gzip.compress(tar[:3000]), name="demo.tgz")


@pytest.mark.parametrize("content", [b"", b"kind: Pod\n", gzip.compress(b"no tar at all", mtime=0)])
def test_what_is_no_archive_is_refused(content: bytes) -> None:
    with pytest.raises(InputError):
        read_archive(content, name="demo.tgz")


def test_an_archive_without_a_chart_is_refused() -> None:
    with pytest.raises(InputError, match=r"no Chart\.yaml"):
        read_archive(packed({"demo/values.yaml": b""}), name="demo.tgz")


def test_an_archive_that_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_UNPACKED", 1 << 20)
    with pytest.raises(InputError, match="unpacks to more than 1 MiB"):
        read_archive(packed({**CHART, "demo/zeros": bytes(2 << 20)}), name="demo.tgz")
