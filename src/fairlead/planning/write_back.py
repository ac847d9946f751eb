"""Where in somebody's files the value of a drifted field may come from, and whether a change of them is that one field.

A candidate is a guess: the text of one file, changed in one place. Only rendering decides, by `stray_change`: nothing
but the field may differ then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.data_edit import Edit, EditKind, said
from fairlead.formats.digests import is_secret
from fairlead.formats.field_paths import parts_of, value_at, without_value
from fairlead.formats.json_data import dig_text
from fairlead.formats.yaml.edit import edit_yaml, read_data
from fairlead.model.change import ABSENT
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.secret import SecretText
from fairlead.model.write_back import FoundField, Left
from fairlead.planning.field_diff import diff_fields

Parts = tuple[str | int, ...]
_MAPS: Final = ("annotations", "labels", "matchLabels", "nodeSelector", "data", "binaryData", "limits", "requests")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """*text* would be that of *file*; *how* names the place."""

    file: str
    text: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a file should make of one object: *before* is its rendered form as the files are."""

    target: ObjectRef
    before: Manifest
    field: FieldDrift

    @property
    def parts(self) -> Parts | None:
        return parts_for(self.before, self.field.path)


def sort_out(drifts: Iterable[Drift]) -> tuple[tuple[FoundField, ...], tuple[Left, ...]]:
    """The fields whose found value may be written into files, and why the rest may not be."""
    found: list[FoundField] = []
    left: list[Left] = []
    for drift in drifts:
        if drift.target is None or not drift.fields:
            left.append(Left(drift=drift, reason=_why_not_object(drift)))
            continue
        for field in drift.fields:
            if reason := _why_not_field(drift.target, field):
                left.append(Left(drift=drift, path=field.path, reason=reason))
            else:
                found.append(FoundField(drift=drift, target=drift.target, field=field))
    return tuple(found), tuple(left)


def _why_not_object(drift: Drift) -> str:
    match drift.kind:
        case DriftKind.DELETED:
            return "it is gone: remove it from the files yourself, or put it back with --revert"
        case DriftKind.RECREATED:
            return "every value is as the files say: put it back with --revert, which makes it ours again"
        case DriftKind.REVISION:
            return "a revision of helm's is no file: what differs in its objects is told apart"
        case _:
            return "it is no object, so that no manifest or value says it"


def _why_not_field(target: ObjectRef, field: FieldDrift) -> str:
    if field.kind is DriftKind.OWNERSHIP:
        return "its value is as the files say: take it back with --revert"
    if (target.kind == "Secret" and not target.group) or _is_hidden(field.wanted) or _is_hidden(field.found):
        return "a secret value is never written in clear: put it into an encrypted file yourself"
    if not field.path:
        return "the API server did not say which field it is"
    return ""


def _is_hidden(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_is_hidden, value.values()))
    return any(map(_is_hidden, value)) if isinstance(value, (list, tuple)) else isinstance(value, SecretText)


def parts_for(manifest: Any, path: str) -> Parts | None:
    """The keys and positions of *path* in *manifest*, where what it names may yet have to be made; None where the text
    of the path does not say which keys they are."""
    parts, rest = parts_of(manifest, path)
    if not rest:
        return parts
    holder = _at(manifest, parts)
    if isinstance(holder, list):
        return (*parts, len(holder)) if rest.startswith("[") and rest.endswith("]") else None
    names = rest.removeprefix(".").split(".")
    if not rest.startswith(".") or not isinstance(holder, Mapping):
        return None
    if parts and parts[-1] in _MAPS:
        return (*parts, rest[1:])
    for number, name in enumerate(names):
        if name in _MAPS and number + 1 < len(names):
            return (*parts, *names[: number + 1], ".".join(names[number + 1 :]))
    return (*parts, *names) if "[" not in rest else None


def _at(value: Any, parts: Parts) -> Any:
    for part in parts:
        value = value[part]
    return value


def edit_for(parts: Parts, field: FieldDrift, *, document: int = 0, prefix: Parts = ()) -> Edit:
    """What makes the found value of what is at *parts*."""
    kind = EditKind.REMOVE if field.found is ABSENT else EditKind.SET
    value = None if field.found is ABSENT else field.found
    return Edit(path=(*prefix, *parts), value=value, kind=kind, document=document)


