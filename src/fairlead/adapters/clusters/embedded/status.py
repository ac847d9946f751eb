"""What can be said about an embedded cluster from its folder and /proc alone: nothing is asked of the API server."""

from __future__ import annotations

from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import AUDIT_LOG, KUBECONFIG, PROGRAMS, RECORD, api_url, log_file
from fairlead.adapters.clusters.embedded.processes import ProcessIdentity, find_marked, is_alive
from fairlead.adapters.clusters.embedded.real.machine import nodes
from fairlead.adapters.clusters.embedded.real.programs import RELAY, process_names
from fairlead.adapters.clusters.embedded.record import ClusterRecord, read_record
from fairlead.adapters.clusters.embedded.simulation import NOTES
from fairlead.adapters.clusters.folder import names_of
from fairlead.model.environment import NodeKind
from fairlead.model.errors import InputError
from fairlead.model.local_cluster import ClusterState, LocalCluster, LocalProcess

REAL_NOTES = (
    "nodes have a network of their own with no way out: images are loaded or pulled by this machine, not by the nodes",
    "load balancers get no address: reach ingresses at port 80 of the nodes, through the web URL",
)


def read_status(folder: Path) -> LocalCluster:
    try:
        record = read_record(folder / RECORD)
    except InputError as err:
        return _describe(folder, None, state=ClusterState.BROKEN, notes=(err.message,))
    if record is None:
        return _describe_unrecorded(folder)
    notes = NOTES if record.kind is NodeKind.SIMULATED else REAL_NOTES
    reason = (record.reason,) if record.reason else ()
    return _describe(folder, record, state=_state(record), notes=(*reason, *notes))


def is_running(record: ClusterRecord | None) -> bool:
    return record is not None and _state(record) is ClusterState.RUNNING


def _state(record: ClusterRecord) -> ClusterState:
    wanted = PROGRAMS if record.kind is NodeKind.SIMULATED else process_names(nodes(record.nodes))
    alive = [is_alive(record.processes[name]) for name in wanted if name in record.processes]
    if not any(alive):
        return ClusterState.STOPPED
    is_whole = all(alive) and len(alive) == len(wanted) and record.since is not None
    return ClusterState.RUNNING if is_whole else ClusterState.BROKEN


def _describe_unrecorded(folder: Path) -> LocalCluster:
    strays = tuple(find_marked(folder))
    if strays:
        note = f"{len(strays)} processes run without a record: `down` ends them"
        return _describe(folder, None, state=ClusterState.BROKEN, notes=(note,))
    return _describe(folder, None, state=ClusterState.STOPPED if folder.exists() else ClusterState.ABSENT, notes=())


def _describe(
    folder: Path, record: ClusterRecord | None, *, state: ClusterState, notes: tuple[str, ...]
) -> LocalCluster:
    project, environment = names_of(folder)
    return LocalCluster(
        state=state,
        project=project,
        environment=environment,
        folder=str(folder),
        kubeconfig=str(folder / KUBECONFIG),
        audit_log=str(folder / AUDIT_LOG),
        api_url=api_url(record.port) if record else "",
        kubernetes=record.kubernetes if record else "",
        web_url=f"http://127.0.0.1:{record.web_port}" if record and record.web_port else "",
        nodes=record.nodes if record else 0,
        nodes_are_simulated=record is None or record.kind is NodeKind.SIMULATED,
        since=record.since if record else None,
        processes=_processes(folder, record) if record else (),
        notes=notes,
    )


def _processes(folder: Path, record: ClusterRecord) -> tuple[LocalProcess, ...]:
    listener = "kube-apiserver" if record.kind is NodeKind.SIMULATED else RELAY
    return tuple(
        _process(folder, name, one, record.port if name == listener else None) for name, one in record.processes.items()
    )


def _process(folder: Path, name: str, identity: ProcessIdentity, port: int | None) -> LocalProcess:
    return LocalProcess(
        name=name,
        pid=identity.pid,
        is_alive=is_alive(identity),
        port=port,
        log=str(log_file(folder, name)),
    )
