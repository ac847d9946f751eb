"""What is written down about an embedded cluster: its processes and its port. One JSON file, replaced whole."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson

from fairlead.adapters.clusters.embedded.pki import write_private
from fairlead.adapters.clusters.embedded.processes import ProcessIdentity
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError
from fairlead.model.frozen import dataclass

_SCHEMA = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterRecord:
    """*since* is None until the cluster was ready; *processes* by component name, in the order they were started.
    *web_port* leads to port 80 of the nodes; 0 where they are simulated. *reason* says why `auto` became *kind*."""

    kubernetes: str
    port: int
    nodes: int
    kind: NodeKind = NodeKind.SIMULATED
    web_port: int = 0
    reason: str = ""
    since: datetime | None = None
    processes: dict[str, ProcessIdentity] = dataclasses.field(default_factory=dict)

    def with_process(self, name: str, identity: ProcessIdentity) -> ClusterRecord:
        return dataclasses.replace(self, processes={**self.processes, name: identity})


def read_record(path: Path) -> ClusterRecord | None:
    """None if nothing was recorded. Raises InputError if the file is not one of ours."""
    try:
        return _parse(orjson.loads(path.read_bytes()))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as err:
        raise InputError(
            f"{path} is not the record of a cluster of this version", hint="remove the cluster and start it again"
        ) from err


def write_record(path: Path, record: ClusterRecord) -> None:
    """Replace the record; a crash leaves the old or the new one."""
    write_private(path, orjson.dumps({"schema": _SCHEMA, **dataclasses.asdict(record)}))


def _parse(data: dict[str, Any]) -> ClusterRecord:
    if data["schema"] == 1:
        # Before there were real nodes.
        data = {"kind": NodeKind.SIMULATED, "web_port": 0, "reason": "", **data}
    elif data["schema"] != _SCHEMA:
        raise ValueError(data["schema"])
    return ClusterRecord(
        kubernetes=data["kubernetes"],
        port=data["port"],
        nodes=data["nodes"],
        kind=NodeKind(data["kind"]),
        web_port=data["web_port"],
        reason=data["reason"],
        since=datetime.fromisoformat(data["since"]) if data["since"] else None,
        processes={name: ProcessIdentity(**fields) for name, fields in data["processes"].items()},
    )
