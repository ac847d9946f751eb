import errno
import hashlib
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.images.archive import RunSettings, copy_archive, open_archive, write_image
from fairlead.adapters.images.layer import Entry, Layer, Slice
from fairlead.adapters.tools.tool import Platform
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.image import local_reference

SETTINGS = RunSettings(command=("/shop",), user="65532", folder="/", variables={"A": "1"}, labels={"l": "v"})
PLATFORM = Platform(os="linux", arch="amd64")


def layer_of(names: list[str]) -> Layer:
    layer = Layer()
    for name in names:
        layer.add(name, Entry(content=name.encode()))
    return layer


def write(layer: Layer, target: Path) -> tuple[str, str]:
    return write_image(layer, SETTINGS, PLATFORM, target=target, name=lambda digest: local_reference("shop", digest))


def contents(archive: Path) -> dict[str, bytes]:
    with tarfile.open(archive) as tar:
        return {m.name: file.read() for m in tar if (file := tar.extractfile(m)) is not None}


def blob(files: dict[str, bytes], descriptor: dict[str, Any]) -> bytes:
    algorithm, _, value = descriptor["digest"].partition(":")
    content = files[f"blobs/{algorithm}/{value}"]
    assert hashlib.sha256(content).hexdigest() == value
    assert len(content) == descriptor["size"]
    return content


def test_the_same_files_in_any_order_make_the_same_bytes(tmp_path: Path) -> None:
    write(layer_of(["/a", "/etc/b", "/c"]), tmp_path / "one")
    write(layer_of(["/c", "/etc/b", "/a"]), tmp_path / "two")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_another_file_makes_another_digest(tmp_path: Path) -> None:
    assert write(layer_of(["/a"]), tmp_path / "one")[1] != write(layer_of(["/b"]), tmp_path / "two")[1]


def test_every_descriptor_names_the_blob_it_describes(tmp_path: Path) -> None:
    reference, digest = write(layer_of(["/shop"]), tmp_path / "image.tar")
    files = contents(tmp_path / "image.tar")
    described = json.loads(files["index.json"])["manifests"][0]
    manifest = json.loads(blob(files, described))
    config = json.loads(blob(files, manifest["config"]))
    layer = blob(files, manifest["layers"][0])
    assert described["digest"] == digest
    assert described["annotations"]["io.containerd.image.name"] == reference == f"fairlead.local/shop:{digest[7:19]}"
    assert config["rootfs"]["diff_ids"] == [f"sha256:{hashlib.sha256(layer).hexdigest()}"]
    assert config["config"]["Entrypoint"] == ["/shop"]
    assert config["config"]["User"] == "65532"


def test_docker_finds_the_same_blobs(tmp_path: Path) -> None:
    reference, _ = write(layer_of(["/shop"]), tmp_path / "image.tar")
    files = contents(tmp_path / "image.tar")
    [said] = json.loads(files["manifest.json"])
    assert said["RepoTags"] == [reference]
    assert said["Config"] in files
    assert set(said["Layers"]) <= set(files)


@contextmanager
def written(layer: Layer) -> Iterator[tarfile.TarFile]:
    file = io.BytesIO()
    layer.write(file)
    file.seek(0)
    with tarfile.open(fileobj=file) as tar:
        yield tar


def test_folders_come_before_what_is_in_them() -> None:
    written = io.BytesIO()
    layer_of(["/etc/app/config"]).write(written)
    written.seek(0)
    with tarfile.open(fileobj=written) as tar:
        assert [(m.name, m.isdir()) for m in tar] == [("etc", True), ("etc/app", True), ("etc/app/config", False)]


def test_a_tree_keeps_what_is_executable_and_where_links_point(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "run").write_text("x")
    (tmp_path / "bin" / "run").chmod(0o700)
    (tmp_path / "bin" / "again").symlink_to("run")
    layer = Layer()
    layer.add_tree("/opt", tmp_path)
    written = io.BytesIO()
    layer.write(written)
    written.seek(0)
    with tarfile.open(fileobj=written) as tar:
        assert tar.getmember("opt/bin/run").mode == 0o755
        assert tar.getmember("opt/bin/again").linkname == "run"


