"""How a validation is shown and written: the same findings and the same exit code in every form."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from fairlead import __version__
from fairlead.cli.faults import show_fault
from fairlead.cli.files import write_result
from fairlead.cli.terminal import say
from fairlead.formats.validation.json import format_validation_json
from fairlead.formats.validation.junit import format_validation_junit
from fairlead.formats.validation.markdown import format_validation_markdown
from fairlead.formats.validation.sarif import format_validation_sarif
from fairlead.formats.validation.text import report_lines, summary, unknown_kinds, waived_lines
from fairlead.model.errors import FairleadError, StepFailed
from fairlead.model.exit_codes import ExitCode, worst
from fairlead.model.finding import Severity
from fairlead.model.validation import Validation

_FORMS = {".xml": "junit", ".sarif": "sarif", ".md": "markdown"}


def show_validation(
    found: Validation, *, output: str, file: Path | None, fail_on: Severity, verbose: bool = False
) -> int:
    codes = [found.exit_code(fail_on), _write(found, file, fail_on) if file else ExitCode.DONE]
    if output == "text":
        _show_text(found, verbose=verbose)
    else:
        sys.stdout.buffer.write(_formatted(found, output, fail_on))
        sys.stdout.buffer.flush()
    if codes[0] is ExitCode.FAILED:
        nothing = StepFailed("nothing was checked: the components have no objects", hint="see `fairlead render`")
        codes.append(show_fault(nothing))
    return worst(codes)


def _show_text(found: Validation, *, verbose: bool) -> None:
    for line in report_lines(found.findings, verbose=verbose):
        say(line)
    for waived in found.waived if verbose else ():
        for line in waived_lines(waived):
            say(line)
    click.echo(summary(found))
    if found.unknown:
        click.echo(unknown_kinds(found))
    if found.is_partial:
        click.echo("charts and kustomizations were not rendered: mend fairlead.yaml first")


def _formatted(found: Validation, output: str, fail_on: Severity) -> bytes:
    match output:
        case "junit":
            return format_validation_junit(found, fail_on=fail_on) + b"\n"
        case "sarif":
            return format_validation_sarif(found, version=__version__) + b"\n"
        case "markdown":
            return format_validation_markdown(found, fail_on=fail_on).encode()
        case _:
            return format_validation_json(found, fail_on=fail_on) + b"\n"


def _write(found: Validation, file: Path, fail_on: Severity) -> int:
    """A report that cannot be written does not hide what was found."""
    try:
        write_result(file, _formatted(found, _FORMS.get(file.suffix, "json"), fail_on))
    except FairleadError as err:
        return show_fault(err)
    return ExitCode.DONE
