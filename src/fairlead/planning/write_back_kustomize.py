"""Which change of an overlay's files may give a field its found value: an entry of the kustomization, a patch, the
resource itself, else a new patch in the overlay. Files that others build from, too, are left alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fairlead.formats.data_edit import Edit, EditKind
from fairlead.formats.json_data import as_list, dig_text, maps_in
from fairlead.formats.kustomization import FILE_NAMES
from fairlead.formats.yaml.edit import edit_yaml, read_data
from fairlead.formats.yaml.text import dump_yaml
from fairlead.model.change import ABSENT
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass
from fairlead.planning.write_back import Candidate, Parts, Wish, document_candidates, edited


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay:
    """*folder* is where the build starts; *files* are the texts that it reads, and *shared* says of those that others
    read as well who these are."""

    folder: str
    files: Mapping[str, str]
    shared: Mapping[str, str]

    @property
    def own(self) -> Mapping[str, str]:
        return {file: text for file, text in self.files.items() if file not in self.shared}

    @property
    def kustomization(self) -> str:
        """Its file; empty where the folder has none."""
        top = "" if self.folder == "." else f"{self.folder}/"
        return next((f for name in FILE_NAMES if (f := f"{top}{name}") in self.files), "")


def kustomize_candidates(wish: Wish, overlay: Overlay) -> Iterator[Candidate | str]:
    """The likeliest first; a text says why something likely cannot be changed."""
    own = overlay.own
    kustomizations = {f: text for f, text in own.items() if f.rpartition("/")[2] in FILE_NAMES}
    for file, text in kustomizations.items():
        data = _first(text, file)
        yield from _fields(wish, file, text, data)
        yield from _inline_patches(wish, file, text, data)
    others = {f: text for f, text in own.items() if f not in kustomizations}
    patched = _patch_files(kustomizations)
    yield from _operations(wish, others)
    yield from document_candidates(wish, {f: t for f, t in others.items() if f in patched}, is_exact=False)
    yield from document_candidates(wish, {f: t for f, t in others.items() if f not in patched}, is_exact=False)
    yield from _new_patches(wish, overlay)


def _first(text: str, file: str) -> Mapping[str, Any]:
    try:
        data = next(iter(read_data(text, file=file)), None)
    except InputError:
        return {}
    return data if isinstance(data, dict) else {}


def _patch_files(kustomizations: Mapping[str, str]) -> set[str]:
    found: set[str] = set()
    for file, text in kustomizations.items():
        data, folder = _first(text, file), file.rpartition("/")[0]
        named = [str(each.get("path", "")) for each in maps_in(data.get("patches"))]
        named += [each for each in as_list(data.get("patchesStrategicMerge")) if isinstance(each, str)]
        found |= {_joined(folder, path) for path in named if path and "\n" not in path}
    return found


def _joined(folder: str, path: str) -> str:
    parts = folder.split("/") if folder else []
    for part in path.split("/"):
        if part == ".." and parts:
            parts.pop()
        elif part not in (".", ""):
            parts.append(part)
    return "/".join(parts)


def _fields(wish: Wish, file: str, text: str, data: Mapping[str, Any]) -> Iterator[Candidate | str]:
    """`images`, `replicas` and the literals of a ConfigMap's generator."""
    found = wish.field.found
    if wish.field.path == ".spec.replicas":
        for number, entry in enumerate(maps_in(data.get("replicas"))):
            if entry.get("name") and str(entry["name"]) in wish.target.name:
                yield edited(file, text, Edit(path=("replicas", number, "count"), value=found))
    if isinstance(found, str) and wish.field.path.endswith(".image"):
        for number, entry in enumerate(maps_in(data.get("images"))):
            yield from _image(file, text, number, entry, found)
    if wish.target.kind == "ConfigMap" and isinstance(found, str) and wish.field.path.startswith(".data."):
        key = wish.field.path.removeprefix(".data.")
        for number, entry in enumerate(maps_in(data.get("configMapGenerator"))):
            for place, literal in enumerate(as_list(entry.get("literals"))):
                if str(literal).startswith(f"{key}=") and "\n" not in found:
                    path = ("configMapGenerator", number, "literals", place)
                    yield edited(file, text, Edit(path=path, value=f"{key}={found}"))


def _image(file: str, text: str, number: int, entry: Mapping[str, Any], found: str) -> Iterator[Candidate | str]:
    name = dig_text(entry, "newName") or dig_text(entry, "name")
    rest = found.removeprefix(name) if found.startswith(name) else ""
    at = ("images", number)
    if rest.startswith("@"):
        yield edited(file, text, Edit(path=(*at, "digest"), value=rest[1:]))
    elif rest.startswith(":") and "@" not in rest:
        yield edited(file, text, Edit(path=(*at, "newTag"), value=rest[1:]))


