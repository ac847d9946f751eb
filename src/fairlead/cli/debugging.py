"""`--debug` and `DEBUG=true`: a line on stderr for each request to an API server and for each program that ended."""

from __future__ import annotations

import logging
import os
from typing import Any

import click

from fairlead.cli.terminal import say

VARIABLE = "FAIRLEAD_DEBUG"


class _Lines(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        say(f"debug: {record.getMessage()}", err=True)


def _listen(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    os.environ[VARIABLE] = "true"  # what the flag stands for, wherever it is looked for later
    logger = logging.getLogger("fairlead")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    logger.handlers = [_Lines()]


def debug_option(function: Any) -> Any:
    return click.option(
        "--debug",
        is_flag=True,
        envvar=[VARIABLE, "DEBUG"],
        expose_value=False,
        callback=_listen,
        help="Tell each request and each program that is run, on stderr; with errors, their traces.",
    )(function)
