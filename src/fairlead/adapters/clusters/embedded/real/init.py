"""Runs as a program of its own: the first process of a node, in new namespaces of all kinds.

It makes the node's view of the file system and then only collects what dies. When it ends, the kernel ends everything
in the node. Nothing of fairlead is imported here, and nothing is imported after the first mount: what lies below /tmp,
/run, /var/lib and /var/log of the machine is out of sight then.

Its one argument is JSON: `folder`, the cluster's; `node`, the node's folder in it; `name`, the node's name;
`hierarchies`, mount point, kind and options of each cgroup hierarchy.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import socket
import sys
from pathlib import Path

CLUSTER = "/run/fairlead"
"""The cluster's folder, as a node sees it."""

# linux/mount.h
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _SLAVE, _SHARED = 2, 4, 8, 1 << 12, 1 << 14, 1 << 19, 1 << 20
_QUIET = _NOSUID | _NODEV | _NOEXEC

_LIBC = ctypes.CDLL(None, use_errno=True)


def main(folder: str, node: str, name: str, hierarchies: list[tuple[str, str, str]]) -> None:
    # Held until somebody waits for it; otherwise a death before the loop below would pass unnoticed.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGCHLD})
    # What the machine mounts later is seen here, what we mount is not seen there; pods may share mounts with the node.
    _mount("none", "/", flags=_REC | _SLAVE)
    _mount("none", "/", flags=_REC | _SHARED)
    socket.sethostname(name)
    cluster = os.open(folder, os.O_PATH)
    _mount("proc", "/proc", kind="proc", flags=_QUIET)
    _mount("sysfs", "/sys", kind="sysfs", flags=_QUIET)
    _mount_cgroups(hierarchies)
    _mount("tmpfs", "/run", kind="tmpfs", flags=_NOSUID | _NODEV, options="mode=755")
    Path(CLUSTER).mkdir(mode=0o700)
    _mount(f"/proc/self/fd/{cluster}", CLUSTER, flags=_BIND)
    os.close(cluster)
    for source, target in (("lib", "/var/lib"), ("log", "/var/log"), ("tmp", "/tmp")):  # noqa: S108 - the node's own
        _mount(f"{CLUSTER}/{node}/{source}", target, flags=_BIND)
    if Path("/etc/resolv.conf").is_file():
        # The machine's name servers are out of reach: who asks is refused at once, instead of waiting for an answer.
        _mount(f"{CLUSTER}/{node}/resolv.conf", "/etc/resolv.conf", flags=_BIND)
    _write("/proc/sys/net/ipv4/ip_forward", "1")
    _write(f"{CLUSTER}/{node}/booted", "")
    _collect()


def _mount_cgroups(hierarchies: list[tuple[str, str, str]]) -> None:
    """The same hierarchies in the same places, but each begins at the node's own group."""
    unified = [place for place, kind, _ in hierarchies if kind == "cgroup2"]
    if len(hierarchies) > 1:
        _mount("tmpfs", "/sys/fs/cgroup", kind="tmpfs", flags=_QUIET, options="mode=755")
    for place, kind, options in hierarchies:
        Path(place).mkdir(parents=True, exist_ok=True)
        _mount("cgroup", place, kind=kind, flags=_QUIET, options=options)
    if len(hierarchies) == 1 and unified:
        _delegate(unified[0])


def _delegate(root: str) -> None:
    # Where all controllers are in the one hierarchy, a group with processes in it can pass no controller on.
    Path(root, "system").mkdir(exist_ok=True)
    _write(f"{root}/system/cgroup.procs", "0")
    for controller in Path(root, "cgroup.controllers").read_text().split():
        _write(f"{root}/cgroup.subtree_control", f"+{controller}")


def _collect() -> None:
    """Take note of every death, for ever: whoever loses its parent becomes a child of the first process."""
    while True:
        signal.sigwait({signal.SIGCHLD})
        try:
            while os.waitpid(-1, os.WNOHANG) != (0, 0):
                pass
        except ChildProcessError:
            continue


def _mount(source: str, target: str, *, kind: str = "", flags: int = 0, options: str = "") -> None:
    words = (word.encode() if word else None for word in (source, target, kind))
    if _LIBC.mount(*words, ctypes.c_ulong(flags), options.encode() if options else None):
        code = ctypes.get_errno()
        raise OSError(code, f"mount {target}: {os.strerror(code)}")


def _write(path: str, text: str) -> None:
    Path(path).write_text(text)


if __name__ == "__main__":
    main(**json.loads(sys.argv[1]))
