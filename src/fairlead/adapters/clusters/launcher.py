"""Runs as a program of its own: starts one command that outlives its parent, once the parent has noted its pid.

It forks, prints the child's pid and ends. The child waits for one byte on stdin and then becomes the command; when
stdin closes instead, the parent died before it wrote the pid down, and the child ends without having run anything.
Nothing of fairlead is imported here: it starts in a few milliseconds and runs with an empty environment.
"""

from __future__ import annotations

import os
import sys


def main(command: list[str]) -> None:
    # Only ours may read the logs, keys and data that the command writes.
    os.umask(0o077)
    if os.fork():
        os._exit(0)
    os.setsid()
    os.write(1, b"%d\n" % os.getpid())
    if not os.read(0, 1):
        os._exit(0)
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    try:
        os.execv(command[0], command)  # noqa: S606 - replacing this process, without a shell, is the purpose
    except OSError as err:
        os.write(2, f"cannot run {command[0]}: {err.strerror}\n".encode())
        os._exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
