"""Trees beside each other that hold folders of the same names."""

from __future__ import annotations

from collections.abc import Mapping

from fairlead.planning.environment_paths import meaning_of
from fairlead.planning.kustomize.objects import ObjectId, made_id
from fairlead.planning.kustomize.parallel import with_clusters


def objects(*names: str) -> frozenset[ObjectId]:
    return frozenset(made_id("", "v1", "ConfigMap", name=name, namespace="") for name in names)


def read(built: Mapping[str, frozenset[ObjectId]]) -> dict[str, str]:
    found = with_clusters({folder: meaning_of(folder) for folder in built}, objects=lambda folder: built[folder])
    return {folder: f"{each.environment} {each.pattern}" for folder, each in found.items()}


EAST = {"k8s/east/shop": objects("a"), "k8s/east/till/app": objects("x", "y")}
WEST = {folder.replace("east", "west"): ids for folder, ids in EAST.items()}


def test_trees_with_the_same_folders_are_environments_with_all_that_is_in_them() -> None:
    assert read({**EAST, **WEST, "k8s/west/own": objects("b"), "k8s/west": objects("c"), "k8s": objects("d")}) == {
        "k8s/east/shop": "east k8s/{environment}/shop",
        "k8s/east/till/app": "east k8s/{environment}/till/app",
        "k8s/west/shop": "west k8s/{environment}/shop",
        "k8s/west/till/app": "west k8s/{environment}/till/app",
        "k8s/west/own": "west k8s/{environment}/own",
        "k8s/west": "west k8s/{environment}",
        "k8s": "default k8s",
    }


def test_one_folder_of_a_name_may_be_so_by_chance() -> None:
    built = {"web/deploy": objects("app"), "api/deploy": objects("app"), "api/jobs": objects("x")}
    assert set(read(built).values()) == {f"default {folder}" for folder in built}


def test_folders_of_the_same_names_with_other_objects_are_no_clusters() -> None:
    built = {f"{team}/{app}": objects(f"{team}-{app}") for team in ("red", "blue") for app in ("web", "db", "jobs")}
    assert set(read(built).values()) == {f"default {folder}" for folder in built}


def test_what_a_path_ascribes_to_an_environment_stays_there() -> None:
    built = {f"{region}/{app}/prod": objects(app) for region in ("north", "south") for app in ("web", "db")}
    assert {each.split()[0] for each in read(built).values()} == {"prod"}
