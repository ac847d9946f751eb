"""Judges a repository's files as they lie there, whether a component uses them or not."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Final

from fairlead.engine.read_files import ReadFiles
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding
from fairlead.planning.rules.credential_shapes import NAMES
from fairlead.planning.rules.credentials import check_document, check_settings, check_text
from fairlead.planning.rules.documented_environments import check_documented, is_documentation
from fairlead.ports import ProjectFiles

_YAML: Final = (".yaml", ".yml")
_TEXTS: Final = (
    *_YAML,
    *(".json", ".tf", ".tfvars", ".env", ".sh", ".py", ".md", ".txt", ".ini", ".conf", ".cfg", ".toml", ".properties"),
    *(".pem", ".key", ".tpl", ".gotmpl", ".hcl"),
)
_SETTINGS: Final = (".tfvars", ".env", ".properties")
_NAMES: Final = frozenset({"Makefile", "Justfile", "justfile", "Jenkinsfile", "Dockerfile", ".env"})
_SOPS: Final = "\nsops:"
_CI: Final = ".github/workflows"


def scan_repository(read: ReadFiles, *, environments: Collection[str]) -> Iterator[Finding]:
    """Credentials in clear, and environments that are documented and not there. *environments* are all their names."""
    files = read.files
    listed = (*files.walk(), *_ci_files(files))
    folders = frozenset(folder for file in listed for folder in _folders_of(file))
    for file in listed:
        name = file.rpartition("/")[2]
        if not name.endswith(_TEXTS) and name not in _NAMES:
            continue
        try:
            text = files.read_text(file)
        except InputError:
            continue  # no text, or a link that leads out: whoever needs it says so
        yield from check_text(text, file=file)
        if name.endswith(_SETTINGS):
            yield from check_settings(text, file=file)
        if name.endswith(_YAML) and (read.has(file) or NAMES.search(text) or _SOPS in text):
            yield from _in_documents(read, file)
        if is_documentation(file):
            yield from check_documented(text, file=file, environments=environments, folders=folders)


def _in_documents(read: ReadFiles, file: str) -> Iterator[Finding]:
    try:
        documents = read.documents(file).documents
    except InputError:
        return  # a template; what must be YAML is read, and judged, where it is used
    for document in documents:
        for path, finding in check_document(document.data):
            yield replace(finding, location=document.mark(path))


def _ci_files(files: ProjectFiles) -> tuple[str, ...]:
    try:
        return files.expand([_CI])
    except InputError:
        return ()


def _folders_of(file: str) -> Iterator[str]:
    parts = file.split("/")[:-1]
    yield from ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
