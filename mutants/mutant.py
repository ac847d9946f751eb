"""One way of spoiling the original, and what `fairlead validate` says about it."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fairlead.cli.main import run
from mutants.original import ORIGINAL, WITH_CHART


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """*swaps* maps a file to (text that stands in it once, what is put there), *adds* a file to its text; *removes* are
    files. *files* are the original, where that is not the good project. *needs_tools*: helm, helmfile or kustomize must
    run to see it."""

    rule: str
    name: str
    swaps: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    adds: Mapping[str, str] = field(default_factory=dict)
    removes: tuple[str, ...] = ()
    files: Mapping[str, str] | None = None
    needs_tools: bool = False

    def __str__(self) -> str:
        return f"{self.rule}: {self.name}"

    @property
    def original(self) -> Mapping[str, str]:
        if self.files is not None:
            return self.files
        return WITH_CHART if self.needs_tools else ORIGINAL

    def spoil(self) -> dict[str, str]:
        """The files of the spoilt project. Raises ValueError where the original is not as the mutant takes it to be."""
        files = {**self.original, **self.adds}
        for file, (old, new) in self.swaps.items():
            if files[file].count(old) != 1:
                raise ValueError(f"{self}: {old!r} stands {files[file].count(old)} times in {file}")
            files[file] = files[file].replace(old, new)
        return {file: text for file, text in files.items() if file not in self.removes}


def findings_in(files: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """The rules of all findings in a project of *files*, which is written to *folder*; each once, sorted."""
    for name, text in files.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    said = _validated(folder)
    return tuple(sorted({finding["rule"] for finding in said["findings"]}))


def _validated(folder: Path) -> dict[str, list[dict[str, str]]]:
    report = folder.parent / f"{folder.name}.json"
    with _inside(folder), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
        run(["validate", "-q", "--report-file", str(report)])
    said: dict[str, list[dict[str, str]]] = json.loads(report.read_text())
    return said


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)
