"""The project of a folder with what other tools' files say of it; without a project file, made of those alone."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeAlias

from fairlead.actions.reading import RepositoryReader
from fairlead.actions.reading_folders import with_folders
from fairlead.adapters.helm.charts import HelmCharts
from fairlead.adapters.helm.supply import NOTHING_FETCHED
from fairlead.adapters.helmfile.command import HelmfileCommand
from fairlead.adapters.kustomize.overlays import KustomizeOverlays
from fairlead.adapters.project_folder import ProjectFolder
from fairlead.bootstrap.places import Opened, Places, Tell, open_project
from fairlead.bootstrap.tools import kept_renders, registries, tool_chain
from fairlead.engine.kept_rendering import KeptOverlays
from fairlead.model.errors import InputError
from fairlead.model.repository import Checkout, Remark
from fairlead.planning.environment_paths import dns_name
from fairlead.readers.project_file import load_project
from fairlead.readers.project_paths import FILE_NAME, NoProject

Checkouts: TypeAlias = Sequence[Checkout]
_SAID: Final = 5
"""Of what is known of a repository that deploys nothing."""


async def open_repository(
    places: Places, start: Path, *, tell: Tell, only: str = "", checkouts: Checkouts = ()
) -> Opened:
    """The project of *start* with everything that it, or its environment *only*, is read from. Raises InputError."""
    try:
        opened = open_project(start)
    except NoProject as err:
        return await infer_project(places, _top(start), tell=tell, otherwise=err, only=only, checkouts=checkouts)
    return await _read_on(places, opened, tell=tell, only=only, checkouts=checkouts)


async def open_revision(places: Places, folder: Path, *, tell: Tell, checkouts: Checkouts = ()) -> Opened:
    """The project in *folder*, not in one above it. What its components name need not be there: that is their fault
    alone. Raises InputError."""
    file = folder / FILE_NAME
    if file.is_file():
        return await _read_on(places, Opened(project=load_project(file), root=folder), tell=tell, checkouts=checkouts)
    nothing = InputError("there was no project yet", hint="compare with a revision that has one")
    return await infer_project(places, folder, tell=tell, otherwise=nothing, checkouts=checkouts)


async def _read_on(places: Places, opened: Opened, *, tell: Tell, only: str = "", checkouts: Checkouts = ()) -> Opened:
    """With the components of environments that are read from other tools' files."""
    if not opened.project.is_read_elsewhere:
        return opened
    reader = _reader(places, opened.root, tell=tell, only=only, checkouts=checkouts)
    reading = await reader.read(opened.project)
    return dataclasses.replace(
        opened, project=reading.project, reading=reading, built=reader.kept, checkouts=tuple(checkouts)
    )


async def infer_project(
    places: Places, root: Path, *, tell: Tell, otherwise: InputError, only: str = "", checkouts: Checkouts = ()
) -> Opened:
    """What the files below *root* say. Raises *otherwise* where they say nothing."""
    reader = _reader(places, root, tell=tell, only=only, checkouts=checkouts)
    name = dns_name(root.name) or "project"
    reading = with_folders(await reader.infer(name), reader.files, read=reader.kept.all_files())
    if name != root.name:
        told = Remark(text=f"the project is called {name}: the folder's name {root.name!r} cannot be one")
        reading = dataclasses.replace(reading, remarks=(told, *reading.remarks))
    if not reading.project.environments:
        raise _with_remarks(otherwise, reading.remarks)
    return Opened(project=reading.project, root=root, reading=reading, built=reader.kept, checkouts=tuple(checkouts))


def _with_remarks(error: InputError, remarks: Sequence[Remark]) -> InputError:
    said = (" ".join(filter(None, (each.of, each.text))) for each in remarks[:_SAID])
    return InputError(error.message, hint="; ".join((error.hint, *said)))


def _reader(places: Places, root: Path, *, tell: Tell, only: str, checkouts: Checkouts) -> RepositoryReader:
    tools = tool_chain(places, tell=tell)
    elsewhere = tuple(each.folder for each in checkouts)
    files = ProjectFolder(root, checkouts=elsewhere)
    kustomize = KustomizeOverlays(tools, cache=places.cache, checkouts=elsewhere)
    charts = HelmCharts(
        tools,
        cache=places.cache,
        registries=registries(),
        kubeconfig=None,
        sources=NOTHING_FETCHED,
        checkouts=elsewhere,
    )
    kept = KeptOverlays(kustomize, files=files, tools=tools, cache=kept_renders(places))
    return RepositoryReader(
        files=files,
        overlays=kustomize,
        charts=charts,
        helmfile=HelmfileCommand(tools, cache=places.cache, environ=os.environ),
        kept=kept,
        only=only,
        checkouts=checkouts,
    )


def _top(start: Path) -> Path:
    """The top of the Git repository, or the folder itself."""
    folder = start.absolute()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
