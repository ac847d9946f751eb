"""What was read from a repository, for a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from fairlead.model.component import Component, HelmSource, KustomizeSource, ManifestsSource, TerraformSource
from fairlead.model.repository import Reading, Remark

_KINDS = {
    HelmSource: "Helm release",
    KustomizeSource: "kustomization",
    ManifestsSource: "folder of manifests",
    TerraformSource: "Terraform root",
}


_NAMED: Final = 5
"""Of how many things it is named that the same is said of them as of the first."""


def format_reading(reading: Reading) -> str:
    return "".join(f"{line}\n" for line in _lines(reading))


def _lines(reading: Reading) -> Iterator[str]:
    alike: dict[tuple[object, ...], list[Remark]] = {}
    for number, remark in enumerate(reading.remarks):
        alike.setdefault((remark.text, remark.is_sure, "" if remark.of else number), []).append(remark)
    for remarks in alike.values():
        yield from _remark_lines(*remarks)
    for name in reading.project.environments:
        components = [c for c in reading.project.components if c.is_in(name)]
        yield f"{name}: {_counted(components)}"


def _remark_lines(first: Remark, *others: Remark) -> Iterator[str]:
    """*first*, and of what else the same is said."""
    place = f"{first.location}: " if first.location else ""
    yield f"{'·' if first.is_sure else '?'} {place}{' '.join(filter(None, (first.of, first.text)))}"
    if others:
        more = f" and {len(others) - _NAMED} more: -o json names them" if len(others) > _NAMED else ""
        names = (each.of if each.of != first.of else f"{each.of} at {each.location}" for each in others[:_NAMED])
        yield f"    the same of {', '.join(names)}{more}"


def _counted(components: list[Component]) -> str:
    counts = Counter(_KINDS.get(type(each.source), "component") for each in components)
    return ", ".join(_plural(count, kind) for kind, count in counts.most_common()) or "no component"


def _plural(count: int, kind: str) -> str:
    if count == 1:
        return f"1 {kind}"
    head, _, rest = kind.partition(" of ")
    return f"{count} {head}s of {rest}" if rest else f"{count} {kind}s"
