"""The build hook, run on the real source as `make` runs it."""

from __future__ import annotations

import importlib.util
import json
import lzma
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.schemas.compiled import CompiledSchema
from fairlead.adapters.schemas.custom_resources import _convert

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

    def note(_: object, path: Path) -> Path:
        seen.append(names <= {file.name for file in tmp_path.iterdir()})
        return path

    monkeypatch.setattr(hook, "_pack_version", note)
    monkeypatch.setattr(hook, "_pack_operators", note)
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
    assert "The Flux authors" in notice
    assert "The Argo authors" in notice


def test_a_module_that_is_not_what_is_pinned_ends_the_build(hook: ModuleType) -> None:
    with pytest.raises(SystemExit, match="not what is pinned"):
        hook._fetch(hook.MODULES[-1]._replace(sum="h1:other"))


def test_the_kinds_of_flux_and_argo_cd_are_those_of_all_releases(packed: dict[str, bytes]) -> None:
    kinds = json.loads(lzma.decompress(packed["fairlead/schemas/operators.xz"]))
    assert list(kinds["helm.toolkit.fluxcd.io/HelmRelease"]["versions"]) == ["v2", "v2beta1", "v2beta2"]
    spec = kinds["argoproj.io/Application"]["versions"]["v1alpha1"]["properties"]["spec"]
    assert {"source", "sources", "syncPolicy"} <= spec["properties"].keys()


SCHEMAS = st.recursive(
    st.sampled_from([{"type": "string"}, {"type": "integer"}, {"type": "string", "pattern": "^a"}, {"enum": ["a"]}]),
    lambda inner: (
        st.builds(
            lambda fields, required: {"type": "object", "properties": fields, "required": required},
            st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
            st.lists(st.sampled_from("abc"), max_size=2, unique=True),
        )
        | st.builds(lambda items: {"type": "array", "items": items}, inner)
        | st.builds(lambda values: {"type": "object", "additionalProperties": values}, inner)
    ),
    max_leaves=8,
)
VALUES = st.recursive(
    st.sampled_from(["a", "b", 1]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)


@given(SCHEMAS, SCHEMAS, VALUES)
def test_what_one_release_takes_all_of_them_laid_over_each_other_take(
    hook: ModuleType, old: dict[str, Any], new: dict[str, Any], value: Any
) -> None:
    def takes(schema: dict[str, Any]) -> bool:
        return not CompiledSchema(_convert(schema)).faults(value)

    both = hook._lay_over(old, new)
    assert takes(both) or not (takes(old) or takes(new))
    assert hook._lay_over(old, old) == old
