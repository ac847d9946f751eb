"""The flags of `test`, `secure` and `validate`, apart from what those do: `validate` loads little of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from fairlead.cli.debugging import debug_option
from fairlead.cli.options import environment_option, quiet_option
from fairlead.model.finding import Severity

F = TypeVar("F", bound=Callable[..., Any])

report_option = click.option(
    "--report-file", type=click.Path(path_type=Path), help="Write the report too: JUnit if it ends in .xml, else JSON."
)


def _form_option(*forms: str) -> Callable[[F], F]:
    return click.option(
        "-o", "--output", type=click.Choice(forms), default="text", show_default=True, help="Form of the result."
    )


form_option = _form_option("text", "json", "junit")
_options = (
    click.option("--events-file", type=click.Path(path_type=Path), help="Append every event as a JSON line."),
    click.option(
        "--fail-on",
        type=click.Choice([severity.value for severity in Severity]),
        default=Severity.ERROR.value,
        show_default=True,
        help="The least grave finding that fails.",
    ),
    click.option("--parallelism", type=click.IntRange(1, 64), default=8, show_default=True, help="Steps at once."),
    quiet_option,
    debug_option,
)


def _checking(*options: Callable[[Any], Any]) -> Callable[[F], F]:
    def decorate(function: F) -> F:
        for option in reversed((environment_option, *options, *_options)):
            function = option(function)
        return function

    return decorate


checking_options = _checking(form_option, report_option)
validating_options = _checking(
    _form_option("text", "json", "junit", "sarif", "markdown"),
    click.option(
        "--report-file",
        type=click.Path(path_type=Path),
        help="Write the report too: JUnit if it ends in .xml, SARIF in .sarif, Markdown in .md, else JSON.",
    ),
)
