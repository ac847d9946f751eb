"""Roots side by side that give the same objects."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.planning.environment_paths import meaning_of
from fairlead.planning.kustomize.objects import ObjectId, made_id
from fairlead.planning.kustomize.variants import with_variants


def objects(*names: str) -> frozenset[ObjectId]:
    return frozenset(made_id("", "v1", "ConfigMap", name=name, namespace="") for name in names)


def read(built: Mapping[str, frozenset[ObjectId]]) -> dict[str, str]:
    found = with_variants({folder: meaning_of(folder) for folder in built}, objects=lambda folder: built[folder])
    return {folder: f"{each.environment} {each.pattern}" for folder, each in found.items()}


def test_clusters_of_one_environment_are_environments() -> None:
    built = {"shop/production/eu": objects("a", "b"), "shop/production/us": objects("a", "b", "c")}
    assert read(built) == {
        "shop/production/eu": "production/eu shop/{environment}",
        "shop/production/us": "production/us shop/{environment}",
    }


def test_what_is_for_one_of_them_follows_it() -> None:
    built = {
        "shop/production/eu": objects("a"),
        "shop/production/us": objects("a"),
        "till/production/eu": objects("x"),
        "shop/staging/eu": objects("a"),
        "till/staging/eu": objects("x"),
    }
    found = read(built)
    assert found["till/production/eu"] == "production/eu till/{environment}"
    assert found["shop/staging/eu"] == "staging/eu shop/{environment}"
    assert found["till/staging/eu"] == "staging till/{environment}/eu"


def test_a_namespace_in_common_parts_nothing() -> None:
    built = {"production/shop": objects("shared", "a", "b"), "production/till": objects("shared", "x", "y")}
    assert set(read(built).values()) == {"production {environment}/shop", "production {environment}/till"}


def test_ways_to_install_one_thing_are_environments() -> None:
    built = {"install/simple": objects("a"), "install/large": objects("a", "b"), "other": objects("a")}
    assert read(built) == {
        "install/simple": "simple install/{environment}",
        "install/large": "large install/{environment}",
        "other": "default other",
    }


def test_what_repeats_the_folder_above_it_is_an_environment_and_the_other_stays() -> None:
    built = {"guest": objects("web", "db"), "guest/all": objects("web", "db"), "guest/cache": objects("x")}
    assert read(built) == {
        "guest": "default guest",
        "guest/all": "all guest/{environment}",
        "guest/cache": "default guest/cache",
    }


def test_the_repository_itself_lies_beside_none_of_its_folders() -> None:
    assert read({"": objects("a"), "web": objects("b", "c")}) == {"": "default ", "web": "default web"}
    assert read({"": objects("a"), "web": objects("a")}) == {"": "default ", "web": "web {environment}"}


def test_the_only_thing_in_common_may_be_a_namespace() -> None:
    namespace = frozenset({made_id("", "v1", "Namespace", name="shop", namespace="")})
    built = {"namespaces": namespace, "shop": namespace | objects("a")}
    assert read(built) == {"namespaces": "default namespaces", "shop": "default shop"}
