"""How a wrong command line looks: as every other error, one sentence of cause and one of remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import click

from fairlead.cli.terminal import say

INVALID = 4
"""`ExitCode.INVALID`; its module is not loaded for `--help`."""


def show_usage_fault(error: click.ClickException) -> int:
    """Show *error* on stderr; its exit code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        click.echo(error.format_message(), err=True)
        return INVALID
    cause, known = _cause(error)
    say(f"error: {cause}", err=True)
    if hint := _hint(error, known):
        say(f"hint: {hint}", err=True)
    return INVALID


def _cause(error: click.ClickException) -> tuple[str, tuple[str, Iterable[str]]]:
    """The sentence, and the word that is unknown with those that are known in its place."""
    if isinstance(error, click.NoSuchOption):
        return f"no such option: {error.option_name}", (error.option_name, error.possibilities or ())
    if isinstance(error, click.exceptions.NoSuchCommand):
        return f"no such command: {error.command_name}", (error.command_name, _commands(error.ctx))
    text = error.format_message().strip().removesuffix(".")
    return text[:1].lower() + text[1:], ("", ())


def _commands(ctx: click.Context | None) -> Iterable[str]:
    return ctx.command.list_commands(ctx) if ctx and isinstance(ctx.command, click.Group) else ()


def _hint(error: click.ClickException, known: tuple[str, Iterable[str]]) -> str:
    if close := get_close_matches(known[0], list(known[1]), n=1):
        return f"did you mean {close[0]}?"
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    return f"see `{ctx.command_path} --help`" if ctx else ""
