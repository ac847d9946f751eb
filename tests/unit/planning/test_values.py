"""Layers of values: the merge, who set what, mappings of outputs and globals.

The merge is compared with a merge written the obvious way; `explain` and `origin` with the merged values themselves.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fairlead.model.component import Component, HelmSource
from fairlead.model.errors import InputError
from fairlead.model.finding import Location, Severity
from fairlead.model.infrastructure import Output
from fairlead.model.secret import SecretText
from fairlead.planning.value_path import format_path, leaves, parse_path, value_at
from fairlead.planning.values import (
    UNKNOWN,
    Layer,
    explain,
    find_unknown,
    merge,
    output_layer,
    parse_assignment,
    resolve_expression,
    set_path,
    unused_globals,
)

FEWER = settings(max_examples=50)
KEYS = st.sampled_from(["a", "b", "c.d", "e[0]", "f\\g"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.text("xy", max_size=2)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=12
)
MAPS = st.dictionaries(KEYS, VALUES, max_size=4)
LAYERS = st.lists(MAPS, max_size=4).map(
    lambda maps: [Layer(name=f"layer {i}", values=values) for i, values in enumerate(maps)]
)


def merged_naively(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    both = dict(one)
    for key, value in other.items():
        if isinstance(value, dict) and isinstance(both.get(key), dict):
            both[key] = merged_naively(both[key], value)
        else:
            both[key] = value
    return both


def values_of(*maps: dict[str, Any]) -> dict[str, Any]:
    return dict(merge([Layer(name=str(i), values=values) for i, values in enumerate(maps)]).values)


def component(name: str = "shop", **mappings: str) -> Component:
    return Component(
        name=name,
        source=HelmSource(chart="charts/shop"),
        set={path.replace("__", "."): text for path, text in mappings.items()},
        location=Location("fairlead.yaml", 9, 3),
    )


# -- merge


@FEWER
@given(LAYERS)
def test_merge_folds_as_the_obvious_merge_does(layers: list[Layer]) -> None:
    expected: dict[str, Any] = {}
    for layer in layers:
        expected = merged_naively(expected, dict(layer.values))
    assert merge(layers).values == expected


@FEWER
@given(MAPS, MAPS, MAPS)
def test_merging_in_two_goes_is_merging_at_once(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    assert values_of(values_of(one, two), three) == values_of(one, two, three)


MAPS_OF_MAPS = st.dictionaries(KEYS, st.dictionaries(KEYS, SCALARS, max_size=3), max_size=3)


@FEWER
@given(MAPS_OF_MAPS, MAPS_OF_MAPS, MAPS_OF_MAPS)
def test_merge_is_associative_where_shapes_agree(
    one: dict[str, Any], two: dict[str, Any], three: dict[str, Any]
) -> None:
    assert values_of(values_of(one, two), three) == values_of(one, values_of(two, three))


def test_merge_is_not_associative_over_a_null_which_is_why_it_is_a_fold() -> None:
    one, two, three = {"x": {"p": 1}}, {"x": None}, {"x": {"q": 2}}
    assert values_of(one, two, three) == {"x": {"q": 2}}
    assert values_of(one, values_of(two, three)) == {"x": {"p": 1, "q": 2}}


@FEWER
@given(MAPS)
def test_merge_over_nothing_changes_nothing(values: dict[str, Any]) -> None:
    assert values_of(values) == values_of({}, values) == values_of(values, {}) == values_of(values, values) == values


def test_lists_replace() -> None:
    assert values_of({"hosts": ["a", "b"]}, {"hosts": ["c"]}) == {"hosts": ["c"]}


def test_a_null_replaces_and_is_passed_on_so_that_helm_deletes_the_default() -> None:
    assert values_of({"probe": {"path": "/"}, "kept": 1}, {"probe": None}) == {"probe": None, "kept": 1}


def test_an_empty_map_over_a_map_changes_nothing() -> None:
    assert values_of({"a": {"b": 1}}, {"a": {}}) == {"a": {"b": 1}}


def test_merge_leaves_its_input_alone_and_shares_nothing_with_it() -> None:
    source = {"a": {"b": [1, {"c": 2}]}}
    merged = merge([Layer(name="one", values=source), Layer(name="two", sets={"a.b[1].c": 3})])
    assert source == {"a": {"b": [1, {"c": 2}]}}
    assert merged.values == {"a": {"b": [1, {"c": 3}]}}


def test_a_secret_passes_through_untouched() -> None:
    secret = SecretText("s3cret")
    merged = merge(
        [Layer(name="secrets", values={"db": {"password": secret}}), Layer(name="set", values={"db": {"n": 1}})]
    )
    assert merged.values["db"]["password"] is secret
    assert "s3cret" not in repr(merged)


# -- origin and explain


@FEWER
@given(LAYERS)
def test_origin_names_every_leaf_and_the_last_layer_that_says_it(layers: list[Layer]) -> None:
    merged = merge(layers)
    found = {format_path(path): value for path, value in leaves(merged.values) if path}
    assert merged.origin.keys() == found.keys()
    for text, name in merged.origin.items():
        layer = next(layer for layer in layers if layer.name == name)
        assert value_at(layer.values, parse_path(text)) == found[text]


@FEWER
@given(LAYERS, st.data())
def test_explain_agrees_with_merge(layers: list[Layer], data: st.DataObject) -> None:
    merged = merge(layers)
    if not merged.origin:
        assert merged.values == {}
        return
    path = data.draw(st.sampled_from(sorted(merged.origin)))
    effective = [origin for origin in explain(layers, path) if origin.is_effective]
    assert [(o.path, o.layer, o.value) for o in effective] == [
        (path, merged.origin[path], value_at(merged.values, parse_path(path)))
    ]


@FEWER
@given(LAYERS)
def test_every_word_that_lost_names_a_later_layer(layers: list[Layer]) -> None:
    order = [layer.name for layer in layers]
    for key in {key for layer in layers for key in layer.values}:
        for origin in explain(layers, format_path((key,))):
            assert origin.is_effective or order.index(origin.layer) < order.index(origin.overridden_by)


def test_explain_says_which_file_set_it_and_who_overrode_whom() -> None:
    layers = [
        Layer(name="component", values={"ingress": {"host": "a"}}, file="fairlead.yaml"),
        Layer(name="environment", values={"ingress": {"host": "b"}}, file="environments/staging/values.yaml"),
        Layer(name="set", sets={"ingress.host": "c"}, file="fairlead.yaml"),
    ]
    assert [(o.value, o.file, o.overridden_by) for o in explain(layers, "ingress.host")] == [
        ("a", "fairlead.yaml", "environment"),
        ("b", "environments/staging/values.yaml", "set"),
        ("c", "fairlead.yaml", ""),
    ]


def test_explain_of_a_map_tells_every_leaf_below_it() -> None:
    layers = [Layer(name="one", values={"a": {"b": 1, "c": 2}}), Layer(name="two", values={"a": {"c": 3}})]
    assert [(o.path, o.layer) for o in explain(layers, "a")] == [("a.b", "one"), ("a.c", "one"), ("a.c", "two")]


def test_explain_shows_the_null_above_that_took_a_value_away() -> None:
    layers = [Layer(name="one", values={"a": {"b": 1}}), Layer(name="two", values={"a": None})]
    assert [(o.path, o.value, o.overridden_by) for o in explain(layers, "a.b")] == [("a.b", 1, "two"), ("a", None, "")]


def test_explain_of_what_nobody_set_is_empty() -> None:
    assert explain([Layer(name="one", values={"a": 1})], "b.c") == ()


# -- paths


@given(st.lists(st.text("ab.[]\\ é0", min_size=1) | st.integers(0, 99), min_size=1, max_size=4))
def test_a_path_is_read_back_as_it_was_written(parts: list[str | int]) -> None:
    path = ("first", *parts)
    assert parse_path(format_path(path)) == path


@pytest.mark.parametrize(
    "text", ["", ".", "a.", ".a", "a..b", "a[", "a[]", "a[x]", "a[-1]", "a[01]", "a]", "a\\", "a[0]b", "[0].", "a.[0]"]
)
def test_text_that_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="not a path"):
        parse_path(text)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("ingress.host", ("ingress", "host")),
        ("hosts[0].name", ("hosts", 0, "name")),
        ("grid[1][2]", ("grid", 1, 2)),
        (r"nodeSelector.kubernetes\.io/os", ("nodeSelector", "kubernetes.io/os")),
        (r"a\[0\]", ("a[0]",)),
    ],
)
def test_paths(path: str, expected: tuple[str | int, ...]) -> None:
    assert parse_path(path) == expected


@FEWER
@given(MAPS, st.lists(KEYS, min_size=1, max_size=3), SCALARS)
def test_what_is_set_at_a_path_is_found_there(values: dict[str, Any], keys: list[str], value: object) -> None:
    path = tuple(keys)
    try:
        after = set_path(values, format_path(path), value)
    except InputError:
        assert any(not isinstance(value_at(values, path[:i]), dict) for i in range(1, len(path)))
    else:
        assert value_at(after, path) == value


@pytest.mark.parametrize(
    ("values", "path", "expected"),
    [
        ({}, "a.b[0].c", {"a": {"b": [{"c": 1}]}}),
        ({"a": None}, "a.b", {"a": {"b": 1}}),
        ({"a": {}}, "a.b", {"a": {"b": 1}}),
        (
            {"hosts": [{"name": "x", "port": 2}, {"name": "y"}]},
            "hosts[0].name",
            {"hosts": [{"name": 1, "port": 2}, {"name": "y"}]},
        ),
        ({"hosts": ["x"]}, "hosts[1]", {"hosts": ["x", 1]}),
        ({"hosts": [None]}, "hosts[0].name", {"hosts": [{"name": 1}]}),
        ({"a": {"b": 2, "c": [3]}}, "a", {"a": 1}),
    ],
)
def test_set_path(values: dict[str, Any], path: str, expected: dict[str, Any]) -> None:
    assert set_path(values, path, 1) == expected
    layers = [Layer(name="low", values=values), Layer(name="set", sets={path: 1})]
    merged = merge(layers)
    assert merged.origin.keys() == {format_path(at) for at, _ in leaves(expected)}
    assert [o.layer for o in explain(layers, path) if o.is_effective] == ["set"]


@pytest.mark.parametrize(
    ("values", "path", "message"),
    [
        ({"a": "text"}, "a.b", "a is no map"),
        ({"a": {"b": 1}}, "a[0]", "a is no list"),
        ({"a": [1]}, "a.b", "a is no map"),
        ({"a": [1]}, "a[2]", "the list has 1 items"),
        ({}, "a[1]", "the list has 0 items"),
    ],
)
def test_set_path_refuses_what_is_in_the_way(values: dict[str, Any], path: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        set_path(values, path, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("replicas=3", ("replicas", 3)),
        ("a.b=true", ("a.b", True)),
        ("probe=null", ("probe", None)),
        ("version='1.30'", ("version", "1.30")),
        ("empty=", ("empty", "")),
        ("query=a=b,c", ("query", "a=b,c")),
    ],
)
def test_assignments(text: str, expected: tuple[str, object]) -> None:
    assert parse_assignment(text) == expected


@pytest.mark.parametrize("text", ["replicas", "=3", "a..b=3", "a=.nan"])
def test_bad_assignments_are_refused(text: str) -> None:
    with pytest.raises(InputError):
        parse_assignment(text)


# -- outputs and globals

OUTPUTS = {
    "cluster": {
        "host": Output(value="shop.example.test"),
        "network": Output(value={"cidrs": ["10.0.0.0/16"]}),
        "token": Output(value=SecretText("s3cret"), is_sensitive=True),
        "later": Output(is_known=False),
    }
}
GLOBALS = {"environment": "staging", "replicas": {"min": 2, "max": 3}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("outputs.cluster.host", "shop.example.test"),
        ("outputs.cluster.network.cidrs[0]", "10.0.0.0/16"),
        ("outputs.cluster.later", UNKNOWN),
        ("outputs.cluster.later.part", UNKNOWN),
        ("outputs.network.vlan", UNKNOWN),
        ("global.replicas.min", 2),
        ("global.replicas", {"min": 2, "max": 3}),
    ],
)
def test_expressions(text: str, expected: object) -> None:
    assert resolve_expression(text, outputs=OUTPUTS, globals_=GLOBALS) == expected


def test_a_sensitive_output_stays_a_secret() -> None:
    assert isinstance(resolve_expression("outputs.cluster.token", outputs=OUTPUTS, globals_={}), SecretText)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("global.replicas.mni", "global.replicas.mni is not set", "did you mean global.replicas.min?"),
        ("global.replicas.min.x", "is not set", ""),
        ("outputs.cluster.hots", "cluster has no output hots", "did you mean host?"),
        ("outputs.cluster.network.cidrs[1]", "no such part", ""),
        ("outputs.cluster.token.user", "used as a whole", ""),
        ("outputs.cluster", "unknown form", "write outputs.COMPONENT.NAME"),
        ("values.x", "unknown form", ""),
        ("global", "unknown form", ""),
        ("global..x", "unknown form", ""),
        ("", "unknown form", ""),
    ],
)
def test_expressions_that_are_refused(text: str, message: str, hint: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        resolve_expression(text, outputs=OUTPUTS, globals_=GLOBALS)
    assert hint in caught.value.hint


def test_the_output_layer_lies_over_the_files_and_names_what_is_unknown() -> None:
    shop = component(ingress__host="outputs.cluster.later", replicaCount="global.replicas.min")
    merged = merge(
        [
            Layer(name="environment", values={"ingress": {"host": "x", "class": "nginx"}, "replicaCount": 1}),
            output_layer(shop, outputs=OUTPUTS, globals_=GLOBALS),
        ]
    )
    assert merged.values == {"ingress": {"host": UNKNOWN, "class": "nginx"}, "replicaCount": 2}
    assert find_unknown(merged.values) == ("ingress.host",)


def test_a_fault_in_a_mapping_names_component_path_and_place() -> None:
    with pytest.raises(InputError, match=r"^fairlead\.yaml:9:3: component shop, set host: global\.hots is not set$"):
        output_layer(component(host="global.hots"), outputs={}, globals_={})


def test_globals_that_no_component_maps_are_warned_about() -> None:
    shop = component(replicaCount="global.replicas.min", ingress__host="outputs.cluster.host")
    findings = unused_globals(GLOBALS, components=[shop], place=lambda path: Location("values.yaml", len(path), 1))
    assert [(f.severity, f.message.split()[0]) for f in findings] == [
        (Severity.WARNING, "global.environment"),
        (Severity.WARNING, "global.replicas.max"),
    ]
    assert str(findings[0].location) == "values.yaml:2:1"


def test_a_mapping_of_a_whole_map_uses_all_of_it() -> None:
    assert unused_globals({"replicas": {"min": 1, "max": 2}}, components=[component(r="global.replicas")]) == ()


def test_no_globals_no_findings() -> None:
    assert unused_globals({}, components=[component()]) == ()
