"""The example platforms that come with Fairlead: in a checkout beside `src`, in an installed package inside it."""

from __future__ import annotations

import shutil
from pathlib import Path

from fairlead.model.errors import InputError

_PACKAGE = Path(__file__).parents[1]
_PLACES = (_PACKAGE / "examples", _PACKAGE.parents[1] / "examples")


def find_example(name: str) -> Path:
    """The folder of the example *name*. Raises InputError where it did not come along."""
    for place in _PLACES:
        if (place / name / "fairlead.yaml").is_file():
            return place / name
    raise InputError(f"the example {name} did not come with this installation", hint="install Fairlead again")


def copy_example(name: str, folder: Path, *, project: str) -> None:
    """Put a copy of the example into *folder*, as a project of its own name; files of an older copy go."""
    if folder.exists():
        shutil.rmtree(folder)
    shutil.copytree(find_example(name), folder)
    file = folder / "fairlead.yaml"
    file.write_text(file.read_text().replace(f"project: {name}\n", f"project: {project}\n", 1))