def document_candidates(wish: Wish, files: Mapping[str, str], *, is_exact: bool = True) -> Iterator[Candidate | str]:
    """Changes of the documents in *files* that are the object, or (not *is_exact*) a patch of it or its origin under a
    shorter name; a text says why one that would be it cannot be changed."""
    for file, text in files.items():
        for number, data in enumerate(_documents(text, file)):
            for prefix, inner in _objects(data):
                if not _is_about(inner, wish.target, is_exact=is_exact):
                    continue
                parts, rest = parts_of(inner, wish.field.path)
                if rest and (is_exact or wish.field.found is ABSENT):
                    parts = parts_for(inner, wish.field.path) or ()
                elif rest:
                    continue
                if parts:
                    yield edited(file, text, edit_for(parts, wish.field, document=number, prefix=prefix))


def edited(file: str, text: str, edit: Edit) -> Candidate | str:
    """*text* after *edit*, or why it cannot be edited."""
    if _is_substituted(text, file, edit):
        return f"{said(edit.path)} in {file} holds a `${{…}}` that is filled in later"
    try:
        return Candidate(file=file, text=edit_yaml(text, [edit], file=file), how=said(edit.path))
    except InputError as err:
        return str(err)


def _is_substituted(text: str, file: str, edit: Edit) -> bool:
    value: Any = [*_documents(text, file), None][edit.document]
    for part in edit.path:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and int(part) < len(value)
        value = value[part] if inside else None
    return isinstance(value, str) and "${" in value and "\n" not in value


def _documents(text: str, file: str) -> tuple[Any, ...]:
    try:
        return read_data(text, file=file)
    except InputError:
        return ()


def _objects(data: Any) -> Iterator[tuple[Parts, Manifest]]:
    """The object of a document, or the items of its List."""
    if not isinstance(data, dict):
        return
    items = data.get("items")
    if isinstance(items, list) and str(data.get("kind", "")).endswith("List"):
        yield from ((("items", number), item) for number, item in enumerate(items) if isinstance(item, dict))
    else:
        yield (), data


def _is_about(data: Manifest, target: ObjectRef, *, is_exact: bool) -> bool:
    group = str(data.get("apiVersion", "")).rpartition("/")[0]
    name, namespace = dig_text(data, "metadata", "name"), dig_text(data, "metadata", "namespace")
    if data.get("kind") != target.kind or is_secret(data):
        return False
    if not is_exact:
        return not name or name in target.name
    return group == target.group and name == target.name and namespace in ("", target.namespace)


def stray_change(
    before: Mapping[ObjectRef, Manifest], after: Mapping[ObjectRef, Manifest], *, target: ObjectRef, field: FieldDrift
) -> str:
    """What else than the field of *target* differs, as a clause; empty where only it does and is as found."""
    for ref in dict.fromkeys((*before, *after)):
        if ref not in after or ref not in before:
            return f"{ref} would {'come' if ref in after else 'go'}"
        if ref != target and before[ref] != after[ref]:
            return f"{_first_path(before[ref], after[ref])} of {ref} would change, too"
    found = value_at(after[target], field.path)
    if found != field.found or isinstance(found, bool) is not isinstance(field.found, bool):
        return f"{field.path} would be {_shown(found)}" if found is not ABSENT else f"{field.path} would not be there"
    one, other = without_value(before[target], field.path), without_value(after[target], field.path)
    return "" if _pruned(one) == _pruned(other) else f"{_first_path(one, other)} would change, too"


def _pruned(value: Any) -> Any:
    """Without empty maps: one may be left of where the field was, or had to be made for it."""
    if isinstance(value, Mapping):
        kept = {key: _pruned(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item != {}}
    return [_pruned(item) for item in value] if isinstance(value, list) else value


def _first_path(before: Manifest, after: Manifest) -> str:
    return next((change.path for change in diff_fields(before, after)), "something")


def _shown(value: Any) -> str:
    return "another map or list" if isinstance(value, (Mapping, list)) else str(value)


def find_rendered(rendered: Mapping[ObjectRef, Manifest], target: ObjectRef) -> ObjectRef | None:
    """The rendered object that was deployed as *target*; its namespace may be filled in later."""
    if target in rendered:
        return target
    alike = [r for r in rendered if (r.group, r.kind, r.name) == (target.group, target.kind, target.name)]
    return alike[0] if len(alike) == 1 and not (alike[0].namespace and target.namespace) else None
