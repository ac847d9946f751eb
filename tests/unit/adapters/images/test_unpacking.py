from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fairlead.adapters.images.archive import ArchiveReader, Blob, open_archive, write_archive
from fairlead.adapters.images.unpacking import unpack

Member = tuple[str, bytes, str]
"""Name, type, and text of the file or target of the link."""

CONFIG = {"architecture": "amd64", "os": "linux"}


def layer(*members: Member) -> Blob:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, kind, text in members:
            info = tarfile.TarInfo(name)
            info.type, info.mode = kind, 0o4755
            info.linkname = text if kind in (tarfile.SYMTYPE, tarfile.LNKTYPE) else ""
            info.size = len(text) if kind == tarfile.REGTYPE else 0
            tar.addfile(info, io.BytesIO(text.encode()))
    return Blob.of_bytes(file.getvalue())


@contextmanager
def image(folder: Path, *layers: Blob) -> Iterator[ArchiveReader]:
    write_archive(layers, CONFIG, target=folder / "image.tar", name=lambda digest: f"a:{digest[7:11]}")
    with open_archive(folder / "image.tar") as archive:
        yield archive


def test_files_links_and_rights_come_out(tmp_path: Path) -> None:
    root = tmp_path / "root"
    members = layer(
        ("bin/a", tarfile.REGTYPE, "text"), ("bin/b", tarfile.SYMTYPE, "a"), ("bin/c", tarfile.LNKTYPE, "bin/a")
    )
    with image(tmp_path, members) as archive:
        unpack(archive, root)
    assert (root / "bin" / "a").stat().st_mode & 0o7777 == 0o755
    assert (root / "bin" / "b").readlink() == Path("a")
    assert (root / "bin" / "c").read_text() == "text"


def test_a_later_layer_replaces_and_removes(tmp_path: Path) -> None:
    root = tmp_path / "root"
    below = layer(*((f"{name}", tarfile.REGTYPE, "1") for name in ("a", "b", "d/x", "d/y")))
    above = layer(("a", tarfile.REGTYPE, "2"), (".wh.b", tarfile.REGTYPE, ""), ("d/.wh..wh..opq", tarfile.REGTYPE, ""))
    with image(tmp_path, below, above) as archive:
        unpack(archive, root)
    assert (root / "a").read_text() == "2"
    assert not (root / "b").exists()
    assert list((root / "d").iterdir()) == []


def test_nothing_is_written_outside(tmp_path: Path) -> None:
    root = tmp_path / "deep" / "root"
    members = layer(
        ("../escaped", tarfile.REGTYPE, "x"),
        ("out", tarfile.SYMTYPE, str(tmp_path)),
        ("out/escaped", tarfile.REGTYPE, "x"),
        ("stolen", tarfile.LNKTYPE, "../../image.tar"),
    )
    with image(tmp_path, members) as archive:
        unpack(archive, root)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "image.tar"]
    assert [path.name for path in root.iterdir()] == ["out"]
