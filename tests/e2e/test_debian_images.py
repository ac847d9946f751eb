"""Images of Debian packages, from a repository of two packages in a folder: apt and dpkg are the real ones."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path

import pytest

from e2e.registry_rig import no_logins
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.tools.tool import this_platform
from fairlead.model.errors import InputError
from fairlead.model.image import ImageRequest, ImageSource

pytestmark = pytest.mark.e2e


def make_package(repository: Path, name: str, files: dict[str, str], *, depends: str = "") -> None:
    tree = repository / f"{name}.tree"
    for path, text in files.items():
        file = tree / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o4755)
    control = (
        f"Package: {name}\nVersion: 1.0\nArchitecture: {this_platform().arch}\nMaintainer: test <test@example.test>\n"
        f"Description: test\n{f'Depends: {depends}' if depends else ''}"
    ).rstrip()
    (tree / "DEBIAN").mkdir()
    (tree / "DEBIAN" / "control").write_text(f"{control}\n")
    script = tree / "DEBIAN" / "postinst"
    script.write_text("#!/bin/sh\nexit 1\n")
    script.chmod(0o755)
    subprocess.run(["dpkg-deb", "--root-owner-group", "--build", tree, repository / f"{name}.deb"], check=True)


def index(repository: Path) -> None:
    entries = []
    for package in sorted(repository.glob("*.deb")):
        control = subprocess.run(["dpkg-deb", "--field", package], capture_output=True, text=True, check=True).stdout
        content = package.read_bytes()
        place = f"Filename: ./{package.name}\nSize: {len(content)}\nSHA256: {hashlib.sha256(content).hexdigest()}"
        entries.append(f"{control.rstrip()}\n{place}\n")
    (repository / "Packages").write_text("\n".join(entries))


@pytest.fixture
def builder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ImageBuilder:
    repository = tmp_path / "repository"
    repository.mkdir()
    make_package(
        repository,
        "shop",
        {"bin/shop": "program\n", "usr/share/man/man1/shop.1": "", "usr/share/doc/shop/copyright": "free\n"},
        depends="libshop, adduser",
    )
    make_package(repository, "libshop", {"lib/libshop.so": "library\n"})
    index(repository)
    (tmp_path / "sources").write_text(f"deb [trusted=yes] copy:{repository} ./\n")
    settings = f'Dir::Etc::sourcelist "{tmp_path}/sources";\nDir::Etc::sourceparts "/dev/null";\n'
    # The system's own lists would bring the system's own packages.
    (tmp_path / "apt.conf").write_text(f'{settings}Dir::State::lists "{tmp_path}/no-lists";\n')
    monkeypatch.setenv("APT_CONFIG", str(tmp_path / "apt.conf"))
    return ImageBuilder(cache=tmp_path / "cache", registries=no_logins(tmp_path))


async def test_packages_come_with_what_they_depend_on_and_without_their_scripts(builder: ImageBuilder) -> None:
    request = ImageRequest(name="shop", source=ImageSource(packages=("shop=1.0",), command=("/bin/shop",)))
    image = await builder.build(request, tell=print)
    async with builder.unpacked(request, image) as unpacked:
        root = Path(unpacked.root)
        found = sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())
        assert found == [
            "etc/group",
            "etc/passwd",
            "usr/bin/shop",
            "usr/lib/libshop.so",
            "usr/share/doc/shop/copyright",
            "var/lib/dpkg/status.d/libshop",
            "var/lib/dpkg/status.d/shop",
        ]
        assert (root / "bin").readlink() == Path("usr/bin")
        assert (root / "usr" / "bin" / "shop").stat().st_mode & 0o7777 == 0o755
    assert builder.find(request) == image


async def test_the_same_packages_make_the_same_image(builder: ImageBuilder, tmp_path: Path) -> None:
    request = ImageRequest(name="shop", source=ImageSource(packages=("shop",)))
    images = [
        await one.build(request, tell=print)
        for one in (builder, ImageBuilder(cache=tmp_path / "other", registries=no_logins(tmp_path)))
    ]
    assert images[0].digest == images[1].digest


@pytest.mark.parametrize(
    ("package", "message"), [("absent", "Unable to locate package absent"), ("shop=2.0", "Version '2.0' for 'shop'")]
)
async def test_a_package_that_is_not_there_is_named(builder: ImageBuilder, package: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        await builder.build(ImageRequest(name="a", source=ImageSource(packages=(package,))), tell=print)
