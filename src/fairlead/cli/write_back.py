"""`fairlead drift --adopt`."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable

from fairlead.actions.drift import DriftOptions
from fairlead.actions.write_back import WriteBackOptions, write_back
from fairlead.adapters.drafts import ProjectDrafts
from fairlead.bootstrap.places import Opened
from fairlead.bootstrap.site import open_site
from fairlead.cli.asking import ask
from fairlead.cli.options import places, run_async, tell_on_stderr
from fairlead.cli.terminal import show
from fairlead.formats.write_back_text import format_write_back_json, plan_lines, write_back_lines
from fairlead.model.environment import Environment
from fairlead.model.frozen import dataclass
from fairlead.model.write_back import WriteBack, WrittenBack


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptFlags:
    is_trial: bool
    yes: bool
    is_json: bool
    quiet: bool


def adopt(opened: Opened, target: Environment, options: DriftOptions, flags: AdoptFlags) -> int:
    done = run_async(_adopt(opened, target, options, flags))
    if flags.is_json:
        sys.stdout.buffer.write(format_write_back_json(done) + b"\n")
        sys.stdout.buffer.flush()
    else:
        show(write_back_lines(done))
    return done.exit_code


async def _adopt(opened: Opened, target: Environment, options: DriftOptions, flags: AdoptFlags) -> WrittenBack:
    tell = tell_on_stderr(quiet=flags.quiet)
    drafts = ProjectDrafts(opened.root, cache=places().cache / "drafts")
    async with open_site(places(), opened, target, tell=tell) as site:
        wanted = WriteBackOptions(drift=options, is_trial=flags.is_trial)
        return await write_back(site, wanted, drafts, confirm=_asker(yes=flags.yes), tell=tell)


def _asker(*, yes: bool) -> Callable[[WriteBack], Awaitable[bool]]:
    async def confirm(plan: WriteBack) -> bool:
        if yes or not (sys.stdin.isatty() and sys.stderr.isatty()):
            return True
        show([*plan_lines(plan), ()], err=True)
        files = "this file" if len(plan.after) == 1 else f"these {len(plan.after)} files"
        return await ask(f"Write {files}?")

    return confirm
