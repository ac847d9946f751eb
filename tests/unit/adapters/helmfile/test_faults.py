"""What helmfile 1.8.0 says on standard error, as it was seen, and what we make of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from fairlead.adapters.helmfile.faults import build_fault
from fairlead.model.finding import Severity

OFF = "HELMFILE_DISABLE_INSECURE_FEATURES or … is active, insecure function calls are disabled"
FILES = {
    "helmfile.yaml.gotmpl": "environments: {}\n---\nreleases:\n- name: {{ .Values.a.b }}\n  values: [gone.yaml]\n",
    "helmfile.yaml": "releases:\n- name: app\n  namespce: x\n",
    "sub/helmfile.yaml": "releases:\n- name: app\n",
}

SEEN = [
    (
        "in ./helmfile.yaml.gotmpl: error during helmfile.yaml.gotmpl.part.1 parsing: template: stringTemplate:2:17: "
        'executing "stringTemplate" at <.Values.a.b>: map has no entry for key "a"',
        "helmfile-template",
        "helmfile.yaml.gotmpl:4:18",
        'map has no entry for key "a" (at .Values.a.b)',
    ),
    (
        'in ./helmfile.yaml: in .helmfiles[0]: in sub/helmfile.yaml: failed to render values files "v.yaml.gotmpl": '
        'failed to render [v.yaml.gotmpl], because of template: stringTemplate:2:13: executing "stringTemplate" at '
        '<.Values.x.y>: map has no entry for key "x"',
        "helmfile-template",
        "sub/v.yaml.gotmpl:2:14",
        'map has no entry for key "x" (at .Values.x.y)',
    ),
    (
        'in ./helmfile.yaml.gotmpl: values file matching "gone.yaml" does not exist in "."',
        "helmfile-values-missing",
        "helmfile.yaml.gotmpl:5:1",
        "values file gone.yaml does not exist",
    ),
    (
        "in ./helmfile.yaml: failed to read helmfile.yaml: reading document at index 1. Started seeing this since "
        "Helmfile v1? Add the .gotmpl file extension: yaml: unmarshal errors:\n"
        "  line 3: field namespce not found in type state.ReleaseSpec",
        "helmfile-yaml",
        "helmfile.yaml:3:1",
        "a release has no field 'namespce'",
    ),
    (
        'in ./helmfile.yaml: failed to read helmfile.yaml: environment "nope" is not defined',
        "helmfile-environment",
        "helmfile.yaml",
        "the environment nope is not defined",
    ),
    (
        "in ./helmfile.yaml: in .helmfiles[0]: in sub/helmfile.yaml: Malformed label: a. Expected label in form k=v or "
        "k!=v",
        "helmfile-selector",
        "sub/helmfile.yaml",
        "bad selector: a. Expected label in form k=v or k!=v",
    ),
    (
        'in ./helmfile.yaml: duplicate release "app" found in namespace "x": there were 2 releases named "app" '
        "matching specified selector",
        "helmfile-duplicate",
        "helmfile.yaml:2:1",
        "the release app is there twice",
    ),
    (
        "in ./helmfile.yaml: something new",
        "helmfile-build",
        "helmfile.yaml",
        "helmfile cannot read helmfile.yaml: something new",
    ),
]

NOT_JUDGED = [
    (f'template: stringTemplate:1:3: executing "x" at <exec "ls">: error calling exec: {OFF}', "runs a command"),
    (f'template: stringTemplate:1:3: executing "x" at <readFile "a">: error calling readFile: {OFF}', "computed path"),
    ("in ./helmfile.yaml: HELMFILE_DISABLE_HOOKS is active, hooks are disabled", "hook"),
    ("error calling requiredEnv: required env var `TOKEN` is not set", "TOKEN"),
    ("remote sources are disabled due to 'HELMFILE_DISABLE_INSECURE_FEATURES'", "another machine"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize(("said", "rule", "place", "message"), SEEN)
def test_a_fault_has_its_class_and_its_place(root: Path, said: str, rule: str, place: str, message: str) -> None:
    fault = build_fault(said, file=said.partition(":")[0].removeprefix("in ./"), root=root)
    (finding,) = fault.findings
    assert (finding.rule, str(finding.location), finding.message) == (rule, place, message)
    assert finding.severity is Severity.ERROR


@pytest.mark.parametrize(("said", "words"), NOT_JUDGED)
def test_what_is_not_let_happen_is_no_fault_of_the_repository(root: Path, said: str, words: str) -> None:
    (finding,) = build_fault(said, file="helmfile.yaml", root=root).findings
    assert finding.rule == "helmfile-not-judged"
    assert finding.severity is Severity.WARNING
    assert words in finding.message
