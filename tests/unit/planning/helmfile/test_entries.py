"""Where helmfile begins to read a repository."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fairlead.planning.helmfile.entries import (
    DEFAULT,
    HelmfileEntry,
    find_helmfiles,
    helmfile_environments,
    helmfile_remark,
    members_of,
    named_files,
    silent_files,
)


def found(texts: Mapping[str, str]) -> dict[str, list[str]]:
    entries = find_helmfiles(texts, files=frozenset(texts))
    return {entry.path: [each.name for each in entry.environments] for entry in entries}


@pytest.mark.parametrize(
    ("texts", "entries"),
    [
        ({"helmfile.yaml": "releases: []"}, {"helmfile.yaml": ["default"]}),
        (
            {"helmfile.yaml": "helmfiles: [a/helmfile.yaml]", "a/helmfile.yaml": "", "b/helmfile.yaml.gotmpl": ""},
            {"helmfile.yaml": ["default"], "b/helmfile.yaml.gotmpl": ["default"]},
        ),
        (
            {"helmfile.yaml": "helmfiles:\n- path: apps/*/helmfile.yaml\n", "apps/x/helmfile.yaml": ""},
            {"helmfile.yaml": ["default"]},
        ),
        (
            {"helmfile.yaml": "helmfiles: [apps]", "apps/helmfile.yaml": ""},
            {"helmfile.yaml": ["default"]},
        ),
        (
            {"helmfile.d/a.yaml": "environments: {x: {}}", "helmfile.d/b.yaml.gotmpl": "environments: {z: {}, x: {}}"},
            {"helmfile.d": ["x", "z"]},
        ),
        (
            {"k/helmfile.yaml": "bases: [../env.yaml]\n---\nreleases: []", "env.yaml": "environments:\n  prod: {}\n"},
            {"k/helmfile.yaml": ["prod"]},
        ),
        ({"helmfile.d/nested/values.yaml": "", "values.yaml": "releases: 1"}, {}),
        (
            {
                "helmfile.d/core/1.yaml": "bases: [../base/e.yaml]\n---\nhelmfiles: [../parts/x.yaml]\n",
                "helmfile.d/base/e.yaml": "environments: {prod: {}}\n",
                "helmfile.d/parts/x.yaml": "releases: []\n",
            },
            {"helmfile.d/core": ["prod"]},
        ),
        (
            {
                "helmfile.yaml.gotmpl": "helmfiles:\n{{ range .l }}\n- path: {{ . }}/helmfile.yaml.gotmpl\n{{ end }}\n",
                "apps/helmfile.yaml.gotmpl": "",
            },
            {"helmfile.yaml.gotmpl": ["default"]},
        ),
    ],
)
def test_an_entry_is_a_helmfile_that_no_other_one_names(
    texts: Mapping[str, str], entries: Mapping[str, list[str]]
) -> None:
    assert found(texts) == entries


def test_bases_and_nested_helmfiles_are_named() -> None:
    texts = {"a/helmfile.yaml": "bases: [../base.yaml]\nhelmfiles:\n- path: x.yaml\n- path: gone.yaml\n"}
    assert named_files(texts, files=("base.yaml", "a/x.yaml", "a/y.yaml")) == {"base.yaml", "a/x.yaml"}


def test_development_is_local_and_helmfile_keeps_its_name() -> None:
    (entry,) = find_helmfiles({"helmfile.yaml": "environments: {development: {}}"}, files=("helmfile.yaml",))
    (local,) = helmfile_environments(entry)
    assert [type(key) for key in local.names] == [str], "as it is written into the project file"
    assert (local.name, local.name_for("helmfile")) == ("local", "development")


def test_the_context_goes_to_the_environment() -> None:
    (entry,) = find_helmfiles({"helmfile.yaml": "environments: {p: {kubeContext: big}}"}, files=("helmfile.yaml",))
    assert helmfile_environments(entry)[0].cluster.context == "big"


def test_members_are_those_of_a_folder() -> None:
    files = dict.fromkeys(("helmfile.d/b.yaml", "helmfile.d/a.yaml.gotmpl", "helmfile.d/x/c.yaml", "helmfile.yaml"), "")
    assert members_of("helmfile.d", files) == ("helmfile.d/a.yaml.gotmpl", "helmfile.d/b.yaml")
    assert members_of("helmfile.yaml", files) == ()


NESTED = {
    "helmfile.yaml": "environments: {prod: {}}\n---\nhelmfiles: [read.yaml, without.yaml, by-base.yaml, apps]\n",
    "read.yaml": "releases: []",
    "without.yaml": "environments: {dev: {}}\n---\nhelmfiles: [deeper.yaml]\n",
    "deeper.yaml": "",
    "by-base.yaml": "bases: [base.yaml]\n",
    "base.yaml": "environments:\n  prod: {}\n",
    "apps/helmfile.yaml": "environments: {dev: {}}\n",
    "other.yaml": "environments: {dev: {}}\n",
}


def test_a_nested_helmfile_without_the_environment_is_silent() -> None:
    read = ("helmfile.yaml", "read.yaml")
    found = silent_files("helmfile.yaml", NESTED, files=NESTED.keys(), environment="prod", read=read)
    assert found == ("apps/helmfile.yaml", "deeper.yaml", "without.yaml")


def test_in_the_default_environment_none_is_silent() -> None:
    texts = {"helmfile.yaml": "helmfiles: [a.yaml]\n", "a.yaml": "environments: {dev: {}}\n"}
    assert silent_files("helmfile.yaml", texts, files=texts.keys(), environment="default", read=()) == ()


@pytest.mark.parametrize(
    ("path", "environment", "theirs"),
    [
        ("clusters/eu/bootstrap/helmfile.yaml", "eu", "default"),
        ("bootstrap/helmfile.yaml", "default", "default"),
        ("eu/us/helmfile.yaml", "default", "default"),
    ],
)
def test_one_without_environments_is_of_the_cluster_whose_folder_it_lies_in(
    path: str, environment: str, theirs: str
) -> None:
    entry = HelmfileEntry(path=path, environments=(DEFAULT,))
    (found,) = helmfile_environments(entry, delivered=("eu", "us"))
    assert (found.name, found.name_for("helmfile"), found.read_from[0].path) == (environment, theirs, path)
    assert helmfile_remark(entry, delivered=("eu", "us")).text.endswith("of eu") is (environment == "eu")