def _inline_patches(wish: Wish, file: str, text: str, data: Mapping[str, Any]) -> Iterator[Candidate | str]:
    places: list[tuple[Parts, str]] = []
    for number, entry in enumerate(as_list(data.get("patches"))):
        if isinstance(entry, dict) and isinstance(entry.get("patch"), str):
            places.append((("patches", number, "patch"), entry["patch"]))
    for number, entry in enumerate(as_list(data.get("patchesStrategicMerge"))):
        if isinstance(entry, str) and "\n" in entry:
            places.append((("patchesStrategicMerge", number), entry))
    for place, inner in places:
        for change in (
            *_operations(wish, {file: inner}),
            *document_candidates(wish, {file: inner}, is_exact=False),
        ):
            if isinstance(change, str):
                yield change
            else:
                yield edited(file, text, Edit(path=place, value=change.text))


def _operations(wish: Wish, files: Mapping[str, str]) -> Iterator[Candidate | str]:
    """Values of JSON patches that have the field's place."""
    parts = wish.parts
    pointer = json_pointer(parts) if parts else ""
    for file, text in files.items():
        if pointer and pointer in text and wish.field.found is not ABSENT:
            for number, data in enumerate(_all(text, file)):
                for index, operation in enumerate(maps_in(data) if isinstance(data, list) else ()):
                    if operation.get("path") == pointer and operation.get("op") in ("add", "replace"):
                        path = (index, "value")
                        yield edited(file, text, Edit(path=path, value=wish.field.found, document=number))


def _all(text: str, file: str) -> tuple[Any, ...]:
    try:
        return read_data(text, file=file)
    except InputError:
        return ()


def json_pointer(parts: Parts) -> str:
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def _new_patches(wish: Wish, overlay: Overlay) -> Iterator[Candidate | str]:
    file = overlay.kustomization
    parts = wish.parts
    if not file or parts is None:
        yield f"{overlay.folder} has no kustomization that a patch could be written into"
        return
    if file in overlay.shared:
        yield f"{file} is also built by {overlay.shared[file]}, where the change would be made, too"
        return
    text = overlay.files[file]
    data = _first(text, file)
    if "patches" in data and not isinstance(data["patches"], list):
        yield f"{file}: patches is no list"
        return
    for name in _names(wish.target.name, data):
        yield from _new_patch(wish, parts, file, text, data, name)


def _names(name: str, kustomization: Mapping[str, Any]) -> tuple[str, ...]:
    """What the object may be called where the patch is laid on it: the overlay's prefix and suffix come after that."""
    bare = name.removeprefix(dig_text(kustomization, "namePrefix")).removesuffix(dig_text(kustomization, "nameSuffix"))
    return tuple(dict.fromkeys((name, bare)))


def _new_patch(
    wish: Wish, parts: Parts, file: str, text: str, data: Mapping[str, Any], name: str
) -> Iterator[Candidate | str]:
    operations = [_operation(wish, parts)]
    if operations[0]["op"] == "add":
        operations = _makers(wish, parts) + operations
    entries = as_list(data.get("patches"))
    target = {"kind": wish.target.kind, "name": name}
    for number, entry in enumerate(entries):
        if isinstance(entry, dict) and entry.get("target") == target and isinstance(entry.get("patch"), str):
            yield from _longer_patch(file, text, number, entry["patch"], operations)
    patch = {"target": target, "patch": dump_yaml(operations).removesuffix("\n")}
    path: Parts = ("patches", len(entries)) if entries else ("patches",)
    candidate = edited(file, text, Edit(path=path, value=patch if entries else [patch]))
    if isinstance(candidate, Candidate):
        yield Candidate(file=file, text=candidate.text, how="a new patch")
    else:
        yield candidate


def _longer_patch(
    file: str, text: str, number: int, patch: str, operations: list[dict[str, Any]]
) -> Iterator[Candidate | str]:
    data = _all(patch, file)
    if len(data) == 1 and isinstance(data[0], list):
        edits = [
            Edit(path=(len(data[0]) + index,), value=operation, kind=EditKind.SET)
            for index, operation in enumerate(operations)
        ]
        longer = edit_yaml(patch, edits, file=file)
        yield edited(file, text, Edit(path=("patches", number, "patch"), value=longer))


def _operation(wish: Wish, parts: Parts) -> dict[str, Any]:
    pointer = json_pointer(parts)
    if wish.field.found is ABSENT:
        return {"op": "remove", "path": pointer}
    return {"op": "replace" if _is_there(wish.before, parts) else "add", "path": pointer, "value": wish.field.found}


def _makers(wish: Wish, parts: Parts) -> list[dict[str, Any]]:
    """Operations for the maps on the way that are not there: JSON patches do not make them."""
    return [
        {"op": "add", "path": json_pointer(parts[:length]), "value": {}}
        for length in range(1, len(parts))
        if not _is_there(wish.before, parts[:length])
    ]


def _is_there(value: Any, parts: Parts) -> bool:
    for part in parts:
        inside = part in value if isinstance(value, dict) else isinstance(value, list) and int(part) < len(value)
        if not inside:
            return False
        value = value[part]
    return True
