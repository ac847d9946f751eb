"""helmfile's standard error -> our errors: one sentence of cause, the place, and the class of the cause as a rule."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fairlead.formats.helmfile.text import line_in_file, line_of_release, line_with
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass

_IN: Final = re.compile(r"\bin (?P<file>[^\s:]+\.ya?ml(?:\.gotmpl)?): ")
_NESTED: Final = re.compile(r"\bin \.helmfiles\[\d+\]: in (?P<file>[^\s:]+): ")
_PART: Final = re.compile(r"error during (?P<file>\S+)\.part\.(?P<part>\d+) parsing: ")
_TEMPLATE: Final = re.compile(r"template: \S+?:(?P<line>\d+)(?::(?P<column>\d+))?: (?P<why>.+)", re.DOTALL)
_VALUES_TEMPLATE: Final = re.compile(r"failed to render (?:values files? )?[\"\[](?P<file>[^\"\]]+)[\"\]]")
_AT: Final = re.compile(r"executing \"[^\"]*\" at <(?P<what>.+?)>: (?P<why>.+)", re.DOTALL)
_OFF: Final = re.compile(r"error calling (?P<name>\w+): HELMFILE_DISABLE")
_SECRET_STORE: Final = re.compile(r"error calling call:")
"""What asks one is `call` where helmfile looks."""
_REMOTE: Final = re.compile(r"remote sources are disabled")
_VARIABLE: Final = re.compile(r"required env var `(?P<name>[^`]+)` is not set")
_FIELD: Final = re.compile(
    r"unmarshal errors:\s+line (?P<line>\d+): (?:field (?P<field>\S+) not found in type (?P<type>\S+)|(?P<why>.+))"
)
_YAML: Final = re.compile(r"yaml: line (?P<line>\d+): (?P<why>[^\n]+)")
_STATE_YAML: Final = re.compile(r"reading document at index \d+.*: yaml: line \d+: (?P<why>did not[^\n]+|[^\n]+)")
_NO_YAML: Final = re.compile(r"reading document at index \d+[^:]*: yaml: (?P<why>[^\n]+)")
_PLAIN: Final = re.compile(r"Add the \.gotmpl file extension: yaml: invalid map key")
_READING: Final = re.compile(r"failed to read (?P<file>[^\s:]+): ")
_MISSING: Final = re.compile(r"(?P<what>[\w ]+?) file matching \"(?P<path>[^\"]+)\" does not exist")
_OPEN: Final = re.compile(r"open (?P<path>\S+): no such file or directory")
_NO_MATCH: Final = re.compile(r"no matches for path: (?P<path>\S+)|specified state file (?P<file>\S+) is not found")
_ENVIRONMENT: Final = re.compile(r"environment \"(?P<name>[^\"]+)\" is not defined")
_SELECTOR: Final = re.compile(r"[Mm]alformed label: ?(?P<text>[^\n]+)|invalid selector:? (?P<other>[^\n]+)")
_HOOKS_OFF: Final = re.compile(r"hooks are disabled")
_DUPLICATE: Final = re.compile(r"duplicate release \"(?P<name>[^\"]+)\" found")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """*make* gives the message and the hint."""

    rule: str
    pattern: re.Pattern[str]
    make: Callable[[re.Match[str]], tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fault:
    rule: str
    message: str
    hint: str
    severity: Severity = Severity.ERROR


def build_fault(
    said: str, *, file: str, root: Path, is_encrypted: bool = False, divided: Mapping[str, str] = MappingProxyType({})
) -> InputError:
    """What kept helmfile from evaluating *file*. The one finding says the rule; *said* is helmfile's standard error.
    *is_encrypted*: some values stood there as they are encrypted, which no template expects. *divided* are texts of
    files that helmfile saw in other parts."""
    text = "\n".join(line for line in said.splitlines() if not line.startswith("WARNING: "))
    fault = _cause(text, file=file)
    if is_encrypted and fault.rule == "helmfile-template":
        fault = _not_judged(f"a template fails, perhaps for a value that is encrypted: {fault.message}", _PLAIN_BESIDE)

    def read(name: str) -> str:
        return divided.get(name) or _text(root / name)

    location = _place(text, file=file, root=root, read=read)
    finding = Finding(
        rule=fault.rule, message=fault.message, hint=fault.hint, severity=fault.severity, location=location
    )
    return InputError(fault.message, hint=fault.hint, location=location, findings=(finding,))


def nested_file(said: str, *, root: Path) -> str:
    """The helmfile named by another one that *said* is of, by its path from *root*; empty where it is of the first."""
    first = _IN.search(said)
    names = [match["file"] for match in _NESTED.finditer(said)]
    if not first or not names:
        return ""
    place = first["file"]
    for name in names:
        place = posixpath.join(posixpath.dirname(place), name)
    name = _below(place, root)
    return name if (root / name).is_file() and not name.startswith("../") else ""


def _cause(text: str, *, file: str) -> _Fault:
    if match := _OFF.search(text):
        does = "reads files by a computed path" if match["name"].startswith("read") else "runs a command"
        return _not_judged(f"the template {does} (`{match['name']}`)", "helmfile itself does that; Fairlead does not")
    if match := _VARIABLE.search(text):
        return _not_judged(
            f"the template needs the environment variable {match['name']}", "set it, to any text, and run again"
        )
    for pattern, message, hint in _LEFT_ALONE:
        if pattern.search(text):
            return _not_judged(message, hint)
    for cause in _CAUSES:
        if match := cause.pattern.search(text):
            message, hint = cause.make(match)
            return _Fault(rule=cause.rule, message=message, hint=hint)
    said = _one_line(_IN.sub("", text)).strip("[]")
    return _Fault(
        rule="helmfile-build", message=f"helmfile cannot read {file}: {said}", hint="try `helmfile build` on it"
    )


def _not_judged(message: str, hint: str) -> _Fault:
    """What we do not let helmfile do is no fault of the repository."""
    return _Fault(rule="helmfile-not-judged", message=f"not judged: {message}", hint=hint, severity=Severity.WARNING)


def _place(text: str, *, file: str, root: Path, read: Callable[[str], str]) -> Location:
    """The innermost file that helmfile names, and the line in it."""
    place = _innermost(text, file)
    if match := _PART.search(text):
        place = _below(posixpath.join(posixpath.dirname(place), match["file"]), root)
        if at := _TEMPLATE.search(text):
            return Location(
                place, line_in_file(read(place), part=int(match["part"]), line=int(at["line"])), _column(at)
            )
    if values := _VALUES_TEMPLATE.search(text):
        name = _below(posixpath.join(posixpath.dirname(place), values["file"]), root)
        at = _TEMPLATE.search(text)
        return Location(name, int(at["line"]), _column(at)) if at else Location(name)
    if match := _READING.search(text):
        place = _below(posixpath.join(posixpath.dirname(place), match["file"]), root)
        if (at := _FIELD.search(text) or _YAML.search(text)) and _is_one_part(read(place)):
            return Location(place, int(at["line"]), 1)
    place = _below(place, root)
    line = _line_named(text, _text(root / place))
    return Location(place, line, 1) if line else Location(place)


def _line_named(said: str, text: str) -> int:
    """The line of *text* where what *said* names is written plainly; 0 where it is not."""
    if match := _DUPLICATE.search(said):
        return line_of_release(text, match["name"])
    if (match := _FIELD.search(said)) and match["field"]:
        return line_with(text, f"{match['field']}:")
    named = next((found for each in (_MISSING, _OPEN, _NO_MATCH) if (found := each.search(said))), None)
    return line_with(text, named[named.lastindex or 0]) if named else 0


def _innermost(text: str, file: str) -> str:
    """Each file that is named is relative to the folder of the one before it."""
    place = file
    for at, match in enumerate(_IN.finditer(text)):
        name = match["file"]
        folder = posixpath.dirname(place) if at else ""
        place = posixpath.normpath(posixpath.join(folder, name))
    return place


def _below(path: str, root: Path) -> str:
    name = posixpath.normpath(path)
    return posixpath.relpath(name, str(root)) if posixpath.isabs(name) else name


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace")
    except OSError:
        return ""


def _is_one_part(text: str) -> bool:
    """Else helmfile's line counts from a part that it does not name, of evaluated text."""
    return bool(text) and "\n---\n" not in text and "{{" not in text


