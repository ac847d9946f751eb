"""The build hook, run on the real source as `make` runs it."""

from __future__ import annotations

import importlib.util
import json
import lzma
from pathlib import Path
from types import ModuleType

import pytest

_SCRIPT = Path(__file__).parents[4] / "hatch_build.py"


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", _SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def packed(hook: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What the hook gives to the wheel: path there -> content."""
    hook.TARGET = tmp_path_factory.mktemp("schemas")
    build_data: dict[str, dict[str, str]] = {"force_include": {}}
    hook.SchemaBuildHook.initialize(object(), "standard", build_data)
    return {place: Path(source).read_bytes() for source, place in build_data["force_include"].items()}


def test_packs_the_same_bytes_as_the_package_holds(packed: dict[str, bytes]) -> None:
    installed = _SCRIPT.parent / "src" / "fairlead" / "schemas"
    assert packed == {f"fairlead/schemas/{path.name}": path.read_bytes() for path in installed.iterdir()}


def test_packing_anew_takes_no_file_away(
    hook: ModuleType, packed: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkout is in use while a wheel is built from it; a version that the source has no more goes at the end."""
    names = {Path(place).name for place in packed}
    for name in (*names, "1.0.json.xz"):
        (tmp_path / name).write_bytes(b"before")
    seen = []

    def note(folder: Path, path: Path) -> Path:
        seen.append(names <= {file.name for file in tmp_path.iterdir()})
        return path

    monkeypatch.setattr(hook, "_pack_version", note)
    hook.pack(tmp_path)
    assert seen == [True] * (len(names) - 1)
    assert {file.name for file in tmp_path.iterdir()} == names


def test_each_version_is_small_and_closed(packed: dict[str, bytes]) -> None:
    content = packed["fairlead/schemas/1.34.json.xz"]
    schemas = json.loads(lzma.decompress(content))
    assert len(content) < 30_000
    assert schemas["kinds"]["apps/v1/Deployment"] == "io.k8s.api.apps.v1.Deployment"
    assert set(schemas["kinds"].values()) <= set(schemas["$defs"])


def test_the_notice_is_beside_them(packed: dict[str, bytes]) -> None:
    notice = packed["fairlead/schemas/NOTICE.txt"].decode()
    assert "The Kubernetes Authors" in notice
    assert "Apache License, Version 2.0" in notice
