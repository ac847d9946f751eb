"""What a patch of a kustomization is meant for, and whether there is such an object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig_text
from fairlead.formats.yaml.tree import parse_stream
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass
from fairlead.planning.kustomize.objects import BuiltObject, ObjectId, id_of, selected, with_id

_RENAMING: Final = ("/metadata/name", "/metadata/namespace", "/kind", "/apiVersion")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """*merges* are the objects that it names, each with whether it deletes them; None for a list of operations.
    *target* selects others in their place. With *renames* it may change what objects are called."""

    location: Location
    target: Mapping[str, Any] | None
    merges: tuple[tuple[ObjectId, bool], ...] | None = None
    renames: bool = False


def read_patch(text: str, *, file: str, location: Location, entry: Mapping[str, Any]) -> Patch | Finding:
    """*file* is where *text* stands on its own, empty where it is written in the kustomization, at *location*."""
    try:
        values = [(tree.value, tree.line) for tree in parse_stream(text, file=file, findings=[])]
    except InputError as err:
        place = err.location if file and err.location else location
        return Finding(
            rule="kustomize-not-yaml", message=f"the patch cannot be read: {err.message}", hint=err.hint, location=place
        )
    target = entry.get("target")
    renames = any(as_map(entry.get("options")).values())
    written = [value for value, _ in values if value is not None]
    if any(isinstance(value, list) for value in written):
        return _operations(written, location=location, target=target, renames=renames)
    place = Location(file, values[0][1], 1) if file and values else location
    ids = [id_of(as_map(value)) for value in written]
    if None in ids:
        return _invalid("it is neither an object with kind and metadata.name nor a list of operations", place)
    if target and len(ids) > 1:
        return _invalid("it has a target, and holds more than one document", place)
    deletes = [as_map(value).get("$patch") == "delete" for value in written]
    merges = tuple((each, is_delete) for each, is_delete in zip(ids, deletes, strict=True) if each)
    return Patch(location=place, target=as_map(target) if target else None, merges=merges, renames=renames)


def _operations(values: Sequence[object], *, location: Location, target: object, renames: bool) -> Patch | Finding:
    if len(values) > 1:
        return _invalid("it mixes lists of operations with something else", location)
    if not target:
        return Finding(
            rule="kustomize-patch-target",
            message="a list of operations must say its target",
            hint="add `target` with kind and name",
            location=location,
        )
    renaming = any(dig_text(each, "path").startswith(_RENAMING) for each in as_list(values[0]))
    return Patch(location=location, target=as_map(target), renames=renames or renaming)


def _invalid(why: str, location: Location) -> Finding:
    return Finding(rule="kustomize-patch-invalid", message=f"kustomize cannot use this patch: {why}", location=location)


def missing_source(entry: Mapping[str, Any], location: Location) -> Finding | None:
    """A fault where an entry of `patches` has none or both of its two sources."""
    given = [name for name in ("path", "patch") if entry.get(name)]
    if len(given) == 1:
        return None
    return _invalid("it has both `path` and `patch`" if given else "it has neither `path` nor `patch`", location)


def judge_patch(patch: Patch, objects: Sequence[BuiltObject]) -> Iterator[Finding]:
    """What is wrong with the target of *patch* among *objects*, which are all there are."""
    if patch.target is not None:
        if selected(objects, patch.target) == []:
            yield Finding(
                rule="kustomize-patch-target",
                message="the patch has no effect: its target selects no object",
                hint=_near_target(patch.target, objects),
                severity=Severity.WARNING,
                location=patch.location,
            )
        return
    gone: list[BuiltObject] = []
    for wanted, is_delete in patch.merges or ():
        found = [each for each in with_id(objects, wanted) if each not in gone]
        if len(found) != 1:
            yield _no_target(wanted, found, objects, patch.location)
        elif is_delete:
            gone += found


def after_patch(patch: Patch, objects: Sequence[BuiltObject]) -> list[BuiltObject]:
    """*objects* without those that *patch* deletes."""
    doomed = [wanted for wanted, is_delete in patch.merges or () if is_delete]
    if not doomed:
        return list(objects)
    gone = (selected(objects, patch.target) or []) if patch.target else [g for d in doomed for g in with_id(objects, d)]
    return [each for each in objects if each not in gone]


def _no_target(
    wanted: ObjectId, found: Sequence[BuiltObject], objects: Sequence[BuiltObject], location: Location
) -> Finding:
    if found:
        places = ", ".join(str(each.location) for each in found)
        message = f"the patch is for {wanted}, and more than one object was called so: {places}"
        return Finding(rule="kustomize-patch-target", message=message, hint="add a `target`", location=location)
    return Finding(
        rule="kustomize-patch-target",
        message=f"the patch is for {_with_version(wanted)}, which is not among the objects",
        hint=_near(wanted, objects),
        location=location,
    )


def _near(wanted: ObjectId, objects: Sequence[BuiltObject]) -> str:
    alike = [each for each in objects if (each.current.kind, each.current.name) == (wanted.kind, wanted.name)]
    if alike:
        return f"there is {_with_version(alike[0].current)}: version and namespace must agree"
    return _near_name(wanted.name, [each for each in objects if each.current.kind == wanted.kind])


def _near_target(target: Mapping[str, Any], objects: Sequence[BuiltObject]) -> str:
    kind = dig_text(target, "kind")
    return _near_name(dig_text(target, "name"), [each for each in objects if not kind or each.current.kind == kind])


def _near_name(name: str, objects: Sequence[BuiltObject]) -> str:
    close = get_close_matches(name, sorted({each.current.name for each in objects}), n=1)
    return f"did you mean {close[0]}?" if close else "correct its kind and name, or remove the patch"


def _with_version(wanted: ObjectId) -> str:
    version = f"{wanted.group}/{wanted.version}" if wanted.group else wanted.version
    return f"{wanted} ({version})"
