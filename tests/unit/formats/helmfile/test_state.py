"""What `helmfile build` prints."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.helmfile.state import HelmfileRelease, parse_states, typed_value

BUILT = """\
---
#  Source: /p/sub/helmfile.yaml

filepath: helmfile.yaml
releases:
  - chart: ../charts/app
    name: one
    namespace: n
    labels:
      tier: front
    transformers:
      - fairlead-evaluates-only
    values:
      - a: |
          ---
          #  Source: /no/state
templates: {}
renderedvalues: {}
---
#  Source: /p/p/helmfile.d/a.yaml

filepath: /p/helmfile.d/a.yaml
helmDefaults:
  timeout: 300
  skipCRDs: true
repositories:
  - name: foo
    url: https://charts.example.test/foo/
  - name: oc
    url: registry.example.test/charts
    oci: true
releases: []
renderedvalues: {}
"""


def release(text: str, values: str = "{}") -> HelmfileRelease:
    state = f"---\n#  Source: /p/helmfile.yaml\nreleases: [{text}]\nrenderedvalues: {values}\n"
    return parse_states(state)[0].releases[0]


def test_each_state_has_its_file() -> None:
    assert [state.file for state in parse_states(BUILT)] == ["/p/sub/helmfile.yaml", "/p/helmfile.d/a.yaml"]


def test_our_own_mark_is_no_change_of_the_release() -> None:
    assert parse_states(BUILT)[0].releases[0].changed_by == ()
    assert release("{name: a, transformers: [{x: 1}, fairlead-evaluates-only]}").changed_by == ("transformers",)


def test_registries_are_told_from_repositories() -> None:
    assert parse_states(BUILT)[1].repositories == {
        "foo": "https://charts.example.test/foo",
        "oc": "oci://registry.example.test/charts",
    }


@pytest.mark.parametrize(
    ("written", "values", "reason"),
    [
        ("installed: false", "{}", "`installed` is false"),
        ("installed: true", "{}", ""),
        ("condition: x.enabled", "{x: {enabled: true}}", ""),
        ("condition: x.enabled", "{x: {enabled: false}}", "its condition x.enabled does not hold"),
        ("condition: x.enabled", "{x: {}}", "its condition x.enabled does not hold"),
        ("condition: 'True'", "{}", ""),
        ("condition: 'false'", "{}", "its condition false does not hold"),
    ],
)
def test_a_release_says_why_it_is_not_there(written: str, values: str, reason: str) -> None:
    assert release(f"{{name: a, {written}}}", values).why_not == reason


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("0", 0),
        ("007", "007"),
        ("1.5", "1.5"),
        ("TRUE", True),
        ("null", None),
        ("a\\.b\\\\c", "a.b\\c"),
        ("a,b={c}", "a,b={c}"),
    ],
)
def test_values_are_typed_as_helm_does(text: str, value: Any) -> None:
    assert typed_value(text) == value
    assert type(typed_value(text)) is type(value)


def test_set_strings_come_last_and_an_empty_value_is_none() -> None:
    found = release(
        "{name: a, setString: [{name: x, value: '1'}], set: [{name: x, value: '2'}, {name: y, value: ''}, "
        "{name: z, values: ['1', {a: b}]}, {name: f, file: t.txt}]}"
    )
    assert found.sets == {"x": "1", "z": [1, {"a": "b"}]}
    assert found.set_files == {"f": "t.txt"}


def test_no_state_is_no_fault() -> None:
    assert parse_states("") == ()


def test_a_condition_that_is_encrypted_may_hold() -> None:
    values = "{a: {enabled: 'ENC[AES256_GCM,data:x,type:bool]'}}"
    assert release("{name: a, condition: a.enabled}", values).why_not == ""
