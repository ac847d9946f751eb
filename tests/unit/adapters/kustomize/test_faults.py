"""Messages of kustomize 5.8.1, as it printed them."""

from __future__ import annotations

import pytest

from fairlead.adapters.kustomize.faults import build_fault

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
