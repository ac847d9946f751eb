"""Merging of kubeconfig files; the same cases go through kubectl in tests/e2e/test_kube_config.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from fairlead.adapters.kube.kubeconfig import find_kubeconfigs, load_kubeconfig
from fairlead.model.errors import InputError
from unit.adapters.kube.kubeconfig_files import write_kubeconfig


def test_the_first_file_with_a_name_has_it_wholly(tmp_path: Path) -> None:
    first = write_kubeconfig(tmp_path / "a", users={"u": {"token": "a"}})
    second = write_kubeconfig(tmp_path / "b", users={"u": {"token": "b", "username": "x"}, "v": {"token": "v"}})
    users = load_kubeconfig([first, second]).users
    assert {name: dict(entry.values) for name, entry in users.items()} == {"u": {"token": "a"}, "v": {"token": "v"}}


def test_the_first_current_context_that_is_stated_wins(tmp_path: Path) -> None:
    files = [
        write_kubeconfig(tmp_path / name, current=current) for name, current in (("a", ""), ("b", "x"), ("c", "y"))
    ]
    assert load_kubeconfig(files).current_context == "x"


def test_kubeconfig_files_that_do_not_exist_are_passed_over(tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path / "a")
    variable = os.pathsep.join(["", str(tmp_path / "none"), str(file), str(file)])
    assert find_kubeconfigs(environ={"KUBECONFIG": variable}, home=tmp_path) == (file,)


def test_without_the_variable_the_home_folder_counts(tmp_path: Path) -> None:
    file = write_kubeconfig(tmp_path / ".kube" / "config")
    assert find_kubeconfigs(environ={}, home=tmp_path) == (file,)


def test_null_sections_and_an_empty_file_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("clusters: null\nusers:\n")
    (tmp_path / "b").write_text("")
    config = load_kubeconfig([tmp_path / "a", tmp_path / "b"])
    assert (config.clusters, config.users, config.contexts, config.current_context) == ({}, {}, {}, "")


def test_a_date_is_a_name(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("contexts: [{name: 2026-01-01, context: {}}, {name: =, context: {}}]\n")
    assert list(load_kubeconfig([tmp_path / "a"]).contexts) == ["2026-01-01", "="]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("clusters: [\n  {a: b", ":3:1: the kubeconfig is not YAML"),
        ("- a", ": the kubeconfig is not a mapping"),
        ("clusters: 1", ": clusters: expected a list, found a number"),
        ("clusters: [1]", ": clusters[0]: expected a mapping with a name"),
        ("clusters: [{name: 1}]", ": clusters[0].name: expected text, found a number"),
        ("users: [{name: a, user: x}]", ": users[a].user: expected a mapping, found text"),
        ("users: [{name: a}, {name: a}]", ": users[a]: the name is there twice in one file"),
        ("current-context: 5", ": current-context: expected text, found a number"),
        ("a: !!python/object:os.system {}", ":1:4: the kubeconfig is not YAML"),
    ],
)
def test_a_fault_names_file_and_key(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "config"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load_kubeconfig([file])
    assert str(caught.value) == f"{file}{said}"
