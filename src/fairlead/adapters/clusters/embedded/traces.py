"""What a cluster leaves on this machine, and how it is ended: processes by record and mark, control groups by name.

Everything else of a cluster goes with its processes or lies in its folder.
"""

from __future__ import annotations

from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import RECORD
from fairlead.adapters.clusters.embedded.processes import (
    ProcessIdentity,
    end,
    find_marked,
    is_alive,
    namespace_of,
    settle,
)
from fairlead.adapters.clusters.embedded.real import cgroups
from fairlead.adapters.clusters.embedded.real.machine import nodes
from fairlead.adapters.clusters.embedded.record import ClusterRecord, read_record
from fairlead.adapters.clusters.folder import claim_again, refuse_foreign, remove
from fairlead.model.errors import InputError
from fairlead.ports import Clock


class Traces:
    """Of the cluster in *folder*."""

    def __init__(self, folder: Path, *, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock
        self._groups = cgroups.group_name(folder, "")

    def has_any(self) -> bool:
        """Whether something is left, its folder or what shows that it is ours without one."""
        return self._folder.exists() or self._are_elsewhere()

    async def remove(self) -> None:
        """Remove all of it. Raises InputError if something else is in the folder, Unavailable if something stays."""
        if self._are_elsewhere():
            # Whoever removed the folder under a running cluster finds new files of it there, without our mark.
            claim_again(self._folder)
        refuse_foreign(self._folder)
        await self.end_all()
        await cgroups.remove_groups(self._groups, clock=self._clock)
        remove(self._folder)

    async def end_all(self) -> None:
        """End every process; data is kept."""
        try:
            record = read_record(self._folder / RECORD)
        except InputError:
            record = None
        await end([*(record.processes.values() if record else ()), *find_marked(self._folder)], clock=self._clock)

    async def end_strays(self, record: ClusterRecord) -> None:
        """End what *record* does not know."""
        await settle(record.processes.values(), clock=self._clock)
        known = {identity.pid for identity in record.processes.values()}
        homes = {namespace_of(one.pid) for one in first_processes(record) if is_alive(one)}
        strays = (one for one in find_marked(self._folder) if one.pid not in known)
        # Who runs in a living node is its own business: containerd's children carry its mark.
        await end((one for one in strays if namespace_of(one.pid) not in homes), clock=self._clock)

    def _are_elsewhere(self) -> bool:
        return any(find_marked(self._folder)) or bool(cgroups.find_groups(self._groups))


def first_processes(record: ClusterRecord) -> list[ProcessIdentity]:
    """Those of the real nodes, in their order."""
    names = [node.name for node in nodes(record.nodes)]
    return [record.processes[name] for name in names if name in record.processes]
