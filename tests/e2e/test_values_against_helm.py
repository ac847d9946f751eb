"""The merge of value layers against the real helm: our one merged file renders as the files themselves do."""

from __future__ import annotations

import asyncio
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.planning.values import Layer, merge

pytestmark = pytest.mark.e2e

KEYS = ["a", "b", "c", "sub", "global"]
DUMP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: all}\ndata: {all: {{ .Values | toJson | quote }}}\n"


@pytest.fixture(scope="module")
def helm() -> str:
    return str(asyncio.run(ToolChain(default_cache(os.environ), progress=print, search_path="").path("helm")))


@pytest.fixture(scope="module")
def chart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chart")
    _write_chart(folder, "parent", {"a": {"b": 1, "c": {"a": 2}}, "b": [1, 2], "c": "x", "sub": {"a": {"d": 1}}})
    _write_chart(folder / "charts" / "sub", "sub", {"a": {"b": 9, "c": 8}, "list": [7]})
    return folder


def _write_chart(folder: Path, name: str, values: dict[str, Any]) -> None:
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text(f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n", encoding="utf-8")
    (folder / "values.yaml").write_text(json.dumps(values), encoding="utf-8")
    (folder / "templates" / "all.yaml").write_text(DUMP, encoding="utf-8")


def _template(helm: str, chart: Path, *layers: dict[str, Any], assignments: tuple[str, ...] = ()) -> str | None:
    """What helm renders; None where it refuses the values."""
    arguments = [helm, "template", "release", str(chart)]
    for number, values in enumerate(layers):
        file = chart / f"{number}.json"
        file.write_text(json.dumps(values), encoding="utf-8")
        arguments += ["-f", str(file)]
    for assignment in assignments:
        arguments += ["--set", assignment]
    done = subprocess.run(arguments, capture_output=True, text=True, timeout=180, check=False)
    return done.stdout if done.returncode == 0 else None


def _value(choose: random.Random, depth: int) -> Any:
    kind = choose.random()
    if depth and kind < 0.5:
        return {key: _value(choose, depth - 1) for key in choose.sample(KEYS, choose.randint(0, 3))}
    if kind < 0.65:
        return None
    return [choose.randint(0, 3)] * choose.randint(0, 2) if kind < 0.8 else choose.choice([1, True, "t", 0, ""])


def test_helm_makes_the_same_of_the_layers_and_of_the_merged_values(helm: str, chart: Path) -> None:
    choose = random.Random(5)
    rendered = 0
    for _ in range(40):
        files = [{key: _value(choose, 3) for key in choose.sample(KEYS, 3)} for _ in range(3)]
        merged = merge([Layer(name=str(number), values=values) for number, values in enumerate(files)])
        expected = _template(helm, chart, *files)
        assert _template(helm, chart, dict(merged.values)) == expected, files
        rendered += expected is not None
    assert rendered > 10


def test_helm_deletes_a_default_by_the_null_that_is_passed_on(helm: str, chart: Path) -> None:
    merged = merge(
        [Layer(name="low", values={"a": {"b": 5}}), Layer(name="high", values={"a": {"b": None}, "c": None})]
    )
    rendered = _template(helm, chart, dict(merged.values))
    assert rendered is not None
    assert r'"{\"a\":{\"c\":{\"a\":2}},\"b\":[1,2],\"sub\"' in rendered


@pytest.mark.parametrize("path", ["b[0].n", "b[2].n", "a.c.x", "z.y[0].k", r"a\.b", "c"])
def test_a_single_place_is_set_as_helm_sets_it(helm: str, chart: Path, path: str) -> None:
    file = {"b": [{"n": 1, "p": 2}, {"n": 3}]}
    merged = merge([Layer(name="file", values=file), Layer(name="--set", sets={path: 7})])
    assert _template(helm, chart, dict(merged.values)) == _template(helm, chart, file, assignments=(f"{path}=7",))
