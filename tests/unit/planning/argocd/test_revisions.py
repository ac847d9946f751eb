"""Which sources of Applications are told to move, and which may stand still."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.argocd_objects import ArgoApplication, read_application
from fairlead.model.finding import Location, Severity
from fairlead.planning.argocd.places import ArgoTree
from fairlead.planning.argocd.revisions import check_revisions

OWN = "https://git.example.com/acme/platform"
OTHER = "https://git.example.com/other/charts"
TREE = ArgoTree(files=frozenset(), folders=frozenset({"."}), own=frozenset({"git.example.com/acme/platform"}))


def application(*sources: dict[str, Any], name: str = "web", line: int = 1) -> ArgoApplication:
    manifest = {"metadata": {"name": name}, "spec": {"sources": list(sources)}}
    return read_application(manifest, location=Location("apps/web.yaml", line, 1))


def told(*sources: dict[str, Any], tree: ArgoTree = TREE) -> list[str]:
    return [each.message for each in check_revisions([application(*sources)], tree)]


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        (None, "at the newest commit"),
        ("", "at the newest commit"),
        ("HEAD", "at the newest commit"),
        ("main", "at main, which moves"),
        ("feature/pages", "at feature/pages, which moves"),
        ("refs/heads/v1", "at the branch v1"),
        ("1.*", "in the range 1.*"),
        (">=1.2.0 <2", "in the range >=1.2.0 <2"),
        ("v1.x", "in the range v1.x"),
    ],
)
def test_what_moves_in_another_repository_is_told(revision: str | None, said: str) -> None:
    assert told({"repoURL": OTHER, "path": "shop", "targetRevision": revision}) == [
        f"takes shop from {OTHER} {said}: another repository changes it"
    ]


@pytest.mark.parametrize(
    "revision", ["v1.2.0", "1.2", "release-1.2", "refs/tags/latest", "deadbeef", "0a" * 20, 2, "{{ .revision }}"]
)
def test_what_may_stand_still_is_not_told(revision: object) -> None:
    assert told({"repoURL": OTHER, "path": "shop", "targetRevision": revision}) == []


@pytest.mark.parametrize(
    "source",
    [
        {"repoURL": f"{OWN}.git", "path": "shop", "targetRevision": "main"},
        {"repoURL": OTHER, "chart": "shop", "targetRevision": "1.*"},
        {"repoURL": "oci://registry.example.com/charts/shop", "targetRevision": "1.*"},
        {"repoURL": "{{ .metadata.annotations.url }}", "path": "shop"},
        {"path": "shop"},
    ],
)
def test_this_repository_charts_and_what_is_not_known_are_not_told(source: dict[str, Any]) -> None:
    assert told(source) == []


def test_nothing_is_told_where_this_repository_is_not_known() -> None:
    assert told({"repoURL": OTHER, "path": "shop"}, tree=ArgoTree(files=frozenset(), folders=frozenset())) == []


def test_files_of_values_count_too() -> None:
    assert told({"repoURL": OTHER, "ref": "values", "targetRevision": "HEAD"}) == [
        f"takes values from {OTHER} at the newest commit: another repository changes it"
    ]


def test_one_place_is_told_once() -> None:
    source = {"repoURL": OTHER, "path": "shop"}
    made = [application(source, name=name) for name in ("shop-a", "shop-b")]
    (finding,) = check_revisions(made, TREE)
    assert (finding.rule, finding.severity) == ("argocd-floating-revision", Severity.WARNING)
