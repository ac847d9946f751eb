from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fairlead.adapters.commands import ProjectCommands
from fairlead.adapters.names import SystemNames
from fairlead.model.errors import StepFailed, Unavailable


async def run(folder: Path, script: str, *, timeout: float = 20, told: list[str] | None = None) -> tuple[int, str]:
    lines = told if told is not None else []
    return await ProjectCommands(folder).run(
        [sys.executable, "-c", script],
        environment={"FAIRLEAD_ENVIRONMENT": "local"},
        timeout=timeout,
        tell=lines.append,
    )


async def test_a_command_runs_in_the_projects_folder_with_the_environment(tmp_path: Path) -> None:
    script = "import os; print(os.getcwd(), os.environ['FAIRLEAD_ENVIRONMENT'])"
    assert await run(tmp_path, script) == (0, f"{tmp_path} local")


async def test_its_lines_are_told_and_the_last_ones_kept(tmp_path: Path) -> None:
    told: list[str] = []
    code, said = await run(tmp_path, "for n in range(9): print(n)\nraise SystemExit(3)", told=told)
    assert (code, said) == (3, "6 / 7 / 8")
    assert told == [str(n) for n in range(9)]


async def test_what_it_says_on_stderr_counts_too(tmp_path: Path) -> None:
    assert await run(tmp_path, "import sys; print('oh', file=sys.stderr); sys.exit(1)") == (1, "oh")


async def test_a_command_that_takes_too_long_fails_the_step(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="did not end within 0 s"):
        await run(tmp_path, "import time; time.sleep(60)", timeout=0.3)


async def test_a_command_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises((StepFailed, Unavailable), match="no-such-program"):
        await ProjectCommands(tmp_path).run(["no-such-program"], environment={}, timeout=5, tell=print)


async def test_names_resolve_or_not() -> None:
    assert await SystemNames().resolves("localhost")
    assert not await SystemNames().resolves("nobody.invalid")
