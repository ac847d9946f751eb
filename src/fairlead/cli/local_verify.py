"""`fairlead local verify`."""

from __future__ import annotations

import shutil
from pathlib import Path

import click
import orjson

from fairlead.actions.cluster_check import verify_cluster
from fairlead.bootstrap.tools import image_builder
from fairlead.bootstrap.trial import open_trial
from fairlead.cli.options import (
    choose_environment,
    environment_option,
    open_here,
    output_option,
    places,
    quiet_option,
    run_async,
    tell_on_stderr,
)
from fairlead.formats.cluster_check_text import format_verification
from fairlead.formats.codec import to_json
from fairlead.model.cluster_check import ClusterVerification
from fairlead.planning.cluster_check_objects import IMAGE
from fairlead.readers.project_fields import parse_duration


@click.command()
@environment_option
@output_option
@quiet_option
@click.option("--timeout", default="90s", show_default=True, metavar="DURATION", help="Wait this long for each pod.")
@click.option("--image", default="", metavar="REFERENCE", help="The check's image in a registry that the nodes reach.")
@click.option(
    "--save-image",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Only write the check's image to a file (an OCI archive), to be pushed to a registry.",
)
def verify(environment: str | None, output: str, quiet: bool, timeout: str, image: str, save_image: Path | None) -> int:
    """Try what a platform stands on: nodes, DNS, storage, Services, the way in, images, clock, API latency.

    Ends with 1 when a check failed, and when no real node was seen: what simulated nodes say verifies nothing.
    Works with every driver, `context` too. What it makes is removed in the end.
    """
    tell = tell_on_stderr(quiet=quiet)
    if save_image:
        return _save(save_image, quiet=quiet)
    opened = open_here()
    target = choose_environment(opened.project, environment)

    async def work() -> ClusterVerification:
        async with open_trial(
            places(), opened, target, image=image, patience=parse_duration(timeout), tell=tell
        ) as trial:
            return await verify_cluster(trial)

    found = run_async(work())
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/cluster-verification/v1", **to_json(found)}))
    else:
        click.echo(format_verification(found), nl=False)
    return 0 if found.is_verified else 1


def _save(file: Path, *, quiet: bool) -> int:
    built = run_async(image_builder(places()).build(IMAGE, tell=tell_on_stderr(quiet=quiet)))
    shutil.copyfile(built.archive, file)
    click.echo(f"{built.reference} ({built.digest}) is in {file}")
    return 0
