"""Finds and runs the programs of the drivers: kind, k3d, minikube, docker, podman."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path

from fairlead.adapters import process
from fairlead.adapters.clusters.product import Command
from fairlead.model.errors import InputError, Unavailable
from fairlead.ports import Tools

ENGINES = ("docker", "podman")
_ASK = 10.0
_PASSED = ("DOCKER_", "CONTAINER_", "CONTAINERS_", "MINIKUBE_", "KIND_EXPERIMENTAL_", "K3D_")
"""What chooses an engine, a network or a folder for the programs: a cluster made so is found so only."""
_HINTS = {
    "minikube": "install minikube and put it on PATH",
    "docker": "install Docker and start its daemon, or set another driver",
    "podman": "install Podman, or set another driver",
}
_SILENT_ENGINE = ("Cannot connect to the Docker daemon", "Cannot connect to Podman", "docker daemon running")


class Programs:
    """*fetched* names the programs that *tools* has; the others must be on PATH. *environ* is ours."""

    def __init__(
        self,
        tools: Tools,
        *,
        environ: Mapping[str, str],
        tell: Callable[[str], None],
        fetched: frozenset[str] = frozenset(("kind", "k3d")),
    ) -> None:
        self._tools = tools
        self._environ = environ
        self._tell = tell
        self._fetched = fetched

    async def run(self, command: Command, *, is_told: bool = False) -> bytes:
        """Its standard output. Raises Unavailable with its last words when it fails; with *is_told* it is followed."""
        done = await process.run(
            [await self._path(command.program), *command.arguments],
            stdin=command.stdin,
            env={**self._passed(), **command.environment},
            timeout=command.timeout,
            on_stdout_line=self._say if is_told else None,
            on_stderr_line=self._say if is_told else None,
            # minikube and kind take their containers away when they are interrupted in good time.
            stop_grace=30,
        )
        if done.code:
            raise _failed(command, done)
        return done.stdout

    async def engine(self) -> str:
        """The container engine that answers; empty where none does."""
        for engine in ENGINES:
            if shutil.which(engine, path=self._environ.get("PATH")):
                command = Command(program=engine, arguments=("version",), timeout=_ASK)
                try:
                    await self.run(command)
                except Unavailable:
                    continue
                return engine
        return ""

    async def _path(self, program: str) -> Path | str:
        if program in self._fetched:
            return await self._tools.path(program)
        found = shutil.which(program, path=self._environ.get("PATH"))
        if found is None:
            raise Unavailable(f"{program} is not on PATH", hint=_HINTS.get(program, f"install {program}"))
        return found

    def _passed(self) -> dict[str, str]:
        return {name: value for name, value in self._environ.items() if name.startswith(_PASSED)}

    def _say(self, line: str) -> None:
        if text := line.strip():
            self._tell(text)


def _failed(command: Command, done: process.Finished) -> Unavailable | InputError:
    """The last lines of standard error name the cause; minikube writes its errors on both."""
    said = [line.strip() for line in done.error_text.splitlines() if line.strip()]
    said = said or [line.strip() for line in done.stdout.decode(errors="replace").splitlines() if line.strip()]
    cause = " / ".join(said[-2:]) or f"it ended with {done.code} and said nothing"
    verb = " ".join(word for word in command.arguments[:2] if word.replace("-", "").isalpha())
    is_silent = any(words in line for line in said for words in _SILENT_ENGINE)
    hint = "start the container engine, e.g. its daemon" if is_silent else f"try `{command.program} {verb}` by hand"
    return Unavailable(f"{command.program} {verb} failed: {cause}", hint=hint)
