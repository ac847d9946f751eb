"""A cluster on this machine that Fairlead runs or has made, as its driver reports it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from fairlead.model.environment import Driver
from fairlead.model.frozen import dataclass


class ClusterState(StrEnum):
    RUNNING = "running"
    """Every process is alive and the cluster was ready once."""
    STOPPED = "stopped"
    """Its files are there, no process is: after a reboot, or a start that failed."""
    BROKEN = "broken"
    """Some processes are dead, or a start never got ready. `up` repairs it, `down` removes it."""
    ABSENT = "absent"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalProcess:
    """*port* is the TCP port it listens on at 127.0.0.1; None if it listens on none. *log* is the path of its log."""

    name: str
    pid: int
    is_alive: bool
    port: int | None = None
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCluster:
    """*project* and *environment* are the names the cluster was made for, *name* is what its driver calls it, *choice*
    says why it is this driver where the project leaves that open.

    *web_url* leads to port 80 of the cluster; it and *audit_log* are empty where there is none.
    *api_url* and *kubernetes* (e.g. `1.34.2`) are empty, *nodes* is 0, before the first start. *since* (UTC) is when
    the cluster last became ready. *notes* say what is different from a real cluster, for people to read.
    """

    state: ClusterState
    project: str
    environment: str
    folder: str
    kubeconfig: str
    audit_log: str
    driver: Driver = Driver.EMBEDDED
    name: str = ""
    choice: str = ""
    api_url: str = ""
    web_url: str = ""
    kubernetes: str = ""
    nodes: int = 0
    nodes_are_simulated: bool = True
    since: datetime | None = None
    processes: tuple[LocalProcess, ...] = ()
    notes: tuple[str, ...] = ()
