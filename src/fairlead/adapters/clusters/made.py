"""Which driver made the cluster in a folder, and how: the record of clusters that another program keeps."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path

import orjson

from fairlead.adapters.clusters.embedded.control_plane import RECORD
from fairlead.adapters.clusters.embedded.pki import write_private
from fairlead.adapters.clusters.embedded.processes import find_marked
from fairlead.adapters.clusters.embedded.real.cgroups import find_groups, group_name
from fairlead.model.environment import Driver
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

MADE = "made.json"
_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeCluster:
    """Written before the program is asked to make anything, so that `down` finds half of a cluster too. *since* is
    None until it was ready; *engine* is the container engine it was made with, empty where the program has its own."""

    driver: Driver
    name: str
    kubernetes: str
    nodes: int
    web_port: int
    engine: str = ""
    since: datetime | None = None


def read_made(folder: Path) -> MadeCluster | None:
    """None where nothing was recorded. Raises InputError if the file is not one of ours."""
    path = folder / MADE
    try:
        data = orjson.loads(path.read_bytes())
        if data.pop("schema") != _SCHEMA:
            raise ValueError(path)
        since = datetime.fromisoformat(data.pop("since")) if data["since"] else data.pop("since")
        return MadeCluster(**{**data, "driver": Driver(data["driver"]), "since": since})
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as err:
        raise InputError(
            f"{path} is not the record of a cluster of this version",
            hint="remove the cluster with the program that made it, then this folder",
        ) from err


def write_made(folder: Path, made: MadeCluster) -> None:
    """Replace the record; a crash leaves the old or the new one."""
    write_private(folder / MADE, orjson.dumps({"schema": _SCHEMA, **dataclasses.asdict(made)}))


def maker_of(folder: Path) -> Driver | None:
    """The driver that made the cluster of *folder*; None where there is none. Raises InputError as `read_made`."""
    if made := read_made(folder):
        return made.driver
    is_embedded = (folder / RECORD).exists() or any(find_marked(folder)) or find_groups(group_name(folder, ""))
    return Driver.EMBEDDED if is_embedded else None
