"""Kubeconfig files, merged as kubectl merges them; what a context means is left to `context.py`.

Rules (the Kubernetes documentation, "Organizing Cluster Access Using kubeconfig Files", checked against kubectl):
a name belongs to the first file that has it, with all its values; the first non-empty `current-context` wins;
files of KUBECONFIG that do not exist are passed over; relative paths are relative to their own file.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from fairlead.adapters.kube.entry import Entry
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """The merged entries by name, each with the file it came from."""

    files: tuple[Path, ...]
    clusters: Mapping[str, Entry]
    users: Mapping[str, Entry]
    contexts: Mapping[str, Entry]
    current_context: str = ""

    @property
    def label(self) -> str:
        return os.pathsep.join(str(file) for file in self.files)


class _Loader(yaml.CSafeLoader):
    """Go reads `2024-01-01` and `=` as text."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":value"))]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}


def load_kubeconfig(files: Iterable[Path]) -> Kubeconfig:
    """Merge *files*, which exist. Raises InputError naming file and key."""
    documents = [_read(file) for file in files]
    return Kubeconfig(
        files=tuple(document.file for document in documents),
        clusters=_merge(documents, "clusters", "cluster"),
        users=_merge(documents, "users", "user"),
        contexts=_merge(documents, "contexts", "context"),
        current_context=next(filter(None, (document.text("current-context") for document in documents)), ""),
    )


def find_kubeconfigs(*, environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """The files kubectl would read: those of KUBECONFIG, else `~/.kube/config`; only those that exist, each once."""
    named = [Path(name) for name in environ.get("KUBECONFIG", "").split(os.pathsep) if name]
    candidates = named or [home / ".kube" / "config"]
    return tuple(dict.fromkeys(file for file in candidates if file.exists()))


def _read(file: Path) -> Entry:
    try:
        content = file.read_bytes()
        document = yaml.load(content, Loader=_Loader)  # noqa: S506  (a subclass of the safe loader)
    except OSError as err:
        raise InputError(f"cannot read the kubeconfig {file}: {err.strerror}") from err
    except (yaml.YAMLError, UnicodeDecodeError) as err:
        raise InputError("the kubeconfig is not YAML", location=_place(file, err)) from err
    if document is None:
        document = {}
    if not isinstance(document, dict):
        raise InputError("the kubeconfig is not a mapping", location=Location(str(file)))
    # Absolute, so that relative certificate paths stay right when the working directory changes.
    return Entry(file.absolute(), "", document)


def _place(file: Path, err: Exception) -> Location:
    mark = getattr(err, "problem_mark", None)
    return Location(str(file), mark.line + 1, mark.column + 1) if mark else Location(str(file))


def _merge(documents: Iterable[Entry], plural: str, singular: str) -> dict[str, Entry]:
    merged: dict[str, Entry] = {}
    for document in documents:
        for name, entry in _named(document, plural, singular).items():
            merged.setdefault(name, entry)
    return merged


def _named(document: Entry, plural: str, singular: str) -> dict[str, Entry]:
    found: dict[str, Entry] = {}
    for position, item in enumerate(document.items(plural)):
        name = _name(document, f"{plural}[{position}]", item)
        if name in found:
            raise document.fault(f"{plural}[{name}]", "the name is there twice in one file")
        outer = Entry(document.file, f"{plural}[{name}]", item)
        found[name] = outer.section(singular) or Entry(document.file, f"{plural}[{name}].{singular}", {})
    return found


def _name(document: Entry, key: str, item: Any) -> str:
    if not isinstance(item, dict):
        raise document.fault(key, "expected a mapping with a name")
    return Entry(document.file, key, item).text("name")
