"""Messages of kustomize 5.8.1, as it printed them."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from fairlead.adapters.kustomize.faults import build_fault
from fairlead.model.finding import Location

DESCENT = (
    "Error: accumulating resources: accumulation err='accumulating resources from '../b': '/work/b' must resolve to a "
    "file': recursed accumulation of path '/work/b': "
)


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        (
            f"# Warning: 'bases' is deprecated.\n{DESCENT}remove operation does not apply: doc is missing path",
            "b: the kustomization does not build: remove operation does not apply: doc is missing path",
        ),
        (
            f"{DESCENT}accumulating resources: accumulation err='accumulating resources from '../c': '/work/c' must "
            "resolve to a file': recursed accumulation of path '/work/c': no matches for Id\n  Pod",
            "c: the kustomization does not build: no matches for Id Pod",
        ),
        (
            f"{DESCENT}accumulating resources: accumulation err='accumulating resources from 'a.yaml': missing "
            "metadata.name in object {{v1 ConfigMap} {{ } map[] map[]}}': must build at directory: '/work/b/a.yaml': "
            "file is not directory",
            "b/a.yaml: missing metadata.name",
        ),
        (
            f"{DESCENT}accumulating resources: accumulating resources from 'x.yaml': MalformedYAMLError: yaml: line 3: "
            "did not find expected node content in File: x.yaml",
            "b/x.yaml:3:1: no YAML: did not find expected node content",
        ),
        (
            "Error: accumulating resources: accumulation err='accumulating resources from '../x.yaml': security; file "
            "'/work/x.yaml' is not in or below '/work/app'': must build at directory: '/work/x.yaml': file is not "
            "directory",
            "x.yaml lies outside app, whose kustomization names it",
        ),
        (
            # Of a folder without a kustomization: one is laid over it.
            "Error: accumulating resources: accumulating resources from '../../home/cache/../../work/app/x.yaml': "
            "MalformedYAMLError: yaml: mapping values are not allowed in this context in File: "
            "../../../work/app/x.yaml",
            "app/x.yaml:1:1: no YAML: mapping values are not allowed in this context",
        ),
        ('Error: invalid Kustomization: json: unknown field "nope"', "app: a kustomization has no field 'nope'"),
        (
            "Error: accumulating components: accumulateDirectory: \"recursed accumulation of path '/work/c': "
            'no resource matches strategic merge patch \\"Pod\\""',
            'c: the kustomization does not build: no resource matches strategic merge patch "Pod"',
        ),
        (
            "Error: accumulating components: accumulateDirectory: \"expected kind 'Component' for path '/work/c' "
            "but got 'Kustomization'\"",
            "app: the kustomization does not build: expected kind 'Component' for path 'c' but got 'Kustomization'",
        ),
    ],
)
def test_the_innermost_cause_is_one_sentence(stderr: str, message: str) -> None:
    fault = build_fault(stderr, overlay="app", root="/work")
    assert str(fault) == message
    assert fault.hint


PATCH = "- op: add\n  path: /spec/a\n- {op: replace, value: 1}\n- op: replace\n  path: /spec/b/3/image\n"
MISSING = "Error: replace operation does not apply: doc is missing path: /spec/b/3/image: missing value"


@pytest.mark.parametrize("is_inline", [True, False])
@pytest.mark.parametrize(("stderr", "line"), [(MISSING, 5), ("Error: Unexpected kind: add", 1)])
def test_an_operation_that_does_not_apply_is_told_at_its_line(
    tmp_path: Path, stderr: str, line: int, is_inline: bool
) -> None:
    if is_inline:
        text = "patches:\n- target: {kind: Pod}\n  patch: |\n" + textwrap.indent(PATCH, "    ")
    else:
        text = "patches:\n- target: {kind: Pod}\n  path: fix.yaml\n"
        (tmp_path / "fix.yaml").write_text(PATCH)
    (tmp_path / "kustomization.yaml").write_text(text)
    place = build_fault(stderr, overlay=".", root=str(tmp_path)).location
    assert place
    assert (place.file, place.line) == (("kustomization.yaml", line + 3) if is_inline else ("fix.yaml", line))
    (tmp_path / "kustomization.yaml").write_text(text + "# again\n- op: add\n  path: /spec/b/3/image\n")
    assert build_fault(stderr, overlay=".", root=str(tmp_path)).location == Location("kustomization.yaml")


def test_a_merge_conflict_that_kustomize_stumbles_over_is_called_one(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other\n")
    stderr = "Error: accumulating resources: MalformedYAMLError: yaml: line 3: could not find ':' in File: x.yaml"
    fault = build_fault(stderr, overlay=".", root=str(tmp_path))
    assert (str(fault.location), fault.message) == ("x.yaml:2:1", "a merge conflict is left here")
