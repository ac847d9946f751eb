"""kustomize's standard error -> InputError: the innermost cause, paths as the project has them, the line of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from fairlead.formats.kustomization import FILE_NAMES
from fairlead.formats.kustomize_references import find_references, is_inline
from fairlead.formats.manifests import read_documents
from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_BUILD: Final = "kustomize-build"
_ERROR: Final = re.compile(r"^Error: ", re.MULTILINE)
_DESCENT: Final = re.compile(r"recursed (?:accumulation|merging) (?:of|from) path '(?P<folder>[^']*)': ")
_STAGE: Final = re.compile(r"\A(?:accumulating (?:resources|components): |accumulateDirectory: |loader\.New )+\"?")
_RESTRICTED: Final = re.compile(r"security; file '(?P<file>[^']+)' is not in or below '(?P<folder>[^']+)'")
_MALFORMED: Final = re.compile(r"yaml: (?:line (?P<line>\d+): )?(?P<why>.+?) in File: (?P<file>\S+)")
_UNKNOWN_FIELD: Final = re.compile(r'unknown field "(?P<field>[^"]+)"')
# A file that is no object is tried as a folder, too, and what kustomize says about that comes last.
_BAD_FILE: Final = re.compile(
    r"accumulating resources from '[^']+': (?P<why>[^']+?)(?: in object \{\{[^']*)?': "
    r"must build at directory: '(?P<file>[^']+)': file is not directory"
)
_OPERATION: Final = re.compile(
    r"Unexpected kind: (?P<op>\S+)|operation does not apply: [^/]*?(?P<path>/[^\s:]+)(?=: missing value|\Z|:)"
)
_CYCLE: Final = re.compile(r"cycle detected: candidate root '(?P<base>[^']+)' contains visited root '(?P<root>[^']+)'")


def build_fault(stderr: str, *, overlay: str, root: str) -> InputError:
    """Why the build of *overlay* failed; absolute paths below *root* are shortened."""
    found = _ERROR.search(stderr)
    message = (stderr[found.end() :] if found else stderr).strip().replace('\\"', '"')
    # A kustomization that is laid over the folder names what it builds from where it lies itself.
    message = re.sub(rf"(?:\.\./)*\.\.{re.escape(root)}/", "", message)
    message = message.replace(f"{root}/", "").replace(root, ".")
    folder, cause = overlay, message
    for descent in _DESCENT.finditer(message):
        folder, cause = descent["folder"], message[descent.end() :]
    for pattern, make in _READERS:
        if match := pattern.search(cause):
            return _in_our_words(make(match, folder), root)
    cause = _STAGE.sub("", cause)
    cause = cause.removesuffix('"') if cause.count('"') % 2 else cause
    return InputError(
        f"the kustomization does not build: {' '.join(cause.split())}",
        hint="try `kustomize build` on that folder alone",
        location=_operation_in(folder, root, cause) or Location(_kustomization_in(folder, root)),
        rule=_BUILD,
    )


def _in_our_words(fault: InputError, root: str) -> InputError:
    """What our own reader says of a file that kustomize cannot read: it knows merge conflicts and columns."""
    place = fault.location
    if fault.rule == "not-yaml" and place:
        try:
            read_documents((Path(root) / place.file).read_text(), file=place.file)
        except InputError as own:
            return own
        except (OSError, UnicodeDecodeError):
            pass
    return fault


def _operation_in(folder: str, root: str, cause: str) -> Location | None:
    """Where the operation of a patch stands that *cause* tells of: in the kustomization, or in a file that it names."""
    match = _OPERATION.search(cause)
    if match is None:
        return None
    key, value = ("op", match["op"]) if match["op"] else ("path", match["path"])
    line = re.compile(rf"^(?P<before>\W*){key}[\"']?:\s*[\"']?{re.escape(value)}[\"']?\s*,?$", re.MULTILINE)
    kustomization = _kustomization_in(folder, root)
    files = (kustomization, *_patches_in(kustomization, root))
    found = [(file, text, at) for file in files for text in (_text(file, root),) for at in line.finditer(text)]
    if len(found) != 1:
        return None
    file, text, at = found[0]
    start = at.end("before")
    return Location(file, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))


def _patches_in(kustomization: str, root: str) -> Iterator[str]:
    try:
        documents = read_documents(_text(kustomization, root), file=kustomization).documents
    except InputError:
        return
    for reference in find_references(documents[0].data) if documents else ():
        if reference.field.startswith("patches") and not is_inline(reference.path):
            yield os.path.normpath(Path(kustomization).parent / reference.path)


def _text(file: str, root: str) -> str:
    try:
        return (Path(root) / file).read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _kustomization_in(folder: str, root: str) -> str:
    names = (os.path.normpath(f"{folder}/{name}") for name in FILE_NAMES)
    return next((name for name in names if (Path(root) / name).is_file()), folder)


def _restricted(match: re.Match[str], _: str) -> InputError:
    return InputError(
        f"{match['file']} lies outside {match['folder']}, whose kustomization names it",
        hint="move the file, or make its folder a kustomization of its own: folders may be named from anywhere",
        rule="kustomize-outside-root",
    )


def _malformed(match: re.Match[str], folder: str) -> InputError:
    file = match["file"] if match["file"].startswith(f"{folder}/") else f"{folder}/{match['file']}"
    location = Location(os.path.normpath(file), int(match["line"] or 1), 1)
    return InputError(f"no YAML: {match['why']}", hint="correct the file", location=location, rule="not-yaml")


def _bad_file(match: re.Match[str], _: str) -> InputError:
    hint = "an object has apiVersion, kind and metadata.name, and stands in one place only"
    return InputError(match["why"], hint=hint, location=Location(match["file"]), rule="not-an-object")


def _cycle(match: re.Match[str], _: str) -> InputError:
    return InputError(
        f"{match['base']} and {match['root']} name each other", hint="remove one of the two", rule="kustomize-cycle"
    )


def _unknown_field(match: re.Match[str], folder: str) -> InputError:
    return InputError(
        f"{folder}: a kustomization has no field {match['field']!r}",
        hint="check its spelling",
        rule="kustomize-invalid",
    )


_READERS: Final = (
    (_RESTRICTED, _restricted),
    (_MALFORMED, _malformed),
    (_CYCLE, _cycle),
    (_BAD_FILE, _bad_file),
    (_UNKNOWN_FIELD, _unknown_field),
)