@pytest.mark.parametrize("path", ["/../etc", "a/../../b", "/"])
def test_no_path_leaves_the_image(path: str) -> None:
    with pytest.raises(ValueError, match="no path in an image"):
        Layer().add(path, Entry())


def test_a_hard_link_comes_after_what_it_points_to() -> None:
    layer = Layer()
    layer.add("/a", Entry(type=tarfile.LNKTYPE, link="z"))
    layer.add("/z", Entry(content=b"text"))
    with written(layer) as tar:
        assert [(m.name, m.linkname) for m in tar] == [("z", ""), ("a", "z")]


def test_a_merged_layer_keeps_programs_below_usr() -> None:
    layer = Layer(merged=True)
    layer.add("/bin/sh", Entry(content=b"x"))
    layer.add("/bin/ash", Entry(type=tarfile.LNKTYPE, link="bin/sh"))
    layer.add("/etc/a", Entry())
    with written(layer) as tar:
        found = {m.name: m.linkname for m in tar if not m.isdir()}
    assert found == {"bin": "usr/bin", "usr/bin/sh": "", "usr/bin/ash": "usr/bin/sh", "etc/a": ""}


@pytest.mark.parametrize("is_first", [True, False])
def test_the_link_that_debian_ships_is_the_link(is_first: bool) -> None:
    layer = Layer(merged=True)
    link = Entry(type=tarfile.SYMTYPE, mode=0o777, link="usr/bin")
    if is_first:
        layer.add("/bin", link)
    layer.add("/usr/bin/env", Entry(content=b"x"))
    layer.add("/bin/sh", Entry(content=b"x"))
    if not is_first:
        layer.add("/bin", link)
    with written(layer) as tar:
        found = {m.name: m.linkname for m in tar}
    assert found == {"bin": "usr/bin", "usr": "", "usr/bin": "", "usr/bin/env": "", "usr/bin/sh": ""}


def test_a_part_of_a_file_can_be_content(tmp_path: Path) -> None:
    (tmp_path / "whole").write_bytes(b"0123456789")
    layer = Layer()
    layer.add("/part", Entry(content=Slice(file=tmp_path / "whole", offset=3, size=4)))
    with written(layer) as tar:
        file = tar.extractfile("part")
        assert file is not None
        assert file.read() == b"3456"


def test_a_copy_has_other_names_and_the_same_image(tmp_path: Path) -> None:
    _, digest = write(layer_of(["/shop"]), tmp_path / "image.tar")
    names = [f"registry.test:5000/shop@{digest}", "registry.test:5000/shop:1"]
    copy_archive(tmp_path / "image.tar", tmp_path / "copy.tar", references=names)
    before, after = contents(tmp_path / "image.tar"), contents(tmp_path / "copy.tar")
    assert {path: text for path, text in before.items() if path.startswith("blobs/")} == {
        path: text for path, text in after.items() if path.startswith("blobs/")
    }
    described = json.loads(after["index.json"])["manifests"]
    assert [one["annotations"]["io.containerd.image.name"] for one in described] == names
    assert {one["digest"] for one in described} == {digest}
    assert json.loads(after["manifest.json"])[0]["RepoTags"] == names[1:]
    with open_archive(tmp_path / "copy.tar") as archive:
        assert archive.digest == digest


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_text("no tar")
    with pytest.raises(InputError, match="no archive of one image"), open_archive(tmp_path / "image.tar"):
        pass


def test_a_full_disk_is_not_the_fault_of_the_archive(tmp_path: Path) -> None:
    write(layer_of(["/shop"]), tmp_path / "image.tar")
    with (
        pytest.raises(Unavailable, match="No space left on device") as caught,
        open_archive(tmp_path / "image.tar"),
    ):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert "make room" in caught.value.hint


def test_an_archive_that_lost_a_layer_is_named(tmp_path: Path) -> None:
    write(layer_of(["/shop"]), tmp_path / "image.tar")
    with (
        pytest.raises(InputError, match="no archive of one image"),
        open_archive(tmp_path / "image.tar") as archive,
    ):
        archive.blob("sha256:0")
