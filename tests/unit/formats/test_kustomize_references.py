"""Which paths are found in which field. That kustomize reads just these: tests/e2e/test_kustomize_adapter.py."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.kustomize_references import (
    ReferenceKind,
    find_charts,
    find_plugin_references,
    find_references,
    has_charts,
)


@pytest.mark.parametrize(
    ("kustomization", "paths"),
    [
        ({"resources": ["a", "b"]}, ["a", "b"]),
        ({"bases": ["a"]}, ["a"]),
        ({"components": ["a"]}, ["a"]),
        ({"crds": ["a"], "configurations": ["b"]}, ["a", "b"]),
        ({"generators": ["a"], "transformers": ["b"], "validators": ["c"]}, ["a", "b", "c"]),
        ({"patches": [{"path": "a"}, {"patch": "inline"}]}, ["a"]),
        ({"patchesJson6902": [{"path": "a"}], "replacements": [{"path": "b"}, {"source": {}}]}, ["a", "b"]),
        ({"patchesStrategicMerge": ["a"]}, ["a"]),
        ({"openapi": {"path": "a"}}, ["a"]),
        ({"configMapGenerator": [{"files": ["a", "key=b"], "envs": ["c"], "env": "d"}]}, ["a", "b", "c", "d"]),
        ({"secretGenerator": [{"files": ["key=a=b"], "literals": ["x=y"]}]}, ["a=b"]),
        ({"helmCharts": [{"name": "c"}]}, ["charts/c"]),
        ({"helmCharts": [{"name": "c", "valuesFile": "v", "additionalValuesFiles": ["w"]}]}, ["v", "w", "charts/c"]),
        ({"helmCharts": [{"name": "c"}], "helmGlobals": {"chartHome": "h"}}, ["h/c"]),
        ({"helmCharts": [{"name": "c", "version": "1", "repo": "https://x"}]}, ["charts/c-1/c"]),
        ({"helmChartInflationGenerator": [{"chartName": "c", "values": "v", "chartHome": "h"}]}, ["v", "h/c"]),
        ({"images": [{"name": "a"}], "vars": [{"name": "a"}], "namePrefix": "a"}, []),
    ],
)
def test_the_paths_of_a_field(kustomization: dict[str, Any], paths: list[str]) -> None:
    assert [reference.path for reference in find_references(kustomization)] == paths


@pytest.mark.parametrize(
    ("configuration", "paths"),
    [
        ({"kind": "PatchTransformer", "path": "a"}, ["a"]),
        ({"kind": "PatchStrategicMergeTransformer", "paths": ["a"]}, ["a"]),
        ({"kind": "ReplacementTransformer", "replacements": [{"path": "a"}]}, ["a"]),
        ({"kind": "ConfigMapGenerator", "files": ["k=a"], "envs": ["b"]}, ["a", "b"]),
        ({"kind": "ValueAddTransformer", "targetFilePath": "a"}, ["a"]),
        ({"kind": "HelmChartInflationGenerator", "name": "c", "valuesFile": "v"}, ["v", "charts/c"]),
        ({"kind": "PrefixTransformer", "prefix": "x"}, []),
    ],
)
def test_the_paths_of_a_plugins_configuration(configuration: dict[str, Any], paths: list[str]) -> None:
    assert [reference.path for reference in find_plugin_references(configuration)] == paths


def test_helm_runs_for_charts_in_any_spelling() -> None:
    assert has_charts({"helmCharts": [{"name": "c"}]})
    assert has_charts({"helmChartInflationGenerator": [{"chartName": "c"}]})
    assert has_charts({"kind": "HelmChartInflationGenerator"})
    assert not has_charts({"resources": ["a"], "helmCharts": []})


def test_a_chart_with_a_repository_may_be_fetched() -> None:
    charts = {"helmCharts": [{"name": "c", "version": "1.0.0", "repo": "https://x"}]}
    assert [chart.version for chart in find_charts(charts)] == ["1.0.0"]
    assert [(r.kind, r.is_fetched) for r in find_references(charts)] == [(ReferenceKind.CHART, True)]


FIELDS = (
    "resources",
    "patches",
    "configMapGenerator",
    "helmCharts",
    "helmGlobals",
    "openapi",
    "replacements",
    "generators",
)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["path", "files", "name"]), inner),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(FIELDS), JUNK))
def test_fields_of_another_shape_are_left_to_kustomize(kustomization: dict[str, Any]) -> None:
    assert all(isinstance(reference.path, str) and reference.path for reference in find_references(kustomization))
