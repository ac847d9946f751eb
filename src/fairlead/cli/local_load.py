"""`fairlead local load`."""

from __future__ import annotations

from pathlib import Path

import click

from fairlead.adapters.images.references import references_of
from fairlead.bootstrap.clusters import local_driver
from fairlead.cli.options import (
    choose_environment,
    environment_option,
    open_here,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)


@click.command()
@click.argument("archive", type=click.Path(dir_okay=False, path_type=Path))
@environment_option
@click.option("--as", "reference", default="", metavar="REFERENCE", help="Only the image of this name.")
@quiet_option
def load(archive: Path, environment: str | None, reference: str, quiet: bool) -> int:
    """Put the images of an archive (a tar file) on every node.

    Pods use them with the pull policy IfNotPresent or Never.
    """
    opened = open_here()
    target = choose_environment(opened.project, environment)
    driver = local_driver(places(), opened, target, tell=tell_on_stderr(quiet=quiet))
    archive = archive.absolute()
    names = (reference,) if reference else references_of(archive)

    async def work() -> None:
        for name in names:
            await driver.load(archive, reference=name)

    run_async(work())
    for name in names:
        click.echo(f"{name} is on the nodes of {target.name}")
    return 0
