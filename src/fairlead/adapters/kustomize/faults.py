"""kustomize's standard error -> InputError: the innermost cause, paths as the project has them."""

from __future__ import annotations

import re
from typing import Final

from fairlead.model.errors import InputError
from fairlead.model.finding import Location

_ERROR: Final = re.compile(r"^Error: ", re.MULTILINE)
_NESTED: Final = re.compile(
    r"\A(?:accumulating (?:resources|components)(?: from '[^']*')?: |accumulation err='.*?': "
    r"|accumulateDirectory: |loader\.New |recursed (?:accumulation|merging) (?:of|from) path '[^']*': )",
    re.DOTALL,
)
_RESTRICTED: Final = re.compile(r"security; file '(?P<file>[^']+)' is not in or below '(?P<folder>[^']+)'")
_MALFORMED: Final = re.compile(r"yaml: line (?P<line>\d+): (?P<why>.+?) in File: (?P<file>\S+)")
_UNKNOWN_FIELD: Final = re.compile(r'unknown field "(?P<field>[^"]+)"')
# A file that is no object is tried as a folder, too, and what kustomize says about that comes last.
_BAD_FILE: Final = re.compile(
    r"accumulating resources from '[^']+': (?P<why>[^']+?)(?: in object \{\{[^']*)?': "
    r"must build at directory: '(?P<file>[^']+)': file is not directory"
)
_CYCLE: Final = re.compile(r"cycle detected: candidate root '(?P<base>[^']+)' contains visited root '(?P<root>[^']+)'")


def build_fault(stderr: str, *, overlay: str, root: str) -> InputError:
    """Why the build of *overlay* failed; absolute paths below *root* are shortened."""
    found = _ERROR.search(stderr)
    message = (stderr[found.end() :] if found else stderr).strip().replace(f"{root}/", "").replace(root, ".")
    if match := _RESTRICTED.search(message):
        return InputError(
            f"{overlay}: {match['file']} lies outside {match['folder']}, whose kustomization names it",
            hint="move the file, or make its folder a kustomization of its own: folders may be named from anywhere",
        )
    if match := _MALFORMED.search(message):
        return InputError(
            f"no YAML: {match['why']}", hint="correct the file", location=Location(match["file"], int(match["line"]), 1)
        )
    if match := _CYCLE.search(message):
        return InputError(
            f"{overlay}: {match['base']} and {match['root']} name each other", hint="remove one of the two"
        )
    if match := _BAD_FILE.search(message):
        return InputError(
            f"no Kubernetes object: {match['why']}",
            hint="an object has apiVersion, kind and metadata.name",
            location=Location(match["file"]),
        )
    if match := _UNKNOWN_FIELD.search(message):
        return InputError(f"{overlay}: a kustomization has no field {match['field']!r}", hint="check its spelling")
    return InputError(
        f"{overlay} does not build: {_innermost(message)}", hint="try `kustomize build` on the folder alone"
    )


def _innermost(message: str) -> str:
    while match := _NESTED.match(message):
        message = message[match.end() :].strip('"')
    return " ".join(message.replace('\\"', '"').split())
