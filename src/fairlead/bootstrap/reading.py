"""The project of a folder with what other tools' files say of it; without a project file, made of those alone."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

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
from fairlead.model.repository import Remark
from fairlead.planning.environment_paths import dns_name
from fairlead.readers.project_file import load_project
from fairlead.readers.project_paths import FILE_NAME, NoProject


async def open_repository(places: Places, start: Path, *, tell: Tell, only: str = "") -> Opened:
    """The project of *start* with everything that it, or its environment *only*, is read from. Raises InputError."""
    try:
        opened = open_project(start)
    except NoProject as err:
        return await infer_project(places, _top(start), tell=tell, otherwise=err, only=only)
    return await _read_on(places, opened, tell=tell, only=only)


async def open_revision(places: Places, folder: Path, *, tell: Tell) -> Opened:
    """The project in *folder*, not in one above it. What its components name need not be there: that is their fault
    alone. Raises InputError."""
    file = folder / FILE_NAME
    if file.is_file():
        return await _read_on(places, Opened(project=load_project(file), root=folder), tell=tell)
    nothing = InputError("there was no project yet", hint="compare with a revision that has one")
    return await infer_project(places, folder, tell=tell, otherwise=nothing)


async def _read_on(places: Places, opened: Opened, *, tell: Tell, only: str = "") -> Opened:
    """With the components of environments that are read from other tools' files."""
    if not opened.project.is_read_elsewhere:
        return opened
    reader = _reader(places, opened.root, tell=tell, only=only)
    reading = await reader.read(opened.project)
    return dataclasses.replace(opened, project=reading.project, reading=reading, built=reader.kept)


async def infer_project(places: Places, root: Path, *, tell: Tell, otherwise: InputError, only: str = "") -> Opened:
    """What the files below *root* say. Raises *otherwise* where they say nothing."""
    reader = _reader(places, root, tell=tell, only=only)
    name = dns_name(root.name) or "project"
    reading = with_folders(await reader.infer(name), reader.files, read=reader.kept.all_files())
    if name != root.name:
        told = Remark(text=f"the project is called {name}: the folder's name {root.name!r} cannot be one")
        reading = dataclasses.replace(reading, remarks=(told, *reading.remarks))
    if not reading.project.environments:
        raise otherwise
    return Opened(project=reading.project, root=root, reading=reading, built=reader.kept)


def _reader(places: Places, root: Path, *, tell: Tell, only: str) -> RepositoryReader:
    tools = tool_chain(places, tell=tell)
    files, kustomize = ProjectFolder(root), KustomizeOverlays(tools, cache=places.cache)
    charts = HelmCharts(tools, cache=places.cache, registries=registries(), kubeconfig=None, sources=NOTHING_FETCHED)
    kept = KeptOverlays(kustomize, files=files, tools=tools, cache=kept_renders(places))
    return RepositoryReader(
        files=files,
        overlays=kustomize,
        charts=charts,
        helmfile=HelmfileCommand(tools, cache=places.cache, environ=os.environ),
        kept=kept,
        only=only,
    )


def _top(start: Path) -> Path:
    """The top of the Git repository, or the folder itself."""
    folder = start.absolute()
    return next((each for each in (folder, *folder.parents) if (each / ".git").exists()), folder)
