"""Objects that two components of one environment have."""

from __future__ import annotations

from collections.abc import Iterator

from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement


def _twice(one: JudgedObject) -> Finding:
    message = f"component {one.component} has it twice"
    return Finding(rule="object-twice", message=message, hint="remove one of the two", ref=one.ref)


_SELF_MANAGED = (".toolkit.fluxcd.io", "argoproj.io")
"""What a GitOps engine is started with by hand, and then takes from the repository itself."""
_HINT = "one object belongs to one component: remove it from one of them"


def check_owners(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """An error where the two differ, for then the last one to write wins; a warning where they are alike, for then
    whoever removes its own takes it from the other."""
    first: dict[ObjectRef, int] = {}
    for index, one in enumerate(scene.objects):
        if one.is_hook or one.is_open:
            continue
        seen = first.setdefault(one.ref, index)
        other = scene.objects[seen]
        if seen == index:
            continue
        if other.component == one.component:
            yield Judgement(index=index, finding=_twice(one), path=("metadata", "name"))
            continue
        is_alike = other.manifest == one.manifest
        if is_alike and one.ref.group.endswith(_SELF_MANAGED):
            continue
        differ = "" if is_alike else ", and differ"
        finding = Finding(
            rule="one-owner",
            message=f"components {other.component} and {one.component} both have it{differ}",
            hint=_HINT,
            severity=Severity.WARNING if is_alike else Severity.ERROR,
            ref=one.ref,
        )
        yield Judgement(index=index, finding=finding, path=("metadata", "name"))