def _column(match: re.Match[str]) -> int:
    # Go counts columns from 0; it gives none for a fault of syntax.
    return int(match["column"]) + 1 if match["column"] else 1


def _template(match: re.Match[str]) -> tuple[str, str]:
    if at := _AT.search(match["why"]):
        return f"{_one_line(at['why'])} (at {at['what']})", "correct the values of the environment, or the template"
    return _one_line(match["why"]), "correct the template"


def _field(match: re.Match[str]) -> tuple[str, str]:
    if match["field"]:
        return f"{_KINDS.get(match['type'], match['type'])} has no field {match['field']!r}", "check its spelling"
    return _one_line(match["why"]), "correct the file"


def _one_line(text: str) -> str:
    return " ".join(text.split())


_KINDS: Final = {
    "state.ReleaseSpec": "a release",
    "state.helmStateAlias": "a helmfile",
    "state.EnvironmentSpec": "an environment",
    "state.HelmSpec": "helmDefaults",
    "state.RepositorySpec": "a repository",
}
_PLAIN_BESIDE: Final = "put what is no secret beside the secrets"
_ADD: Final = "correct the path, or add the file"
_LEFT_ALONE: Final = (
    (_SECRET_STORE, "the template asks a secret store", "helmfile itself asks it; Fairlead does not"),
    (_REMOTE, "it is read from another machine", "copy it into the project"),
    (_HOOKS_OFF, "a hook that a template makes would run a command", "write the hook without a template"),
)
_CAUSES: Final = (
    _Cause(rule="helmfile-template", pattern=_TEMPLATE, make=_template),
    _Cause(
        rule="helmfile-values-missing",
        pattern=_MISSING,
        make=lambda m: (f"{m['what'].strip()} file {m['path']} does not exist", _ADD),
    ),
    _Cause(rule="helmfile-file-missing", pattern=_OPEN, make=lambda m: (f"{m['path']} does not exist", _ADD)),
    _Cause(
        rule="helmfile-file-missing",
        pattern=_NO_MATCH,
        make=lambda m: (f"no file matches {m['path'] or m['file']}", _ADD),
    ),
    _Cause(
        rule="helmfile-environment",
        pattern=_ENVIRONMENT,
        make=lambda m: (f"the environment {m['name']} is not defined", "add it under `environments`"),
    ),
    _Cause(
        rule="helmfile-selector",
        pattern=_SELECTOR,
        make=lambda m: (f"bad selector: {(m['text'] or m['other']).strip()}", "write key=value or key!=value"),
    ),
    _Cause(
        rule="helmfile-duplicate",
        pattern=_DUPLICATE,
        make=lambda m: (f"the release {m['name']} is there twice", "rename one, or remove it"),
    ),
    _Cause(
        rule="helmfile-yaml",
        pattern=_PLAIN,
        make=lambda _: ("it holds a template, and is not named .gotmpl", "rename it to end in .yaml.gotmpl"),
    ),
    _Cause(
        rule="helmfile-yaml",
        pattern=_STATE_YAML,
        make=lambda m: (f"no YAML: {_one_line(m['why'])}", "correct the file"),
    ),
    _Cause(rule="helmfile-yaml", pattern=_FIELD, make=_field),
    _Cause(
        rule="helmfile-yaml",
        pattern=_NO_YAML,
        make=lambda m: (f"no YAML: {_one_line(m['why'])}", "correct the file"),
    ),
    _Cause(
        rule="helmfile-yaml",
        pattern=_YAML,
        make=lambda m: (
            f"a values file of it is no YAML: {_one_line(m['why'])} (line {m['line']})",
            "correct that file",
        ),
    ),
)
