"""`fairlead resolve`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from fairlead.actions.resolve import Resolution, ResolveOptions
from fairlead.actions.resolve import resolve as resolve_project
from fairlead.adapters.images.tags import RegistryTags
from fairlead.bootstrap.sources import open_sources
from fairlead.bootstrap.tools import registries
from fairlead.cli.files import write_result
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
from fairlead.formats.codec import to_json
from fairlead.formats.lock_file import format_lock
from fairlead.model.errors import InputError
from fairlead.planning.selection import select


@click.command()
@environment_option
@click.option("--upgrade", is_flag=True, help="Also what is locked and fits: take the newest that a range allows.")
@click.option("--images", is_flag=True, help="Pin tags of images to digests too, where their registry answers.")
@output_option
@quiet_option
@click.argument("component", nargs=-1)
def resolve(
    environment: str | None, upgrade: bool, images: bool, output: str, quiet: bool, component: tuple[str, ...]
) -> int:
    """Settle version ranges, and write what they mean into the environment's lock file.

    The only verb that does: all others read environments/NAME/fairlead.lock.yaml, and refuse what it does not settle.
    What is locked and fits stays, unless --upgrade is given. Name components to resolve only those.
    """
    opened = open_here()
    target = choose_environment(opened.project, environment)
    tell = tell_on_stderr(quiet=quiet)
    sources = open_sources(places(), opened, tell=tell)
    selected = select(opened.project.components_of(target), component)
    options = ResolveOptions(selected=selected, upgrade=upgrade, images=images)
    found = run_async(resolve_project(opened.project, target, sources, RegistryTags(registries()), options, tell=tell))
    file = opened.root / found.lock.file
    if found.changes:
        _write(file, format_lock(found.lock).encode())
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/resolution/v1", **to_json(found)}))
    else:
        for line in _lines(found):
            click.echo(line)
    return 0


def _write(file: Path, content: bytes) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise InputError(f"{file.parent} cannot be made: {err.strerror}") from err
    write_result(file, content, mode=0o666)  # a file of the project, as an editor would make it


def _lines(found: Resolution) -> Iterator[str]:
    for change in found.changes:
        moved = f"{change.before} -> {change.after}" if change.before and change.after else ""
        said = moved or (change.after if change.after else f"{change.before} is no longer needed")
        yield f"{change.component}: {change.subject}: {said}"
    yield from (f"note: {note}" for note in found.notes)
    count = len(found.changes)
    yield f"{found.lock.file}: {f'{count} changed; commit it' if count else 'as it was'}"
