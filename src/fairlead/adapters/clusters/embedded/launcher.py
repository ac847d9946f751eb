"""Runs as a program of its own: starts one command that outlives its parent, once the parent has noted its pid.

It forks, prints the child's pid and ends. The child waits for one byte on stdin and then becomes the command; when
stdin closes instead, the parent died before it wrote the pid down, and the child ends without having run anything.
Nothing of fairlead is imported here: it starts in a few milliseconds and runs with an empty environment.

The first argument says where the command runs, as JSON: `{}` here; or `cgroups`, folders whose `cgroup.procs` it joins;
then `make`: in new namespaces of all kinds, as their first process; or `enter`: in those of that process; and `folder`,
the working directory, as it is called there; `shares`: others may read the files that it makes.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

# Numbers of linux/sched.h; Python has names for them from 3.12 on. The root of a cgroup namespace is the group that one
# is in, so joining comes first; nothing of ours is reached by its path after the mount namespace.
_KINDS = {
    "cgroup": 0x02000000,
    "ipc": 0x08000000,
    "uts": 0x04000000,
    "net": 0x40000000,
    "pid": 0x20000000,
    "mnt": 0x00020000,
}


def main(place: dict[str, object], command: list[str]) -> None:
    # Only ours may read the logs, keys and data that the command writes, unless it makes files for others.
    os.umask(0o022 if place.get("shares") else 0o077)
    # Where we go, the program's path may lead elsewhere.
    program = os.open(command[0], os.O_RDONLY) if place else None
    _go(place)
    child = os.fork()
    if child:
        # Only we see its number as the parent does: in a pid namespace of its own it counts from 1.
        os.write(1, b"%d\n" % child)
        os._exit(0)
    os.setsid()
    if not os.read(0, 1):
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    try:
        if program is None:
            os.execv(command[0], command)  # noqa: S606 - replacing this process, without a shell, is the purpose
        os.set_inheritable(program, True)  # a script is read by its interpreter, under this number
        os.execve(program, command, os.environ)  # noqa: S606 - as above
    except OSError as err:
        os.write(2, f"cannot run {command[0]}: {err.strerror}\n".encode())
        os._exit(127)


def _go(place: dict[str, object]) -> None:
    for cgroup in place.get("cgroups", ()):  # type: ignore[attr-defined] # JSON from `processes`
        members = os.open(f"{cgroup}/cgroup.procs", os.O_WRONLY)
        os.write(members, b"0")
        os.close(members)
    if place.get("make"):
        _check(_LIBC.unshare(sum(_KINDS.values())), "unshare")
    elif "enter" in place:
        # All are opened first: after the first steps the process is not found by its number any more.
        for descriptor in [os.open(f"/proc/{place['enter']}/ns/{kind}", os.O_RDONLY) for kind in _KINDS]:
            _check(_LIBC.setns(descriptor, 0), "setns")
            os.close(descriptor)
    if "folder" in place:
        os.chdir(str(place["folder"]))


def _check(result: int, name: str) -> None:
    if result:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")


_LIBC = ctypes.CDLL(None, use_errno=True)

if __name__ == "__main__":
    main(json.loads(sys.argv[1]), sys.argv[2:])
