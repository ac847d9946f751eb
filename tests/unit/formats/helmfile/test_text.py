"""helmfile's files by their lines alone."""

from __future__ import annotations

from textwrap import dedent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.helmfile.text import (
    MARK,
    declared_environments,
    is_state_text,
    line_in_file,
    line_of_release,
    named_paths,
    variables_in,
    with_marked_releases,
    without_hooks,
    without_remotes,
)

TEMPLATED = dedent("""\
    # environments: none
    environments:
      default:
      # a comment
        values: [a.yaml]
      {{- if .x }}
      "prod-eu":
        kubeContext: big
      {{- end }}
    ---
    releases: []
    """)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (TEMPLATED, ["default", "prod-eu"]),
        ("environments: {default: {}, prod: {values: [{a: 1}]}}\n---\nreleases: []\n", ["default", "prod"]),
        ("environments:\n  a: {}\nreleases: []\n---\nenvironments:\n  b: {}\n  a: {}\n", ["a", "b"]),
        ("releases: []\n", []),
        ("environments:\n", []),
    ],
)
def test_environments_are_found_also_between_templates(text: str, names: list[str]) -> None:
    assert [each.name for each in declared_environments(text)] == names


def test_the_context_of_an_environment_is_read_where_it_is_plain() -> None:
    (one,) = declared_environments("environments:\n  prod:\n    kubeContext: big\n")
    assert one.context == "big"


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        (
            "helmfiles:\n- path: a/b.yaml\n  selectors: [x=y]\n- c.yaml\n- path: d/*/helmfile.yaml\n",
            "a/b.yaml c.yaml d/*/helmfile.yaml",
        ),
        ("helmfiles: [one.yaml, {path: two.yaml}]\n", "one.yaml two.yaml"),
        ("helmfiles:\n- path: {{ .x }}\n- path: plain.yaml\n# - path: old.yaml\n", "plain.yaml"),
        ("bases:\n- other.yaml\n", ""),
        ("helmfiles:\n{{- range .l }}\n- path: apps/{{ . }}/helmfile.yaml\n{{- end }}\n", "apps/*/helmfile.yaml"),
        ('helmfiles:\n- "{{ .Environment.Name }}.yaml"\n- {{ toYaml .l }}\n', "*.yaml"),
    ],
)
def test_paths_of_nested_helmfiles_are_found_where_they_are_plain(text: str, paths: str) -> None:
    assert sorted(named_paths(text, "helmfiles")) == sorted(paths.split())


def test_hooks_of_a_state_become_comments_and_those_of_releases_stay() -> None:
    text = dedent("""\
        hooks:
        - events: [prepare]
          command: ./make.sh
        {{- if .x }}
        - events: [cleanup]
          command: "rm"
        {{- end }}
        releases:
        - name: a
          hooks: [{events: [presync], command: echo}]
        """)
    changed, hooks = without_hooks(text, file="helmfile.yaml.gotmpl")
    assert [(hook.command, hook.location.line) for hook in hooks] == [("./make.sh", 3), ("rm", 6)]
    assert changed.count("\n") == text.count("\n")
    plain = changed.replace("{{- if .x }}\n", "").replace("{{- end }}\n", "")
    assert yaml.safe_load(plain) == {"releases": [{"name": "a", "hooks": [{"events": ["presync"], "command": "echo"}]}]}


@given(st.lists(st.sampled_from(["releases: []", "  a: 1", "hooks:", "- x", "{{ end }}", "", "# c", "---"])))
def test_taking_hooks_out_keeps_every_line_in_its_place(lines: list[str]) -> None:
    text = "\n".join(lines)
    changed, _ = without_hooks(text, file="f")
    after = changed.split("\n")
    assert len(after) == len(text.split("\n"))
    assert all(new in (old, f"# {old}") for old, new in zip(text.split("\n"), after, strict=True))
    assert "hooks:" not in after


def test_a_marked_state_keeps_what_it_inherits_already() -> None:
    *_, part = yaml.safe_load_all(with_marked_releases("defaultInherit: [mine]\nreleases: []\n"))
    assert part == {"templates": {MARK: {"transformers": [MARK]}}, "defaultInherit": ["mine", MARK]}


def test_a_line_of_a_part_is_found_in_its_file() -> None:
    text = "a\nb\n---\nc\nd\n---\ne\n"
    lines = text.split("\n")
    assert [lines[line_in_file(text, part=part, line=line) - 1] for part, line in [(0, 2), (1, 1), (1, 2), (2, 1)]] == [
        *"bcde"
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("releases:\n- name: web\n", 2),
        ("releases:\n- {chart: x, name: 'web', namespace: y}\n", 2),
        ("releases:\n- name: web-old\n- name: web # new\n", 3),
        ("releases:\n- name: {{ .x }}\n", 0),
        ("repositories:\n- name: web\n\nreleases:\n- name: web\n", 5),
    ],
)
def test_the_line_of_a_release(text: str, line: int) -> None:
    assert line_of_release(text, "web") == line


def test_variables_are_those_that_templates_name() -> None:
    assert variables_in('a: {{ requiredEnv "A" }}{{ env `B_2` | default "c" }} env: X') == {"A", "B_2"}


@pytest.mark.parametrize(
    ("text", "is_state"), [("releases: []", True), ("x: 1\nbases:\n", True), ("  releases: 1", False)]
)
def test_a_state_is_known_by_its_keys(text: str, is_state: bool) -> None:
    assert is_state_text(text) is is_state


def test_a_name_that_a_template_makes_is_no_environment() -> None:
    text = "environments:\n  {{ .Environment.Name }}:\n    values:\n    - a.yaml\n"
    assert declared_environments(text) == ()
    text = "environments:\n{{ range $x }}\n  staging:\n    values: [a.yaml]\n{{ end }}\n"
    assert [each.name for each in declared_environments(text)] == ["staging"]


def test_helmfiles_on_other_machines_leave_empty_lines() -> None:
    text = dedent("""\
        helmfiles:
          - path: git::https://example.test/x.git@helmfile.yaml?ref=main
            values:
              - {{ toYaml .Values | nindent 8 }}
          {{- if .x }}
          - selectors: [a=b]
            path: 'https://example.test/helmfile.yaml'
          {{- end }}
          - path: here.yaml
            values: [https://example.test/values.yaml, {path: git::x}]
          - git::ssh://git@example.test/y.git@helmfile.yaml
        releases:
        - {name: git, chart: git::https://example.test/z}
        """)
    here, found = without_remotes(text, file="x")
    assert [(each.path.partition("?")[0], str(each.location)) for each in found] == [
        ("git::https://example.test/x.git@helmfile.yaml", "x:2:1"),
        ("https://example.test/helmfile.yaml", "x:6:1"),
        ("git::ssh://git@example.test/y.git@helmfile.yaml", "x:11:1"),
    ]
    lines = text.split("\n")
    assert here.split("\n") == ["" if at in (1, 2, 3, 5, 6, 10) else line for at, line in enumerate(lines)]


@given(
    st.lists(
        st.sampled_from(("helmfiles:", "- a.yaml", "  - path: git::x", "helmfiles: [a, b]", "  x: 1", "", "{{ end }}"))
    )
)
def test_taking_remote_helmfiles_out_keeps_every_line_in_its_place(lines: list[str]) -> None:
    here, _ = without_remotes("\n".join(lines), file="x")
    assert all(new in ("", old) for old, new in zip("\n".join(lines).split("\n"), here.split("\n"), strict=True))
