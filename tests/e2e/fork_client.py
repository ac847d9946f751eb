"""The command as a program of its own, for scripts that start it: a fork server carries it out; see forked.py.

`python -I -S fork_client.py NAME WORDS`; it imports little, because starting it is all that it costs.
"""

import json
import os
import resource
import socket
import sys
from typing import NoReturn

NOT_CARRIED_OUT = 97


def main(name: str, words: list[str]) -> NoReturn:
    ours, theirs = os.pipe()
    request = {
        "words": words,
        "cwd": os.getcwd(),  # noqa: PTH109 - pathlib costs as much as all the rest
        "env": dict(os.environ),
        "file_size": resource.getrlimit(resource.RLIMIT_FSIZE),
    }
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
        server.connect(f"\0{name}")
        socket.send_fds(server, [json.dumps(request).encode()], [1, 2, theirs])
    os.close(theirs)
    told = b""
    while part := os.read(ours, 8):
        told += part
    if len(told) < 8:
        os._exit(NOT_CARRIED_OUT)
    code = int.from_bytes(told[4:], "big", signed=True)
    os._exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
