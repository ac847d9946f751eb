"""What was seen while a repository was read and what was found in what that gave, without saying a thing twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fairlead.model.finding import Finding, Severity

_OF_A_BUILD = ("input", "not-yaml", "not-an-object")
"""Beside those of kustomizations: what a build that failed may be told as."""


def told_once(read: Sequence[Finding], found: Sequence[Finding]) -> Iterator[Finding]:
    """Those of *read* come first, with all that led to them. A component whose folder is not there cannot be built
    either; and where a kustomization was judged, its finding says more than the build that failed for it."""
    missing = {finding.component for finding in read if finding.rule == "flux-build"}
    judged = {f.component for f in found if _is_of_kustomize(f) and f.location and f.severity is Severity.ERROR}
    told = {(f.component, f.rule) for f in found}
    for finding in read:
        is_better_told = finding.component in judged and _is_of_build(finding)
        if not is_better_told and (finding.rule != "base-unresolved" or (finding.component, finding.rule) not in told):
            yield finding
    yield from (f for f in found if f.rule != "input" or f.component not in missing)


def _is_of_kustomize(finding: Finding) -> bool:
    return finding.rule.startswith("kustomize-")


def _is_of_build(finding: Finding) -> bool:
    return _is_of_kustomize(finding) or finding.rule in _OF_A_BUILD
