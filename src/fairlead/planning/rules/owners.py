"""Objects that two components of one environment have."""

from __future__ import annotations

from collections.abc import Iterator

from fairlead.formats.digests import fold_string_data
from fairlead.formats.json_data import as_map
from fairlead.model.environment import Delivery
from fairlead.model.finding import Finding, Severity
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.sharing import HINT, ONE_OWNER, why_not_shared


def _twice(one: JudgedObject, *, is_guessed: bool) -> Finding:
    """Forms of one application may lie in one folder, of which somebody applies one file."""
    return Finding(
        rule="object-twice",
        message=f"component {one.component} has it twice",
        hint="remove one, or name the files that are applied in a fairlead.yaml"
        if is_guessed
        else "remove one of the two",
        severity=Severity.WARNING if is_guessed else Severity.ERROR,
        ref=one.ref,
    )


_SELF_MANAGED = (".toolkit.fluxcd.io", "argoproj.io")
"""What a GitOps engine is started with by hand, and then takes from the repository itself."""
_ALIKE = ", alike: one of them applies it"
_SAY_WHICH = "say which of them are applied: `fairlead import` writes a file that lists them"


def check_owners(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """An error where the two differ, for then the last one to write wins, or where Helm would refuse one; else, and
    where nobody says that both are applied, a warning."""
    first: dict[ObjectRef, int] = {}
    for index, one in enumerate(scene.objects):
        if one.is_hook or one.is_open:
            continue
        seen = first.setdefault(one.ref, index)
        other = scene.objects[seen]
        if seen == index:
            continue
        if other.component == one.component:
            yield Judgement(
                index=index, finding=_twice(one, is_guessed=one.component in scene.guessed), path=("metadata", "name")
            )
            continue
        why = why_not_shared(
            is_alike=_as_applied(other) == _as_applied(one),
            has_release=other.is_release or one.is_release,
            delivery=scene.delivery,
        )
        if not why and one.ref.group.endswith(_SELF_MANAGED):
            continue
        alike = _ALIKE if scene.delivery is Delivery.PUSH else ""
        is_guessed = {other.component, one.component} <= set(scene.guessed)
        finding = Finding(
            rule=ONE_OWNER,
            message=f"components {other.component} and {one.component} both have it{why or alike}",
            hint=_SAY_WHICH if why and is_guessed else HINT,
            severity=Severity.ERROR if why and not is_guessed else Severity.WARNING,
            ref=one.ref,
        )
        yield Judgement(index=index, finding=finding, path=("metadata", "name"), other=seen)


def _as_applied(one: JudgedObject) -> Manifest:
    """Its manifest as the server takes it: how it says its namespace and its secret values makes no difference."""
    named = {**as_map(one.manifest.get("metadata")), "namespace": one.ref.namespace}
    return {**fold_string_data(one.manifest), "metadata": named}
