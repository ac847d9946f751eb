"""The Git repository of a project, asked through the git command."""

from __future__ import annotations

from pathlib import Path

from fairlead.adapters import process
from fairlead.model.errors import Unavailable
from fairlead.model.report import RESULTS_FILE

TIMEOUT_SECONDS = 60


class GitRepository:
    """`Repository` on the git command. Outside a repository, or without git, there is no commit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def commit(self) -> str:
        code, said = await self._git("rev-parse", "--verify", "--quiet", "HEAD")
        return said if code == 0 else ""

    async def is_dirty(self) -> bool:
        # What `fairlead test` wrote is no change of the project.
        paths = (".", f":(exclude){RESULTS_FILE}")
        code, said = await self._git("status", "--porcelain", "--untracked-files=normal", "--", *paths)
        return code == 0 and bool(said)

    async def _git(self, *arguments: str) -> tuple[int, str]:
        command = ["git", "-c", "core.fsmonitor=false", "-C", str(self._folder), *arguments]
        try:
            # Optional locks off: a look must not write the index of a repository that somebody works in.
            done = await process.run(command, env={"GIT_OPTIONAL_LOCKS": "0"}, timeout=TIMEOUT_SECONDS)
        except Unavailable:
            return 127, ""
        return done.code, done.stdout.decode(errors="replace").strip()
