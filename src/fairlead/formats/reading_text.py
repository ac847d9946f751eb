"""What was read from a repository, for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource, TerraformSource
from fairlead.model.repository import Reading

_KINDS = {
    HelmSource: "Helm release",
    KustomizeSource: "kustomization",
    ManifestsSource: "folder of manifests",
    TerraformSource: "Terraform root",
}


def format_reading(reading: Reading) -> str:
    return "".join(f"{line}\n" for line in _lines(reading))


def _lines(reading: Reading) -> Iterator[str]:
    for remark in reading.remarks:
        place = f"{remark.location}: " if remark.location else ""
        yield f"{'·' if remark.is_sure else '?'} {place}{remark.text}"
    for name in reading.project.environments:
        components = [c for c in reading.project.components if c.is_in(name)]
        yield f"{name}: {_counted(components)}"


def _counted(components: list[Component]) -> str:
    counts = Counter(_KINDS.get(type(each.source), "component") for each in components)
    return ", ".join(_plural(count, kind) for kind, count in counts.most_common()) or "no component"


def _plural(count: int, kind: str) -> str:
    if count == 1:
        return f"1 {kind}"
    head, _, rest = kind.partition(" of ")
    return f"{count} {head}s of {rest}" if rest else f"{count} {kind}s"
