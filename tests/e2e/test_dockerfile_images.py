"""Images by a Dockerfile through the real buildah, from nothing but files: no image is fetched."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from pathlib import Path

import pytest

from e2e.registry_rig import no_logins, running
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.tools.system import Package, SystemPackages
from fairlead.model.errors import InputError, StepFailed
from fairlead.model.image import BuiltImage, DockerfileSource, ImageRequest, ImageSource, short_digest

pytestmark = pytest.mark.e2e

DOCKERFILE = """\
FROM scratch
COPY greeting /etc/greeting
COPY greeting /etc/again
USER 65532
ENTRYPOINT ["/etc/greeting"]
"""


@pytest.fixture(scope="module", autouse=True)
def buildah() -> None:
    if shutil.which("buildah") is None:
        asyncio.run(SystemPackages(progress=print).install([Package(name="buildah", programs=("buildah",))]))


@pytest.fixture(autouse=True)
def own_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's own store is used or left behind."""
    store = '[storage]\ndriver = "vfs"\nrunroot = "{0}/run"\ngraphroot = "{0}/store"\n'
    (tmp_path / "storage.conf").write_text(store.format(tmp_path))
    monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(tmp_path / "storage.conf"))
    monkeypatch.setenv("BUILDAH_ISOLATION", "chroot")


def request(folder: Path, text: str = DOCKERFILE) -> ImageRequest:
    context = folder / "images" / "greeting"
    context.mkdir(parents=True, exist_ok=True)
    (context / "greeting").write_text("hello\n")
    (context / "Dockerfile").write_text(text)
    source = ImageSource(dockerfile=DockerfileSource(folder="images/greeting"))
    return ImageRequest(name="greeting", source=source, folder=str(folder))


def builder(folder: Path) -> ImageBuilder:
    return ImageBuilder(cache=folder / "cache", registries=no_logins(folder))


async def build(folder: Path, wanted: ImageRequest) -> BuiltImage:
    return await builder(folder).build(wanted, tell=print)


async def test_what_the_dockerfile_says_is_in_the_image(tmp_path: Path) -> None:
    wanted = request(tmp_path)
    image = await build(tmp_path, wanted)
    async with builder(tmp_path).unpacked(wanted, image) as unpacked:
        assert (Path(unpacked.root) / "etc" / "greeting").read_text() == "hello\n"
    assert builder(tmp_path).find(wanted) == image
    said = subprocess.run(["buildah", "images", "--quiet"], capture_output=True, text=True, check=True)
    assert said.stdout == ""


async def test_the_same_files_make_the_same_image(tmp_path: Path) -> None:
    first = await build(tmp_path / "one", request(tmp_path / "one"))
    second = await build(tmp_path / "two", request(tmp_path / "two"))
    assert first.digest == second.digest


async def test_another_file_is_another_input(tmp_path: Path) -> None:
    before = builder(tmp_path).input_digest(request(tmp_path))
    wanted = request(tmp_path)
    (tmp_path / "images" / "greeting" / "greeting").write_text("goodbye\n")
    assert builder(tmp_path).input_digest(wanted) != before


async def test_it_can_be_pushed(tmp_path: Path) -> None:
    image = await build(tmp_path, request(tmp_path))
    with running(tmp_path / "registry") as registry:
        assert await builder(tmp_path).push(image, f"{registry.host}/greeting", tell=print)
        assert registry.manifest("greeting", short_digest(image.digest))["digest"] == image.digest


async def test_a_build_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match=r"failed: .*absent") as caught:
        await build(tmp_path, request(tmp_path, "FROM scratch\nCOPY absent /\n"))
    assert caught.value.hint == "try it by hand: buildah build images/greeting"


async def test_without_a_program_for_it_the_remedy_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="neither buildah nor docker"):
        await build(tmp_path, request(tmp_path))


async def test_docker_without_its_daemon_is_not_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\nexit 1\n")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="docker's daemon does not answer"):
        await build(tmp_path, request(tmp_path))
