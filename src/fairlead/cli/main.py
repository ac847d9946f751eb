"""The command `fairlead`: the table of verbs, and the one place that turns errors into exit codes.

Nothing heavy is imported here: `fairlead --help` must stay as fast as importing click. A verb's module is imported when
it is called; the table holds its short help.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

VERBS = {
    "import": ("fairlead.cli.importing", "Read a repository as it is, and write fairlead.yaml for it."),
    "validate": ("fairlead.cli.validate", "Check the project and its manifests, offline."),
    "render": ("fairlead.cli.render", "Show what would be applied, or where a value comes from."),
    "resolve": ("fairlead.cli.resolve", "Settle version ranges in the environment's lock file."),
    "plan": ("fairlead.cli.plan", "Show what a deployment would change, and why."),
    "deploy": ("fairlead.cli.deploy", "Deploy an environment through its five phases."),
    "resume": ("fairlead.cli.resume", "Continue a run that was cut off."),
    "rollback": ("fairlead.cli.rollback", "Return to a bundle that ran well, and pin the environment."),
    "unpin": ("fairlead.cli.unpin", "End the pin that a rollback left."),
    "destroy": ("fairlead.cli.destroy", "Remove what was deployed, but for what holds data."),
    "test": ("fairlead.cli.test", "Run the tests of an environment on what is deployed."),
    "secure": ("fairlead.cli.secure", "Check the security of what is deployed."),
    "diff": ("fairlead.cli.diff", "Show what differs between two environments, offline."),
    "status": ("fairlead.cli.status", "Show what runs where, in which version, since when."),
    "drift": ("fairlead.cli.drift", "Show what differs between what was deployed and what is there."),
    "history": ("fairlead.cli.history", "List the runs of an environment."),
    "locks": ("fairlead.cli.locks", "Show who holds which lock, and whether they live."),
    "unlock": ("fairlead.cli.unlock", "Release a lock whose holder is dead."),
    "demo": ("fairlead.cli.demo", "A guided tour: a platform of its own, deployed, broken, mended."),
    "maintenance": ("fairlead.cli.maintenance", "Close an environment to deployments, or open it again."),
    "local": ("fairlead.cli.local", "A Kubernetes cluster on this machine."),
    "tools": ("fairlead.cli.tools", "The pinned command-line tools."),
    "doctor": ("fairlead.cli.doctor", "Look for what is missing, with the command that mends it."),
    "schema": ("fairlead.cli.schema", "Print the JSON Schema of fairlead.yaml."),
    "completion": ("fairlead.cli.completion", "Print a completion script for your shell."),
}

COLLECT_EVERY = 500_000
"""Objects more than before, until Python looks for cycles among them. Its 700 are reached some 170 times while a verb's
modules are imported, which make no garbage: a tenth of that time. 5,000 objects of a cluster are 280,000 of Python's,
nearly all of which stay: looking through them five times found one in a hundred, for another tenth."""

FUNCTIONS = {"import": "import_project"}
"""Where the verb's name is a word of Python's."""


class VerbGroup(click.Group):
    """Verbs from the table above; the module of a verb holds a click command of the verb's name, or of `FUNCTIONS`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module, _ = VERBS[cmd_name]
        command: click.Command = getattr(import_module(module), FUNCTIONS.get(cmd_name, cmd_name))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in VERBS.items()])


def _show_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from fairlead import __version__

        click.echo(f"fairlead {__version__}")
        ctx.exit()


@click.group(cls=VerbGroup, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FAIRLEAD"})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_show_version, help="Show it.")
def cli() -> None:
    """Take a Kubernetes platform from a commit to a healthy cluster: one plan, one record, one set of gates."""


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script; ends the process with the exit code."""
    code = run(arguments)
    gc.freeze()  # else Python looks through all that is there once more, only to end: a tenth of a short verb
    sys.exit(code)


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; the exit code. Every error ends here, and nowhere else."""
    gc.set_threshold(COLLECT_EVERY)
    try:
        result: Any = cli.main(args=arguments, prog_name="fairlead", standalone_mode=False)
    except (KeyboardInterrupt, click.Abort, EOFError):
        click.echo("interrupted; `fairlead resume` continues a deployment", err=True)
        return 130
    except click.ClickException as error:
        from fairlead.cli.usage import show_usage_fault

        return show_usage_fault(error)
    except BrokenPipeError:
        return _pipe_closed()
    except Exception as error:  # noqa: BLE001 - the one place where an error becomes an exit code
        return _end_with(error)
    return result if isinstance(result, int) else 0


def _pipe_closed() -> int:
    import os

    # Python would complain once more when it flushes at exit.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _end_with(error: Exception) -> int:
    from fairlead.model.errors import FairleadError

    if not isinstance(error, FairleadError):
        from fairlead.cli.bugs import show_bug

        return show_bug(error)
    from fairlead.cli.faults import show_fault

    return show_fault(error)


if __name__ == "__main__":
    main()
