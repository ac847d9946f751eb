"""Starts Fairlead in this repository in the place of a script. FAIRLEAD names the program; else it is on PATH."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[1]


def become(words: Sequence[str], *, renamed: Mapping[str, Sequence[str]] | None = None) -> NoReturn:
    """`fairlead WORDS FLAGS`, where *renamed* says what a flag of the script is called there."""
    os.chdir(ROOT)
    program = os.environ.get("FAIRLEAD") or "fairlead"
    try:
        os.execvp(program, [program, *words, *_translated(sys.argv[1:], renamed or {})])  # noqa: S606 - no shell
    except OSError as err:
        print(f"error: {program} cannot be started: {err.strerror}", file=sys.stderr)
        print("hint: install Fairlead, or set FAIRLEAD to its path", file=sys.stderr)
        sys.exit(1)


def _translated(flags: Sequence[str], renamed: Mapping[str, Sequence[str]]) -> list[str]:
    found: list[str] = []
    for flag in flags:
        name, equals, value = flag.partition("=")
        found += [*renamed[name], *([value] if equals else [])] if name in renamed else [flag]
    return found
