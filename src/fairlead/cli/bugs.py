"""How a bug looks: one line, and the path of a log with the trace. Loads only the standard library and click: what is
broken may be an installed package."""

from __future__ import annotations

import os
import traceback
from datetime import UTC, datetime
from pathlib import Path

import click

from fairlead.model.exit_codes import ExitCode


def show_bug(error: Exception) -> int:
    text = "".join(traceback.format_exception(error))
    place = _write_log(text)
    click.echo(f"bug: {type(error).__name__}: {error}", err=True)
    click.echo(f"hint: please report it with {place}" if place else text, err=True)
    return ExitCode.BUG


def _write_log(text: str) -> Path | None:
    state = Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state")
    file = state / "fairlead" / "bugs" / f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.log"
    try:
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file.write_text(text)
        file.chmod(0o600)
    except OSError:
        return None
    return file
