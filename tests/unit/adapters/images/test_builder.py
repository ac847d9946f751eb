"""What goes into an image and its input digest, and what is kept; images of files only, which need no other program."""

from __future__ import annotations

import asyncio
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.images import builder as building
from fairlead.adapters.images.archive import open_archive
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.images.kept import RECORD
from fairlead.adapters.slots import Slots
from fairlead.model.errors import Unavailable
from fairlead.model.image import BuiltImage, GoSource, ImageRequest, ImageSource


@pytest.fixture
def builder(tmp_path: Path) -> ImageBuilder:
    return ImageBuilder(cache=tmp_path / "cache")


@pytest.fixture
def request_(tmp_path: Path) -> ImageRequest:
    project = tmp_path / "project"
    (project / ".git").mkdir(parents=True)
    (project / ".git" / "config").write_text("token")
    (project / "page").write_text("hello")
    return ImageRequest(name="shop", source=ImageSource(files={"/src": "."}), folder=str(project))


async def build(builder: ImageBuilder, request_: ImageRequest) -> BuiltImage:
    return await builder.build(request_, tell=print)


def paths(image: BuiltImage) -> set[str]:
    with open_archive(Path(image.archive)) as archive:
        (layer,) = archive.layers
        with tarfile.open(fileobj=archive.blob(layer["digest"])) as tar:
            return set(tar.getnames())


async def test_gits_own_files_stay_out_of_the_image(builder: ImageBuilder, request_: ImageRequest) -> None:
    found = paths(await build(builder, request_))

    assert "src/page" in found
    assert not {path for path in found if ".git" in path}


def test_an_empty_folder_counts(builder: ImageBuilder, request_: ImageRequest) -> None:
    before = builder.input_digest(request_)
    (Path(request_.folder) / "empty").mkdir()

    assert builder.input_digest(request_) != before


async def test_an_image_whose_files_change_while_it_is_built_is_not_kept(
    builder: ImageBuilder, request_: ImageRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = building.write_image

    def save_meanwhile(*given: Any, **more: Any) -> tuple[str, str]:
        (Path(request_.folder) / "page").write_text("changed")
        return write(*given, **more)

    with monkeypatch.context() as patch:
        patch.setattr(building, "write_image", save_meanwhile)
        with pytest.raises(Unavailable, match="changed while it was built") as caught:
            await build(builder, request_)
    assert "again" in caught.value.hint
    (Path(request_.folder) / "page").write_text("hello")
    assert builder.find(request_) is None
    (Path(request_.folder) / "page").write_text("changed")
    assert builder.find(request_) is None


async def test_what_a_killed_build_left_goes_with_the_next_one(
    tmp_path: Path, builder: ImageBuilder, request_: ImageRequest
) -> None:
    own = Slots(tmp_path / "cache" / "images").place(builder.input_digest(request_), name=RECORD).parent
    other = own.with_name("f" * 32)
    for slot in (own, other):
        (slot / ".new-killed").mkdir(parents=True)
        (slot / ".new-killed" / "half").touch()

    await build(builder, request_)
    assert not list((tmp_path / "cache" / "images").glob("*/.new-*"))


async def test_a_build_that_goes_on_keeps_its_place(
    tmp_path: Path, builder: ImageBuilder, request_: ImageRequest
) -> None:
    slots = Slots(tmp_path / "cache" / "images")
    async with slots.slot("another", name=RECORD) as record:
        (record.parent / ".new-here").mkdir()
        await build(builder, request_)
        assert (record.parent / ".new-here").exists()


def test_another_toolchain_may_make_another_program(
    builder: ImageBuilder, request_: ImageRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = ImageSource(go=GoSource(module="example.test/app", version="v1.0.0", programs={"/app": "."}))
    request_ = ImageRequest(name="shop", source=programs, folder=request_.folder)
    monkeypatch.delenv("GOTOOLCHAIN", raising=False)
    before = builder.input_digest(request_)

    monkeypatch.setenv("GOTOOLCHAIN", "go1.24.1")
    assert builder.input_digest(request_) != before


GO = """#!/bin/sh
while [ $# -gt 1 ]; do [ "$1" = -o ] && target=$2; shift; done
mkdir {folder}/at-work || echo "two at once" >> {folder}/trouble
read -r _ < {folder}/go-on
rmdir {folder}/at-work
echo program > "$target"
"""


async def test_go_builds_one_image_at_a_time(
    builder: ImageBuilder, request_: ImageRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compiler that waits to be told to go on, and notes where another is at work."""
    program = tmp_path / "go" / "bin" / "go"
    program.parent.mkdir(parents=True)
    program.write_text(GO.format(folder=tmp_path))
    program.chmod(0o755)
    (tmp_path / "go" / "VERSION").write_text("go1.26.1\n")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    os.mkfifo(tmp_path / "go-on")
    (Path(request_.folder) / "go.mod").write_text("module example.test/app\n\ngo 1.21\n")
    is_waiting = asyncio.Event()

    def hear(text: str) -> None:
        if "waiting for the compiler" in text:
            is_waiting.set()

    async def build_program(name: str) -> BuiltImage:
        source = ImageSource(go=GoSource(folder=".", programs={f"/{name}": "."}))
        return await builder.build(ImageRequest(name=name, source=source, folder=request_.folder), tell=hear)

    async def let_go_on() -> None:
        await asyncio.to_thread((tmp_path / "go-on").write_text, "now\n")

    building = {asyncio.ensure_future(build_program(name)) for name in ("one", "two")}
    built: list[BuiltImage] = []
    async with asyncio.timeout(30):
        await is_waiting.wait()
        while building:
            # One word at a time: what nobody has read yet is gone when the reader before goes.
            await let_go_on()
            ended, building = await asyncio.wait(building, return_when=asyncio.FIRST_COMPLETED)
            built += [build.result() for build in ended]
    assert {path for image in built for path in paths(image)} >= {"one", "two"}
    assert not (tmp_path / "trouble").exists()
