"""What differs between two states of a project.

Matching: by identity, by generated name, by the namespace that stands for another, by the environment's name, and in
another component. Fields: lists by key, by content, by flag, in another order. Groups. Secrets.
"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.change import ABSENT
from fairlead.model.comparison import ComparedComponent, Comparison, DifferenceGroup, Side
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.comparison import compare_sides, without_made_up
from fairlead.planning.comparison_fields import compare_fields
from fairlead.planning.comparison_matching import Naming, Placed, pair_objects


def manifest(kind: str = "ConfigMap", name: str = "settings", namespace: str = "shop", **fields: Any) -> Manifest:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": namespace}, **fields}


def side(*objects: Manifest, name: str = "staging", component: str = "shop", **more: Any) -> Side:
    one = ComparedComponent(name=component, objects=objects, **more)
    return Side(name=name, names=(name,), components=(one,))


def compare(first: Manifest, second: Manifest) -> Comparison:
    return compare_sides(side(first), side(second, name="production"))


def shown(found: Comparison) -> list[tuple[str, str, Any, Any]]:
    return [(one.group.value, f.path, f.before, f.after) for one in found.differences for f in one.fields]


def pod(**container: Any) -> Manifest:
    return manifest("Pod", spec={"containers": [{"name": "web", **container}]})


WEB = '.spec.containers[name="web"]'


def test_an_object_of_one_side_is_missing_or_extra() -> None:
    found = compare(manifest(name="old"), manifest(name="new"))
    assert [(one.group, one.subject) for one in found.differences] == [
        (DifferenceGroup.MISSING, "ConfigMap shop/old"),
        (DifferenceGroup.EXTRA, "ConfigMap shop/new"),
    ]
    assert found.count() == {"version": 0, "configuration": 0, "missing": 1, "extra": 1}


def test_a_component_that_carries_the_name_of_its_environment_is_matched_without_it() -> None:
    first = side(manifest(name="staging-web", data={"a": "1"}), component="staging-shop")
    second = side(manifest(name="prod-web", data={"a": "2"}), name="production", component="production-shop")
    assert shown(compare_sides(first, second)) == [
        ("configuration", "component", "staging-shop", "production-shop"),
        ("configuration", ".metadata.name", "staging-web", "prod-web"),
        ("configuration", ".data.a", "1", "2"),
    ]


def test_a_generated_name_is_matched_without_its_hash_and_does_not_differ_where_it_is_used() -> None:
    user = {"volumes": [{"name": "v", "configMap": {"name": "app-54mccf5kt2"}}]}
    other = {"volumes": [{"name": "v", "configMap": {"name": "app-ht7b2d5kcm"}}]}
    first = side(manifest(name="app-54mccf5kt2", data={"a": "1"}), manifest("Pod", spec=user))
    second = side(manifest(name="app-ht7b2d5kcm", data={"a": "2"}), manifest("Pod", spec=other))
    assert shown(compare_sides(first, second)) == [("configuration", ".data.a", "1", "2")]


def test_a_namespace_that_stands_for_another_is_one_difference_of_each_object() -> None:
    names = ("web", "api")
    first = [manifest(name=name, namespace="team-a") for name in names]
    second = [manifest(name=name, namespace="team-b") for name in names]
    role = {"subjects": [{"kind": "ServiceAccount", "name": "x", "namespace": "team-a"}]}
    bound = manifest("RoleBinding", "bound", "team-a", **role)
    other = copy.deepcopy(bound)
    other["metadata"]["namespace"] = other["subjects"][0]["namespace"] = "team-b"
    found = compare_sides(side(*first, bound), side(*second, other, name="production"))
    assert shown(found) == [("configuration", ".metadata.namespace", "team-a", "team-b")] * 3


def test_one_environment_at_two_revisions_has_no_namespace_that_stands_for_another() -> None:
    found = compare_sides(side(manifest(namespace="a")), side(manifest(namespace="b")))
    assert found.count()["missing"] == found.count()["extra"] == 1


@pytest.mark.parametrize(
    ("before", "after"), [("staging-web", "production-web"), ("web-stg", "web-prod"), ("web", "production-web")]
)
def test_a_name_that_carries_the_environment_is_the_same_object(before: str, after: str) -> None:
    found = compare(manifest(name=before, data={"x": before}), manifest(name=after, data={"x": after}))
    assert shown(found) == [("configuration", ".metadata.name", before, after)]


def test_an_object_in_another_component_has_moved() -> None:
    found = compare_sides(side(manifest(), component="old"), side(manifest(), component="new"))
    assert shown(found) == [("configuration", "component", "old", "new")]


def test_a_component_called_like_its_environment_is_the_same() -> None:
    first = side(manifest(), component="staging")
    second = side(manifest(), name="production", component="production")
    assert compare_sides(first, second).differences == ()


@pytest.mark.parametrize(
    ("before", "after", "differing"),
    [
        ({"image": "a:1"}, {"image": "a:2"}, ("version", f"{WEB}.image", "a:1", "a:2")),
        ({"ttl": 1}, {"ttl": True}, ("configuration", f"{WEB}.ttl", 1, True)),
        (
            {"env": [{"name": "A", "value": "1"}, {"name": "B"}]},
            {"env": [{"name": "C"}, {"name": "A", "value": "2"}, {"name": "B"}]},
            ("configuration", f'{WEB}.env[name="A"].value', "1", "2"),
        ),
        (
            {"ports": [{"containerPort": 80}]},
            {"ports": [{"containerPort": 80, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]},
            (
                "configuration",
                f'{WEB}.ports[containerPort=53,protocol="UDP"]',
                ABSENT,
                {"containerPort": 53, "protocol": "UDP"},
            ),
        ),
        (
            {"args": ["serve", "--level=info"]},
            {"args": ["serve", "--more", "--level=debug"]},
            ("configuration", f'{WEB}.args[="--level=info"]', "--level=info", "--level=debug"),
        ),
    ],
)
def test_fields(before: dict[str, Any], after: dict[str, Any], differing: tuple[str, str, Any, Any]) -> None:
    assert differing in shown(compare(pod(**before), pod(**after)))


def test_null_is_what_is_not_there() -> None:
    assert compare(pod(command=None), pod()).differences == ()


def test_only_another_order_is_told_as_such() -> None:
    items = [{"name": "A"}, {"name": "B"}, {"name": "C"}]
    (found,) = compare_fields(pod(env=items), pod(env=items[::-1]))
    assert (found.path, found.is_order) == (f"{WEB}.env", True)
    (found,) = compare_fields(pod(args=["a", "b", "a"]), pod(args=["a", "a", "b"]))
    assert (found.path, found.is_order) == (f"{WEB}.args", True)


def test_another_host_of_a_rule_is_one_field() -> None:
    first, second = (manifest("Ingress", spec={"rules": [{"host": host, "http": 1}]}) for host in ("a.test", "b.test"))
    assert shown(compare(first, second)) == [("configuration", '.spec.rules[host="a.test"].host', "a.test", "b.test")]


def test_versions_are_told_apart_from_configuration() -> None:
    first = manifest(metadata={"name": "a", "labels": {"helm.sh/chart": "shop-1", "tier": "x"}})
    second = manifest(metadata={"name": "a", "labels": {"helm.sh/chart": "shop-2", "tier": "y"}})
    found = compare_sides(side(first, chart="1"), side(second, chart="2"))
    assert [(group, path) for group, path, *_ in shown(found)] == [
        ("version", ".version"),
        ("version", ".metadata.labels.helm.sh/chart"),
        ("configuration", ".metadata.labels.tier"),
    ]


def test_values_of_secrets_are_masked_wherever_they_stand() -> None:
    secrets = [manifest("Secret", "db", data={"password": f"c2VjcmV0LX{n}="}) for n in ("g", "k")]
    urls = [manifest(data={"url": f"db://root:{text}@db"}) for text in ("secret-x", "secret-y")]
    found = compare_sides(side(secrets[0], urls[0]), side(secrets[1], urls[1]))
    assert [(path, str(before), str(after)) for _, path, before, after in shown(found)] == [
        (".data.password", "***", "***"),
        (".data.url", "db://root:***@db", "db://root:***@db"),
    ]


def test_decrypted_values_are_masked_in_names_of_images_too() -> None:
    secret = manifest("Secret", "db", stringData={"user": "postgres"})
    first, second = (
        side(secret, pod(image=f"hidden.test/postgres:{n}"), secrets=frozenset(["hidden"])) for n in (1, 2)
    )
    assert shown(compare_sides(first, second)) == [
        ("version", f"{WEB}.image", "***.test/postgres:1", "***.test/postgres:2")
    ]


def test_what_another_rendering_makes_otherwise_is_not_compared() -> None:
    first, second, again = (manifest(data={"key": key, "level": key[0]}) for key in ("a1", "b2", "b3"))
    found = without_made_up(compare(first, second), compare_sides(side(second), side(again)))
    assert shown(found) == [("configuration", ".data.level", "a", "b")]
    assert found.made_up == {"shop": 1}


def test_a_component_that_does_not_render_is_named_and_takes_no_part() -> None:
    found = compare_sides(side(manifest()), side(why_not="broken", name="production"))
    assert (found.differences, found.objects) == ((), (0, 0))
    assert [(one.component, one.side, one.reason) for one in found.not_compared] == [("shop", "production", "broken")]


leaves = st.none() | st.booleans() | st.integers(-3, 3) | st.text("ab-=", max_size=3)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["name", "a", "b", "ports"]), inner, max_size=4)
    ),
    max_leaves=20,
)
specs = st.dictionaries(st.sampled_from(["ports", "env", "x"]), trees, max_size=3)


def _without_nulls(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {name: _without_nulls(value) for name, value in tree.items() if value is not None}
    return [_without_nulls(item) for item in tree] if isinstance(tree, list) else tree


def _typed(tree: Any) -> Any:
    """Tells 1 and true apart, which Python does not."""
    if isinstance(tree, dict):
        return {name: _typed(value) for name, value in tree.items()}
    return [_typed(item) for item in tree] if isinstance(tree, list) else (type(tree), tree)


names = st.sampled_from(["web", "staging-web", "production-web", "app-54mccf5kt2", "app-ht7b2d5kcm", "app"])
objects = st.lists(
    st.builds(
        lambda name, kind, namespace, component: Placed(
            component=component, ref=ObjectRef(kind=kind, namespace=namespace, name=name), manifest={}
        ),
        names,
        st.sampled_from(["ConfigMap", "Namespace"]),
        st.sampled_from(["", "a", "b"]),
        st.sampled_from(["x", "y"]),
    ),
    max_size=8,
)


@given(objects, objects, st.booleans())
def test_every_object_is_in_one_pair(first: list[Placed], second: list[Placed], are_two: bool) -> None:
    pairs = pair_objects(first, second, Naming(("staging",), ("production",) if are_two else ("staging",)))
    assert [one for one, _ in pairs if one] == first
    assert sorted(id(one) for _, one in pairs if one) == sorted(map(id, second))


@given(specs)
def test_nothing_differs_from_itself(spec: dict[str, Any]) -> None:
    assert compare_fields(manifest(spec=spec), copy.deepcopy(manifest(spec=spec))) == ()


@given(specs, specs)
def test_no_difference_means_equal(first: dict[str, Any], second: dict[str, Any]) -> None:
    found = compare_fields(manifest(spec=first), manifest(spec=second))
    assert (found == ()) == (_typed(_without_nulls(first)) == _typed(_without_nulls(second)))


@given(specs, specs)
def test_the_other_way_round_as_much_differs(first: dict[str, Any], second: dict[str, Any]) -> None:
    one = compare_fields(manifest(spec=first), manifest(spec=second))
    other = compare_fields(manifest(spec=second), manifest(spec=first))
    assert (one == ()) == (other == ())


def test_what_is_a_credential_by_its_name_is_masked_too() -> None:
    variables = [{"name": "HOST", "value": "db"}, {"name": "API_TOKEN", "value": "q7Zx9Lm2Wp4Tn8vK3R6d"}]
    assert shown(compare(pod(env=[]), pod(env=variables))) == [
        ("configuration", f'{WEB}.env[name="HOST"]', ABSENT, {"name": "HOST", "value": "db"}),
        ("configuration", f'{WEB}.env[name="API_TOKEN"]', ABSENT, {"name": "API_TOKEN", "value": "***"}),
    ]


def test_lines_with_a_credential_are_masked_and_still_differ() -> None:
    texts = [{"app.conf": f"port=80\npassword={word}\n"} for word in ("s3same-open", "s3same-shut")]
    assert shown(compare(manifest(data=texts[0]), manifest(data=texts[1]))) == [
        (
            "configuration",
            ".data.app.conf",
            "port=80\npassword=***\n",
            "port=80\npassword=*** (another value)\n",
        )
    ]
