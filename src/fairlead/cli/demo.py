"""`fairlead demo`: a guided tour of a platform, on a cluster of its own."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import select
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click

from fairlead.adapters.examples import copy_example
from fairlead.bootstrap.tools import tool_chain
from fairlead.cli.demo_guide import Guide
from fairlead.cli.demo_story import DOWN, STORY, UP
from fairlead.cli.options import places, run_async, tell_on_stderr
from fairlead.cli.terminal import say
from fairlead.model.errors import InputError, Interrupted

EXAMPLE = "homelab"
PROJECT = "demo"
MARK = "fairlead-demo"
"""A file in `.git` of a copy of ours: only such a folder is replaced or removed."""
_OWN_SETTINGS = {
    "user.name": "Fairlead demo",
    "user.email": "demo@example.test",
    "commit.gpgsign": "false",
    "core.hooksPath": os.devnull,
}
"""Of the commit: what the user has set for commits of their own may ask for a passphrase, or refuse."""


@click.command()
@click.option(
    "-y",
    "--yes",
    is_flag=True,
    help="Do not wait before each step, nor ask before system packages for real nodes are installed.",
)
@click.option("--keep", is_flag=True, help="Leave the cluster and the project's folder at the end.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the copy of the example goes; default: with Fairlead's state.",
)
@click.option("--end", is_flag=True, help="Only end what an earlier tour kept.")
def demo(yes: bool, keep: bool, folder: Path | None, end: bool) -> int:
    """Show what Fairlead does, on a platform and a cluster of its own: deploy it, break it, mend it.

    Every step shows the command line that does it. Without a terminal nothing waits for you.
    """
    place = folder.absolute() if folder else places().state / PROJECT
    guide = Guide(folder=place, pause=_pause(yes=yes), kubectl=_kubectl, count=len(STORY) + (1 if keep else 2))
    if end:
        return _end(guide)
    _lay_out(place)
    say(f"The platform of this tour is a copy of the example {EXAMPLE}, in {place}.")
    is_told = False
    try:
        _tour(guide, keep=keep, yes=yes)
        is_told = True
    except (KeyboardInterrupt, EOFError):
        raise Interrupted("the tour was ended early") from None
    finally:
        if keep:
            _say_how_to_go_on(guide, end=_words_to_end(place if folder else None))
        else:
            if guide.has_begun:
                _take_down(guide, waits=is_told)
            shutil.rmtree(place)
    say("\n" + "\n".join(f"{seconds:7.1f} s  {title}" for title, seconds in guide.told))
    return 0


def _tour(guide: Guide, *, keep: bool, yes: bool) -> None:
    # Real nodes need system packages: only a tour that was told yes installs them without asking.
    guide.tell(dataclasses.replace(UP, command=(*UP.command, "--yes")) if yes else UP)
    ground = guide.look_at_ground()
    chapters = [chapter for chapter in STORY if not (ground.is_simulated and chapter.real_only)]
    guide.count = len(chapters) + (1 if keep else 2)
    for chapter in chapters:
        guide.tell(chapter)


def _take_down(guide: Guide, *, waits: bool) -> None:
    guide.announce(DOWN)
    if waits:
        # Whoever ends the tour here wants the same as whoever goes on.
        with contextlib.suppress(KeyboardInterrupt, EOFError):
            guide.pause()
    guide.run(DOWN)


def _end(guide: Guide) -> int:
    if not _is_ours(guide.folder):
        say("no tour was kept")
        return 0
    guide.count = 1
    guide.tell(DOWN)
    shutil.rmtree(guide.folder)
    return 0


def _is_ours(place: Path) -> bool:
    return (place / ".git" / MARK).exists()


def _lay_out(place: Path) -> None:
    """A fresh copy of the example, committed as a project is. Raises InputError for a folder that is not ours."""
    if place.exists() and not _is_ours(place) and any(place.iterdir()):
        raise InputError(f"{place} holds something else", hint="name an empty or a new folder with --folder")
    copy_example(EXAMPLE, place, project=PROJECT)
    _git(place, "init", "--quiet", "--initial-branch=main")
    (place / ".git").mkdir(exist_ok=True)
    (place / ".git" / MARK).touch()
    _git(place, "add", "--all")
    _git(place, "commit", "--quiet", "--message=The platform of the tour")


def _git(place: Path, *words: str) -> None:
    """Nothing where there is no git. Raises InputError with what git says."""
    if not shutil.which("git"):
        return
    settings = [word for name, value in _OWN_SETTINGS.items() for word in ("-c", f"{name}={value}")]
    done = subprocess.run(["git", *settings, *words], cwd=place, capture_output=True, text=True, check=False)
    if done.returncode:
        raise InputError(
            f"git {words[0]} ended with {done.returncode}: {done.stderr.strip()}",
            hint=f"mend what git says; it ran in {place}",
        )


def _pause(*, yes: bool) -> Callable[[], None]:
    def wait() -> None:
        # Not `click.pause`: it takes Ctrl-C and the end of the input for Enter.
        click.echo("Enter runs it, Ctrl-C ends the tour ", err=True, nl=False)
        # Not `input`: a Ctrl-C right before it begins to read is seen only after the next key.
        while not select.select([sys.stdin], [], [], 0.2)[0]:
            continue
        if not sys.stdin.readline():
            raise EOFError

    return (lambda: None) if yes or not (sys.stdin.isatty() and sys.stderr.isatty()) else wait


def _kubectl() -> Path:
    return run_async(tool_chain(places(), tell=tell_on_stderr(quiet=False)).path("kubectl"))


def _words_to_end(folder: Path | None) -> str:
    return f"fairlead demo --end --folder {shlex.quote(str(folder))}" if folder else "fairlead demo --end"


def _say_how_to_go_on(guide: Guide, *, end: str) -> None:
    pages = guide.pages("podinfo", "pages")
    shown = ["Its pages:", *(f"  {page}" for page in pages)] if pages else []
    lines = [
        "",
        "The cluster stays.",
        *shown,
        "Go on with:",
        f"  cd {shlex.quote(str(guide.folder))}",
        "  export FAIRLEAD_ENVIRONMENT=local",
        "  fairlead status",
        "End it with:",
        f"  {end}",
    ]
    say("\n".join(lines))
