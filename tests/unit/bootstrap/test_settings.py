"""Which holder of a lock is proven dead by the processes of this machine."""

from __future__ import annotations

import subprocess
import sys

import pytest

from fairlead.bootstrap.settings import holder_name, is_dead_here


@pytest.fixture(scope="module")
def dead() -> str:
    """The holder that a process was which is no more."""
    words = "from fairlead.bootstrap.settings import holder_name; print(holder_name())"
    return subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True).stdout.strip()


def test_process_that_is_gone_is_dead_and_we_are_not(dead: str) -> None:
    assert is_dead_here(f"{dead}, run r1")
    assert not is_dead_here(f"{holder_name()}, run r1")


def test_number_of_another_table_of_processes_proves_nothing(dead: str) -> None:
    name = dead.rpartition("(")[0]
    assert not is_dead_here(f"{name}(00000000)")
    assert not is_dead_here(name.strip())
    assert not is_dead_here("a CI job")
