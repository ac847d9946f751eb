"""Programs, packages and images: what comes from outside the project."""

from __future__ import annotations

import os
from pathlib import Path

from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.kept_renders import KeptRenders
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.system import SystemPackages
from fairlead.bootstrap.places import Places, Tell
from fairlead.ports import Images


def registries() -> Registries:
    """OCI registries, with the logins of this user."""
    return Registries(LoginFiles(environ=os.environ, home=Path(os.environ.get("HOME") or Path.home())))


def tool_chain(places: Places, *, tell: Tell) -> ToolChain:
    return ToolChain(places.cache / "tools", progress=tell)


def system_packages(*, tell: Tell) -> SystemPackages:
    return SystemPackages(progress=tell)


def kept_renders(places: Places) -> KeptRenders:
    """What was rendered before; what was not used for long is removed."""
    found = KeptRenders(places.cache / "renders", key_file=places.state / "renders.key")
    found.remove_old()
    return found


def image_builder(places: Places) -> Images:
    return ImageBuilder(cache=places.cache, registries=registries())
