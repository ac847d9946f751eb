"""One root made ready for calls: program, environment, flags that every command shares, and how a call fails."""

from __future__ import annotations

import difflib
import json
import os
import signal
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fairlead.adapters import process
from fairlead.adapters.terraform.configuration import Configuration
from fairlead.adapters.terraform.diagnostics import failure, find_diagnostics
from fairlead.adapters.terraform.events import describe_event
from fairlead.adapters.terraform.folders import Folders, RunFolder, on_disk
from fairlead.adapters.terraform.masking import Mask
from fairlead.model.errors import FairleadError, InputError
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import TerraformRoot
from fairlead.model.secret import reveal_tree

STOP_GRACE = 30.0
"""Seconds from SIGINT to SIGKILL. Terraform stops its provisioners, writes its state and releases the lock in this
time; killed earlier, a lock in a cluster stays held for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    root: TerraformRoot
    program: Path
    folders: Folders
    configuration: Configuration
    environment: Mapping[str, str]
    namespace: str
    mask: Mask
    timeout: float

    @property
    def folder(self) -> Path:
        return Path(self.root.folder)

    @property
    def state_flags(self) -> tuple[str, ...]:
        """Where a root without a backend has its state. A saved plan does not remember it: applied without the flag
        it is not found stale, and makes everything anew in a state within the user's folder."""
        return () if self.configuration.backend.kind else (f"-state={self.folders.state}",)

    @property
    def backend_flags(self) -> tuple[str, ...]:
        """What `init` is told of the backend: only what its block does not say itself, or a state that is there already
        would not be found. Our data folder is our own, so what it remembers of an older backend is dropped."""
        backend = self.configuration.backend
        if backend.kind != "kubernetes":
            return ()
        ours = {"secret_suffix": self.root.suffix, "namespace": self.namespace}
        given = (f"-backend-config={name}={value}" for name, value in ours.items() if name not in backend.settings)
        return ("-reconfigure", *given)

    @property
    def secret_suffix(self) -> str:
        """Of the kubernetes backend; empty when it is an expression."""
        return self.configuration.backend.settings.get("secret_suffix", self.root.suffix)

    @property
    def secret_namespace(self) -> str:
        return self.configuration.backend.settings.get("namespace", self.namespace)

    def variables(self) -> dict[str, Any]:
        """What goes into the variables file. Raises InputError for one that the root does not declare: Terraform would
        only warn, and go on without it."""
        declared = self.configuration.variables
        for name in sorted(self.root.variables.keys() - declared):
            close = difflib.get_close_matches(name, declared, n=1)
            raise InputError(
                f"{self.root.component}: the Terraform root declares no variable {name!r}",
                hint=f"did you mean {close[0]!r}?"
                if close
                else "declare it, or remove it from the component's `variables`",
            )
        own = {"environment": self.root.environment} if "environment" in declared else {}
        return {name: reveal_tree(value) for name, value in (own | dict(self.root.variables)).items()}

    def write_variables(self, run: RunFolder) -> tuple[str, ...]:
        """The flags that hand the variables over. A file: arguments show in `ps`, provisioners inherit the rest."""
        variables = self.variables()
        if not variables:
            return ()
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with (
            on_disk(run.variables),
            os.fdopen(os.open(run.variables, flags, 0o600), "w", encoding="utf-8") as file,
        ):
            json.dump(variables, file)
        return (f"-var-file={run.variables}",)

    def ephemeral_flags(self, run: RunFolder) -> tuple[str, ...]:
        """The variables again, where the saved plan does not hold all of them; older programs refuse them otherwise."""
        needed = self.configuration.has_ephemeral and run.variables.exists()
        return (f"-var-file={run.variables}",) if needed else ()

    async def call(self, *words: str) -> process.Finished:
        """A command that holds no lock while it writes: its output comes by pipe."""
        return await process.run(
            (self.program, *words),
            env=self.environment,
            cwd=self.folder,
            timeout=self.timeout,
            stop_signal=signal.SIGINT,
            stop_grace=STOP_GRACE,
        )

    async def call_json(self, *words: str) -> Any:
        """What a reading command prints. Raises our errors."""
        finished = await self.call(*words)
        if finished.code:
            raise self.failed(words[0], said=finished.error_text)
        return json.loads(finished.stdout)

    async def follow(
        self, verb: str, *words: str, run: RunFolder, on_event: Callable[[str], None] | None = None
    ) -> tuple[int, Sequence[str], str]:
        """Run a command that holds the state's lock: code, lines of its output, text of its error output.

        Both go to files that we follow: a pipe that breaks with our death would end it with the lock held for good.
        """
        lines: list[str] = []

        def take(line: str) -> None:
            lines.append(line)
            if on_event and (text := describe_event(line)):
                on_event(self.mask.text(text))

        errors = run.errors(verb)
        finished = await process.run(
            (self.program, verb, *words),
            env=self.environment,
            cwd=self.folder,
            timeout=self.timeout,
            on_stdout_line=take,
            stdout_file=run.events(verb),
            stderr_file=errors,
            stop_signal=signal.SIGINT,
            stop_grace=STOP_GRACE,
        )
        return finished.code, lines, errors.read_text(encoding="utf-8", errors="replace")

    def failed(self, verb: str, *, lines: Sequence[str] = (), said: str = "", changed: bool = False) -> FairleadError:
        """The error that a command's output amounts to, without our secrets."""
        masked = [self.mask.text(line) for line in lines]
        diagnostics = find_diagnostics(masked, root=self.root)
        return failure(diagnostics, root=self.root, verb=verb, said=self.mask.text(said), changed=changed)
