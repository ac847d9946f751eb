"""What an archive says its images are called: OCI, `docker save`, both, neither, and files that are no archives."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.images.references import references_of
from fairlead.model.errors import InputError

NAME = "example.test/web:1"
OCI = {"manifests": [{"annotations": {"io.containerd.image.name": NAME}}]}
DOCKER = [{"RepoTags": [NAME, "example.test/web:2"]}]


def archive(folder: Path, **files: Any) -> Path:
    path = folder / "web.tar"
    with tarfile.open(path, "w") as tar:
        for name, content in files.items():
            data = json.dumps(content).encode()
            info = tarfile.TarInfo(f"{name}.json")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize(
    ("files", "names"),
    [
        ({"index": OCI}, (NAME,)),
        ({"manifest": DOCKER}, (NAME, "example.test/web:2")),
        ({"index": OCI, "manifest": DOCKER}, (NAME, "example.test/web:2")),
    ],
)
def test_names_come_from_either_index(tmp_path: Path, files: dict[str, Any], names: tuple[str, ...]) -> None:
    assert references_of(archive(tmp_path, **files)) == names


@pytest.mark.parametrize("files", [{}, {"index": {"manifests": [{}]}}, {"manifest": [{"RepoTags": None}]}])
def test_images_without_names_are_an_input_error(tmp_path: Path, files: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="have no names"):
        references_of(archive(tmp_path, **files))


def test_another_file_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    for name in ("letter.txt", "nothing.tar"):
        with pytest.raises(InputError, match="is no image archive"):
            references_of(tmp_path / name)
