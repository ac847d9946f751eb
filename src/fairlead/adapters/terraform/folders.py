"""Where Terraform's own files go, so that the user's folder stays clean.

    DATA_ROOT/SUFFIX/data/               TF_DATA_DIR: providers, modules, what `init` remembers
    DATA_ROOT/SUFFIX/terraform.tfstate   the state, for roots that name no backend
    DATA_ROOT/SUFFIX/runs/…/             plan, variables and events of one plan; they hold secrets and die with the run

All folders are 0700: Terraform makes its state files readable for everybody.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fairlead.model.errors import Unavailable
from fairlead.model.frozen import dataclass

_SUFFIX = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFolder:
    """The files of one saved plan. The folder is locked as long as we live, so that nobody else clears it away."""

    path: Path
    _lock: int

    @property
    def plan(self) -> Path:
        return self.path / "plan"

    @property
    def variables(self) -> Path:
        return self.path / "variables.tfvars.json"

    def events(self, verb: str) -> Path:
        return self.path / f"{verb}.jsonl"

    def errors(self, verb: str) -> Path:
        return self.path / f"{verb}.stderr"

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folders:
    """The places of one root in one environment; made by `folders_of`."""

    top: Path

    @property
    def data(self) -> Path:
        return self.top / "data"

    @property
    def state(self) -> Path:
        return self.top / "terraform.tfstate"

    @property
    def cli_config(self) -> Path:
        """Empty: a missing one makes Terraform print a plain warning, the user's own would change what we measure."""
        return self.top / "cli.tfrc"

    def new_run(self) -> RunFolder:
        """A new run folder; those that a dead process left behind are removed."""
        with on_disk(self.top):
            return self._new_run()

    def _new_run(self) -> RunFolder:
        runs = _private(self.top / "runs")
        # Between making a folder and locking it, another process must not take it for one that is left over.
        guard = os.open(runs, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(guard, fcntl.LOCK_EX)
            for leftover in runs.iterdir():
                _remove_dead(leftover)
            path = Path(tempfile.mkdtemp(dir=runs))
            lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(lock, fcntl.LOCK_EX)
        finally:
            os.close(guard)
        return RunFolder(path=path, _lock=lock)


def folders_of(suffix: str, *, data_root: Path) -> Folders:
    """Make the folders of *suffix*. Raises Unavailable when they cannot be made, ValueError for an unsafe suffix."""
    if not _SUFFIX.fullmatch(suffix):
        raise ValueError(f"a state's suffix is a DNS label, not {suffix!r}")
    with on_disk(data_root):
        _private(data_root)
        folders = Folders(top=_private(data_root / suffix))
        _private(folders.data)
        folders.cli_config.touch(mode=0o600)
    return folders


@contextlib.contextmanager
def on_disk(place: Path) -> Iterator[None]:
    """Raises Unavailable for what cannot be written at *place*."""
    try:
        yield
    except OSError as err:
        raise Unavailable(
            f"cannot write {err.filename or place}: {err.strerror}", hint="see its rights and free space"
        ) from err


def _private(path: Path) -> Path:
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def _remove_dead(path: Path) -> None:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)
