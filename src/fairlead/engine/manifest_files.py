"""Reads the manifest files of a component, with the faults of all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fairlead.engine.planning_faults import raise_all
from fairlead.formats.argocd_objects import HOOK
from fairlead.formats.json_data import dig, dig_map
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.objects import Manifest
from fairlead.ports import ProjectFiles


def read_manifests(files: ProjectFiles, paths: Sequence[str]) -> list[Manifest]:
    """The objects in all files that *paths* name. Raises InputError."""
    found: list[Manifest] = []
    faults: list[InputError] = []
    for file in files.expand(paths):
        try:
            documents = expand_lists(read_documents(files.read_text(file), file=file).documents)
        except InputError as err:
            faults.append(err)
            continue
        for document in documents:
            if is_named_later(document.data):
                continue
            try:
                require_object(document.data, document.mark)
            except InputError as err:
                faults.append(err)
            found.append(document.data)
    raise_all(faults)
    return found


def is_named_later(data: Any) -> bool:
    """A hook that Argo CD creates anew at each sync, under another name: there is nothing to compare it with."""
    metadata = dig_map(data, "metadata") if isinstance(data, dict) else {}
    return bool(metadata.get("generateName")) and not metadata.get("name") and bool(dig(metadata, "annotations", HOOK))


def require_object(data: Any, place: Callable[[], Location]) -> None:
    """Raise InputError unless *data*, which stands at *place*, says apiVersion, kind and name."""
    metadata = data.get("metadata") if isinstance(data, dict) else None
    if (
        not isinstance(data, dict)
        or not isinstance(data.get("apiVersion"), str)
        or not isinstance(data.get("kind"), str)
    ):
        raise InputError(
            "this is no Kubernetes object: apiVersion or kind is missing", location=place(), rule="not-an-object"
        )
    if not isinstance(metadata, dict) or not isinstance(metadata.get("name"), str) or not metadata["name"]:
        raise InputError(f"this {data['kind']} has no metadata.name", location=place(), rule="not-an-object")
