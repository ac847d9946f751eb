"""Charts of Argo CD that may change without a commit."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.objects import ref_of
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject
from fairlead.planning.rules.floating import check_charts


def told(kind: str, **spec: Any) -> list[str]:
    manifest = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": kind,
        "metadata": {"name": "shop", "namespace": "argocd"},
        "spec": spec,
    }
    one = JudgedObject(component="a", manifest=manifest, ref=ref_of(manifest))
    return [".".join(map(str, each.path)) for each in check_charts(EnvironmentObjects(objects=[one]))]


def chart(version: str, name: str = "web") -> dict[str, Any]:
    return {"repoURL": "https://charts.example.test", "chart": name, "targetRevision": version}


def template(*sources: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"source": sources[0]} if len(sources) == 1 else {"sources": list(sources)}}


def test_an_application() -> None:
    assert told("Application", source=chart("1.*")) == ["spec.source.targetRevision"]
    assert told("Application", source=chart("1.2.3")) == []


def test_the_template_of_a_set() -> None:
    place = "spec.template.spec.source.targetRevision"
    assert told("ApplicationSet", template=template(chart("1.*"))) == [place]
    assert told("ApplicationSet", template=template(chart(""))) == [place]
    assert told("ApplicationSet", template=template(chart("v1.2.3"))) == []
    two = template(chart("1.2.3"), chart("~1.2", "db"))
    assert told("ApplicationSet", template=two) == ["spec.template.spec.sources.1.targetRevision"]


@pytest.mark.parametrize("source", [chart("{{version}}"), chart("{{ .version }}.*"), chart("main", "{{ .chart }}")])
def test_what_a_template_leaves_open_is_not_judged(source: dict[str, Any]) -> None:
    """Without a chart, the source is a folder at a branch."""
    assert told("ApplicationSet", template=template(source)) == []


def test_what_something_else_of_the_set_may_say_is_not_judged() -> None:
    floating = template(chart("1.*"))
    own = {"list": {"elements": [], "template": template(chart("1.2.3"))}}
    assert told("ApplicationSet", generators=[own], template=floating) == []
    assert told("ApplicationSet", templatePatch="spec: {source: {targetRevision: 1.2.3}}", template=floating) == []
    beside: dict[str, Any] = {"generators": [{"list": {"elements": []}}], "templatePatch": "metadata: {labels: {a: b}}"}
    assert told("ApplicationSet", **beside, template=floating) == ["spec.template.spec.source.targetRevision"]
