"""What is listed by hand is complete: step kinds, verbs, flags; and files stay small."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fairlead.cli.main import VERBS, cli
from fairlead.engine.steps.table import MUTATING, STEPS
from fairlead.model.plan import StepKind

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400


def test_every_kind_of_step_is_in_the_table() -> None:
    assert set(STEPS) == set(StepKind)


def test_kinds_that_write_are_kinds() -> None:
    assert set(StepKind) > MUTATING


def test_every_step_is_performed_by_a_function_of_its_own() -> None:
    assert len(set(STEPS.values())) == len(STEPS)


def commands() -> Iterator[tuple[str, click.Command]]:
    """Every verb and every command of a group, by its words."""
    context = click.Context(cli)
    for verb in cli.list_commands(context):
        command = cli.get_command(context, verb)
        assert command is not None
        yield verb, command
        if isinstance(command, click.Group):
            yield from ((f"{verb} {name}", each) for name, each in command.commands.items())


COMMANDS = dict(commands())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_says_what_it_does(name: str) -> None:
    assert COMMANDS[name].help


@pytest.mark.parametrize("name", COMMANDS)
def test_every_flag_says_what_it_does(name: str) -> None:
    options = [p for p in COMMANDS[name].params if isinstance(p, click.Option)]
    assert [option.name for option in options if not option.help] == []


@pytest.mark.parametrize("name", COMMANDS)
def test_help_is_shown_for_every_command(name: str) -> None:
    assert "Usage:" in COMMANDS[name].get_help(click.Context(COMMANDS[name], info_name=name))


def test_every_verb_has_a_line_of_its_own() -> None:
    lines = [text for _, text in VERBS.values()]
    assert len(set(lines)) == len(lines)
    assert all(line.endswith(".") for line in lines)


def test_no_file_is_long() -> None:
    files = {str(file.relative_to(ROOT)): file.read_text().count("\n") for file in (ROOT / "src").rglob("*.py")}
    assert {name: lines for name, lines in files.items() if lines > LONGEST_FILE} == {}
