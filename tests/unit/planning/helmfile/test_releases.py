"""A release of a helmfile as a component."""

from __future__ import annotations

import pytest

from fairlead.formats.helmfile.state import parse_states
from fairlead.model.component import HelmSource
from fairlead.model.errors import InputError
from fairlead.planning.helmfile.releases import (
    NotJudged,
    PlacedRelease,
    chart_of,
    component_names,
    find_needs,
    place,
    values_of,
)

FILES = frozenset({"charts/app/Chart.yaml", "plain/a.yaml", "packed/app.tgz"})
FOLDERS = frozenset({".", "charts", "charts/app", "plain", "packed"})


def placed(*releases: str) -> tuple[PlacedRelease, ...]:
    text = (
        "---\n#  Source: /p/deploy/helmfile.yaml\nfilepath: helmfile.yaml\n"
        "repositories: [{name: foo, url: https://charts.example.test}]\n"
        f"releases: [{', '.join(releases)}]\n"
    )
    return place(parse_states(text), root="/p")


def chart(written: str) -> HelmSource:
    return chart_of(placed(written)[0], files=FILES, folders=FOLDERS)


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("{name: a, chart: ../charts/app}", HelmSource(chart="charts/app")),
        ("{name: a, chart: ../packed/app.tgz}", HelmSource(chart="packed/app.tgz")),
        (
            "{name: a, chart: foo/bar, version: 1.2.3}",
            HelmSource(chart="bar", repository="https://charts.example.test", version="1.2.3"),
        ),
        (
            "{name: a, chart: 'oci://registry.example.test/x/bar', version: ^1}",
            HelmSource(chart="bar", repository="oci://registry.example.test/x", version="^1"),
        ),
        ("{name: a, chart: foo/bar}", HelmSource(chart="bar", repository="https://charts.example.test", version="*")),
    ],
)
def test_the_chart_of_a_release(written: str, source: HelmSource) -> None:
    assert chart(written) == source


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("{name: a, chart: nobody/bar}", "neither a folder nor of a repository"),
        ("{name: a, chart: ../charts/nope}", "does not exist"),
    ],
)
def test_a_chart_that_is_not_there_is_a_fault(written: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        chart(written)
    assert not isinstance(caught.value, NotJudged)


@pytest.mark.parametrize(
    "written",
    [
        "{name: a, chart: ../charts/app, jsonPatches: [{target: {}}]}",
        "{name: a, chart: ../charts/app, postRenderer: ./x}",
        "{name: a, chart: ../plain}",
        "{name: a, chart: 'git::https://git.example.test/x@y?ref=z'}",
    ],
)
def test_what_helmfile_does_by_its_own_means_is_not_judged(written: str) -> None:
    with pytest.raises(NotJudged):
        chart(written)


def test_values_lie_in_helms_order() -> None:
    (one,) = placed(
        "{name: a, values: [{x: {a: 1, b: 1}, gone: 1}, {x: {b: 2}, gone: null}], set: [{name: x.c, value: '3'}, "
        "{name: 'k\\.d', value: v}], setString: [{name: x.b, value: '4'}]}"
    )
    assert values_of(one.release, files={"t": "text"}) == {
        "x": {"a": 1, "b": "4", "c": 3},
        "gone": None,
        "k.d": "v",
        "t": "text",
    }


@pytest.mark.parametrize(
    "value", ["ref+vault://a/b#c", "secretref+awsssm://x", "ENC[AES256_GCM,data:x]", "a ENC[AES256_GCM,x"]
)
def test_values_that_lie_elsewhere_are_not_judged(value: str) -> None:
    (one,) = placed(f"{{name: a, values: [{{x: [{{key: '{value}'}}]}}]}}")
    with pytest.raises(NotJudged, match=r"x\[0\]\.key"):
        values_of(one.release, files={})


def test_what_is_set_above_a_secret_is_not_judged() -> None:
    (one,) = placed("{name: a, set: [{name: db.password, value: x}], secrets: [{db: {password: ENC}, sops: {mac: x}}]}")
    with pytest.raises(NotJudged, match=r"db\.password"):
        values_of(one.release, files={})


def test_needs_are_found_in_other_namespaces_and_missing_ones_told() -> None:
    releases = placed(
        "{name: web, namespace: a, needs: [b/web, ctx/b/db, c/none]}",
        "{name: web, namespace: b}",
        "{name: db, namespace: b}",
    )
    names = component_names(releases)
    assert list(names.values()) == ["web", "web-b", "db"]
    assert find_needs(releases[0], names) == (("web-b", "db"), ("c/none",))
