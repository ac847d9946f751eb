"""`fairlead local logs`."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.bootstrap.clusters import local_driver
from fairlead.cli.options import choose_environment, environment_option, open_here, places, run_async
from fairlead.model.errors import InputError
from fairlead.model.local_cluster import LocalCluster


@click.command()
@click.argument("process", default="")
@environment_option
@click.option("--tail", type=click.IntRange(min=1), default=100, show_default=True, help="How many lines from the end.")
def logs(process: str, environment: str | None, tail: int) -> int:
    """Print the last lines of a process of an embedded cluster; without PROCESS, where the logs are."""
    opened = open_here()
    target = choose_environment(opened.project, environment)
    found = run_async(local_driver(places(), opened, target, tell=lambda _: None).status())
    known = {one.name: Path(one.log) for one in found.processes}
    if process and process not in known:
        raise _unknown(process, found)
    if process:
        click.echo("".join(_last_lines(known[process], tail)), nl=False)
        return 0
    if not known:
        raise _unknown("", found)
    for name, path in known.items():
        click.echo(f"{name:<24} {path}")
    return 0


def _last_lines(path: Path, count: int) -> list[str]:
    try:
        with path.open(errors="replace") as file:
            return file.readlines()[-count:]
    except OSError as err:
        raise InputError(f"{path} cannot be read: {err.strerror}", hint="start the cluster again") from err


def _unknown(process: str, cluster: LocalCluster) -> InputError:
    if not cluster.processes:
        hint = (
            "its nodes are containers: see `docker logs` of the nodes that `kubectl get nodes` names"
            if cluster.name
            else "start one with `fairlead local up`"
        )
        return InputError("there are no processes of ours with a log", hint=hint)
    names = ", ".join(one.name for one in cluster.processes)
    return InputError(f"unknown process: {process}", hint=f"known processes are {names}")
