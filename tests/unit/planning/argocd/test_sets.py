"""ApplicationSets: what each generator gives, in both languages of templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from fairlead.formats.argocd_objects import ArgoCluster, read_set
from fairlead.planning.argocd.generators import GeneratorGround
from fairlead.planning.argocd.sets import ExpandedSet, expand_set

FILES = {
    "apps/shop/config.json": {"name": "shop", "team": {"lead": "ada"}},
    "apps/blog/config.json": {"name": "blog", "team": {"lead": "bob"}},
    "apps/blog/deep/config.json": {"name": "deep", "team": {"lead": "eve"}},
}


def ground(clusters: Sequence[ArgoCluster] = ()) -> GeneratorGround:
    return GeneratorGround(
        folders=["apps", "apps/blog", "apps/blog/deep", "apps/shop", "envs", "envs/dev", "envs/prod"],
        files=sorted(FILES),
        read=lambda file: [FILES[file]],
        read_text=yaml.safe_load,
        is_own=lambda url: url == "own",
        clusters=clusters,
    )


def expanded(generators: list[Any], name: str, *, clusters: Sequence[ArgoCluster] = (), **spec: Any) -> ExpandedSet:
    template = {"metadata": {"name": name}, "spec": {"source": {"repoURL": "own", "path": "x"}}}
    manifest = {"kind": "ApplicationSet", "spec": {"generators": generators, "template": template, **spec}}
    return expand_set(read_set(manifest), ground(clusters))


def names(*arguments: Any, **spec: Any) -> list[str]:
    return [each.name for each in expanded(*arguments, **spec).applications]


def git(*folders: str, exclude: str = "") -> dict[str, Any]:
    chosen: list[dict[str, Any]] = [{"path": each} for each in folders]
    return {
        "git": {"repoURL": "own", "directories": [*chosen, *([{"path": exclude, "exclude": True}] if exclude else [])]}
    }


LIST = {"list": {"elements": [{"cluster": "dev", "n": 1}, {"cluster": "prod", "n": 2}]}}
FILE = {"git": {"repoURL": "own", "files": [{"path": "apps/*/config.json"}]}}


def test_list() -> None:
    assert names([LIST], "{{cluster}}-{{ n }}") == ["dev-1", "prod-2"]
    assert names([LIST], "{{.cluster}}-{{ .n }}", goTemplate=True) == ["dev-1", "prod-2"]


def test_a_place_without_a_parameter_stays() -> None:
    assert names([LIST], "{{gone}}-{{cluster}}") == ["{{gone}}-dev", "{{gone}}-prod"]


def test_directories() -> None:
    assert names([git("apps/*", exclude="apps/blog")], "{{path.basename}}-{{path[0]}}") == ["shop-apps"]
    assert names([git("apps/*")], "{{ index .path.segments 1 }}", goTemplate=True) == ["blog", "shop"]


def test_files() -> None:
    assert names([FILE], "{{name}}-{{team.lead}}-{{path.basename}}") == [
        "blog-bob-blog",
        "deep-eve-deep",
        "shop-ada-shop",
    ]
    assert names([FILE], "{{.team.lead}}-{{.path.filename}}", goTemplate=True)[0] == "bob-config.json"


def test_matrix_gives_what_went_before_to_the_next() -> None:
    inner = {"git": {"repoURL": "own", "directories": [{"path": "envs/{{cluster}}"}]}}
    assert names([{"matrix": {"generators": [LIST, inner]}}], "{{cluster}}-{{path}}") == [
        "dev-envs/dev",
        "prod-envs/prod",
    ]


def test_merge_overrides_what_has_the_same_key() -> None:
    over = {"list": {"elements": [{"cluster": "prod", "n": 9}, {"cluster": "none", "n": 0}]}}
    merged = {"merge": {"mergeKeys": ["cluster"], "generators": [LIST, over]}}
    assert names([merged], "{{cluster}}{{n}}") == ["dev1", "prod9"]


def test_a_selector_chooses_among_what_was_generated() -> None:
    assert names([{**LIST, "selector": {"matchLabels": {"cluster": "dev"}}}], "{{cluster}}") == ["dev"]
    expression = {"key": "cluster", "operator": "NotIn", "values": ["dev"]}
    assert names([{**LIST, "selector": {"matchExpressions": [expression]}}], "{{cluster}}") == ["prod"]


def test_clusters_that_nobody_declares_are_said() -> None:
    found = expanded([{"clusters": {"selector": {"matchLabels": {"env": "prod"}}}}], "{{name}}")
    assert found.applications == ()
    assert "clusters" in found.unknown[0]


def test_clusters_that_secrets_declare() -> None:
    clusters = [ArgoCluster(name="one", server="https://one", labels={"env": "prod"})]
    chosen = {"clusters": {"selector": {"matchLabels": {"env": "prod"}}, "values": {"tier": "{{name}}-1"}}}
    assert names([chosen], "{{name}}-{{metadata.labels.env}}-{{values.tier}}", clusters=clusters) == ["one-prod-one-1"]
    assert names([{"clusters": {}}], "{{name}}", clusters=clusters) == ["one", "in-cluster"]


def test_another_repository_and_other_systems_are_said() -> None:
    other = {"git": {"repoURL": "other", "directories": [{"path": "*"}]}}
    found = expanded([other, {"pullRequest": {}}], "x")
    assert found.applications == ()
    assert ["other" in found.unknown[0], "pullRequest" in found.unknown[1]] == [True, True]


def test_a_patch_of_the_template() -> None:
    patch = 'spec:\n  {{- if eq .cluster "prod" }}\n  source: {path: live}\n  {{- end }}\n  project: p\n'
    found = expanded([LIST], "{{.cluster}}", goTemplate=True, templatePatch=patch)
    assert [(a.sources[0].path, a.sources[0].url, a.project) for a in found.applications] == [
        ("x", "own", "p"),
        ("live", "own", "p"),
    ]


def test_a_template_that_is_not_understood_is_said() -> None:
    found = expanded([LIST], "{{ semver .cluster }}", goTemplate=True)
    assert found.applications == ()
    assert "semver" in found.unknown[0]
