"""Which environment an Application is for, and what its project forbids."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.argocd_objects import ArgoApplication, read_application, read_project
from fairlead.planning.argocd.environments import environment_of, named_by_path, settle
from fairlead.planning.argocd.projects import check_projects


def application(name: str = "web", path: str = "x", **destination: str) -> ArgoApplication:
    spec = {
        "source": {"repoURL": "https://git.example.com/a/b", "path": path},
        "destination": destination,
        "project": "p",
    }
    return read_application({"metadata": {"name": name}, "spec": spec})


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("clusters/eu-1/apps", "eu-1"),
        ("overlays/production", "production"),
        ("apps/shop/envs/dev", "dev"),
        ("environments/stage/prod", "prod"),
        ("values/values-staging.yaml", "staging"),
        ("charts/web/prod-values.yaml", "prod"),
        ("argocd/production.yaml", "production"),
        ("overlays/base", ""),
        ("envs/*.yaml", ""),
        ("envs/$ARGOCD_APP_NAME/values.yaml", ""),
        ("envs/eu/*.yaml", "eu"),
        ("apps/product", ""),
        (".", ""),
    ],
)
def test_a_path_that_names_one(path: str, wanted: str) -> None:
    assert named_by_path(path) == wanted


@pytest.mark.parametrize(
    ("found", "entry", "wanted"),
    [
        (application(name="web", namespace="web"), "argocd/apps.yaml", ""),
        (application(name="web-dev"), "argocd/apps.yaml", "dev"),
        (application(path="overlays/qa"), "argocd/apps.yaml", "qa"),
        (application(path="overlays/qa"), "clusters/live-1/apps.yaml", "live-1"),
        (application(server="https://kubernetes.default.svc", namespace="shop-prod"), "apps.yaml", "prod"),
        (application(server="https://eu.example.com:6443"), "apps.yaml", "eu"),
    ],
)
def test_environment_of(found: ArgoApplication, entry: str, wanted: str) -> None:
    assert environment_of(found, entry=entry).name == wanted


def test_the_name_of_a_cluster_counts_first() -> None:
    spec: dict[str, Any] = {"destination": {"name": "eu"}, "source": {"path": "overlays/prod"}}
    found = environment_of(read_application({"metadata": {"name": "web"}, "spec": spec}), entry="apps.yaml")
    assert (found.name, found.is_sure) == ("eu", True)


def test_one_name_for_the_own_cluster_is_that_of_all() -> None:
    one, other, third = application(path="overlays/prod"), application(), application(path="overlays/dev")
    names = [guess.name for _, guess in settle((a, environment_of(a, entry="x")) for a in (one, other))]
    assert names == ["prod", "prod"]
    names = [guess.name for _, guess in settle((a, environment_of(a, entry="x")) for a in (one, other, third))]
    assert names == ["prod", "default", "dev"]


@pytest.mark.parametrize(
    ("sources", "destinations", "refused"),
    [
        (["*"], [{"server": "*", "namespace": "*"}], 0),
        (["https://git.example.com/a/*"], [{"server": "https://kubernetes.default.svc", "namespace": "web-*"}], 0),
        (["https://other.example.com/*"], [{"name": "in-cluster", "namespace": "web-1"}], 1),
        (["*", "!https://git.example.com/*"], [{"server": "*", "namespace": "other"}], 2),
        (["*"], [{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!web-1"}], 1),
    ],
)
def test_what_a_project_forbids(sources: list[str], destinations: list[dict[str, str]], refused: int) -> None:
    spec = {"sourceRepos": sources, "destinations": destinations}
    project = read_project({"metadata": {"name": "p"}, "spec": spec})
    found = check_projects([application(namespace="web-1")], {"p": project})
    assert [finding.rule for finding in found] == ["argocd-project-forbids"] * refused


def test_a_project_that_is_not_here_is_not_judged() -> None:
    assert check_projects([application()], {}) == ()


def test_an_environment_with_two_clusters_is_two() -> None:
    def guesses(*servers: str) -> list[str]:
        found = []
        for server in servers:
            spec = {"destination": {"server": server}, "source": {"path": "envs/production/web"}}
            found.append(read_application({"metadata": {"name": "web"}, "spec": spec}))
        return [guess.name for _, guess in settle((a, environment_of(a, entry="x")) for a in found)]

    east, west, own = "https://api.east.example.com:6443", "https://west.example.com", "https://kubernetes.default.svc"
    assert guesses(east, west, own) == ["production-east", "production-west", "production"]
    assert guesses(east, own, east) == ["production", "production", "production"]
