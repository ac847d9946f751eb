"""`fairlead doctor`."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import orjson

from fairlead.actions.doctor import DoctorFinding, DoctorStatus, is_well
from fairlead.adapters.tools.chain import ToolStatus
from fairlead.bootstrap.clusters import local_driver
from fairlead.bootstrap.places import Opened, open_project
from fairlead.bootstrap.site import open_site
from fairlead.bootstrap.tools import tool_chain
from fairlead.cli.options import output_option, places, run_async
from fairlead.engine.site import survey
from fairlead.engine.steps.checks import tools_of
from fairlead.formats.codec import to_json
from fairlead.model.environment import Driver, Environment
from fairlead.model.errors import FairleadError, InputError

_MACHINE_TOOLS = {"go": "install Go 1.26 or newer", "git": "install git"}


@click.command()
@output_option
def doctor(output: str) -> int:
    """Look for what is missing; each finding names the one command that mends it."""
    found = run_async(_look())
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/doctor/v1", "findings": to_json(found)}))
    else:
        for finding in found:
            mark = "ok" if finding.status is DoctorStatus.GOOD else finding.status.value
            click.echo(f"{mark:<8} {finding.subject}: {finding.message}")
            if finding.mend:
                click.echo(f"         mend it: {finding.mend}")
    return 0 if is_well(found) else 1


async def _look() -> tuple[DoctorFinding, ...]:
    found = [*_machine()]
    try:
        opened = open_project(Path.cwd())
    except InputError as err:
        has_file = bool(err.findings)
        return (*found, _bad("project", str(err), "fairlead validate" if has_file else "cd to a project folder"))
    found.append(_good("project", f"{opened.project.name}, {len(opened.project.components)} components"))
    found += await _tools(opened)
    for environment in opened.project.environments.values():
        found.append(await _environment(opened, environment))
    return tuple(found)


def _machine() -> Iterator[DoctorFinding]:
    yield _good("python", sys.version.split()[0])
    for name, mend in _MACHINE_TOOLS.items():
        path = shutil.which(name)
        yield _good(name, path) if path else _bad(name, "not on PATH", mend)
    for folder in (places().cache, places().state):
        yield _folder(folder)


def _folder(folder: Path) -> DoctorFinding:
    probe = folder / ".doctor"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OSError as err:
        return _bad(str(folder), f"cannot be written: {err.strerror}", f"df -h {folder}")
    return _good(str(folder), "can be written")


async def _tools(opened: Opened) -> list[DoctorFinding]:
    wanted = sorted({name for component in opened.project.components for name in tools_of(component)})
    found = {tool.name: tool for tool in await tool_chain(places(), tell=lambda _: None).status()}
    return [_tool(name, found[name]) for name in wanted]


def _tool(name: str, tool: ToolStatus) -> DoctorFinding:
    if tool.path is None:
        return _bad(name, f"{tool.version} is not there yet", f"fairlead tools install {name}")
    return _good(name, f"{tool.version} from {tool.source.value}")


def _good(subject: str, message: str) -> DoctorFinding:
    return DoctorFinding(subject=subject, status=DoctorStatus.GOOD, message=message)


def _bad(subject: str, message: str, mend: str) -> DoctorFinding:
    return DoctorFinding(subject=subject, status=DoctorStatus.BROKEN, message=message, mend=mend)


async def _environment(opened: Opened, environment: Environment) -> DoctorFinding:
    subject = f"cluster of {environment.name}"
    is_local = environment.cluster.driver not in (Driver.CONTEXT, Driver.K3S, Driver.KUBEADM)
    choice = ""
    try:
        if is_local:
            choice = (await local_driver(places(), opened, environment, tell=lambda _: None).status()).choice
        async with open_site(places(), opened, environment, tell=lambda _: None) as site:
            ground = await survey(site.cluster)
    except FairleadError as err:
        mend = f"fairlead local up -e {environment.name}" if is_local else "kubectl config get-contexts"
        return _bad(subject, _and(str(err), choice), mend)
    return _good(subject, _and(f"Kubernetes {ground.version}, {ground.ready_nodes} nodes ready", choice))


def _and(message: str, choice: str) -> str:
    return f"{message} ({choice})" if choice else message
