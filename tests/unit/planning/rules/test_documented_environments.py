from __future__ import annotations

import pytest

from fairlead.planning.rules.documented_environments import check_documented, is_documentation

FOLDERS = frozenset({"clusters", "clusters/production", "clusters/staging", "docs", "overlays"})


def found(text: str) -> list[tuple[str, str]]:
    environments = ("staging", "production")
    listed = check_documented(text, file="README.md", environments=environments, folders=FOLDERS)
    return [(finding.message, finding.hint) for finding in listed]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("see `clusters/prod`", "clusters/prod is not there", "did you mean production?"),
        ("see ./clusters/qa/apps.", "clusters/qa is not there", "there are production, staging"),
        ("fairlead deploy -e prodution", "there is no environment prodution", "did you mean production?"),
        ("$ helmfile --environment=stage sync", "there is no environment stage", "did you mean staging?"),
    ],
)
def test_what_is_not_there_is_named_with_what_is_near(text: str, message: str, hint: str) -> None:
    assert found(text) == [(message, hint)]


@pytest.mark.parametrize(
    "text",
    [
        "clusters/production/apps",
        "path: ./clusters/staging",
        "clusters/my-cluster",
        "clusters/<name>, clusters/${ENV}, clusters/*, clusters/{environment}",
        "https://github.com/acme/fleet/tree/main/clusters/prod",
        "other/clusters/prod",
        "environments/prod is in another repository",
        "overlays/none: there is nothing in overlays",
        "helmfile -e staging apply",
        'helmfile -e "$ENVIRONMENT" apply',
        "sed -e prod file",
        "clusters/kustomization.yaml",
    ],
)
def test_nothing_is_said_of_what_is_there_or_meant_otherwise(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    ("file", "is_one"),
    [
        ("docs/a.md", True),
        (".github/workflows/ci.yaml", True),
        (".gitlab-ci.yml", True),
        ("Makefile", True),
        ("apps/a.yaml", False),
    ],
)
def test_what_people_and_ci_go_by(file: str, is_one: bool) -> None:
    assert is_documentation(file) is is_one
