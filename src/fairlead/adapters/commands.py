"""Runs checks and tests of the project, from its folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fairlead.adapters import process
from fairlead.model.errors import StepFailed

LAST_LINES = 3


class ProjectCommands:
    """`Commands` in the project's *folder*. *program* is Fairlead itself, which they may start by `$FAIRLEAD`."""

    def __init__(self, folder: Path, *, program: str = "") -> None:
        self._folder = folder
        self._own = {"FAIRLEAD": program} if program else {}

    async def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout: float,
        tell: Callable[[str], None],
        folder: Path | None = None,
    ) -> tuple[int, str]:
        lines: list[str] = []

        def note(line: str) -> None:
            lines.append(line)
            tell(line)

        try:
            done = await process.run(
                command,
                env={**environment, **self._own},
                cwd=folder or self._folder,
                timeout=timeout,
                on_stdout_line=note,
                on_stderr_line=note,
            )
        except process.TimedOut as err:
            raise StepFailed(f"{command[0]} did not end within {timeout:.0f} s") from err
        return done.code, " / ".join(line.strip() for line in lines[-LAST_LINES:] if line.strip())
