"""Children for real, whose parent is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PARENT = """
import os, signal, subprocess
from pathlib import Path
from fairlead.adapters.last_will import LastWill

def children():
    return set(map(int, Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()))

will = LastWill()
sleeper = {"args": ["sleep", "60"], "stdout": subprocess.DEVNULL, "start_new_session": True}
first, ended, second = (subprocess.Popen(**sleeper) for _ in range(3))
will.add(first.pid, signal.SIGTERM)
(helper,) = children() - {first.pid, ended.pid, second.pid}
will.add(ended.pid, signal.SIGTERM)
will.remove(ended.pid)
os.kill(helper, signal.SIGKILL)
os.waitpid(helper, 0)
will.add(second.pid, signal.SIGTERM)
print(first.pid, ended.pid, second.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_those_that_live_get_their_signal_also_where_the_helper_was_killed() -> None:
    done = subprocess.run([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True, check=False)
    assert done.returncode == -signal.SIGKILL
    first, ended, second = map(int, done.stdout.split())
    deadline = time.monotonic() + 10
    while is_running(first) or is_running(second):
        assert time.monotonic() < deadline, "they were not ended"
    assert is_running(ended), "what was removed is nobody's business any more"
    os.kill(ended, signal.SIGKILL)
