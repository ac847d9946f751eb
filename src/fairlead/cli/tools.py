"""`fairlead tools list|install`."""

from __future__ import annotations

import click
import orjson

from fairlead.adapters.tools.chain import ToolStatus
from fairlead.bootstrap.tools import system_packages, tool_chain
from fairlead.cli.options import output_option, places, quiet_option, run_async, tell_on_stderr


@click.group()
def tools() -> None:
    """The pinned command-line tools: where each comes from, and how to get it."""


@tools.command("list")
@output_option
def list_tools(output: str) -> int:
    """List the pinned tools, and where each was found."""
    found = run_async(tool_chain(places(), tell=lambda _: None).status())
    if output == "json":
        click.echo(orjson.dumps({"schema": "fairlead.dev/tools/v1", "tools": [_shown(tool) for tool in found]}))
        return 0
    for tool in found:
        click.echo(f"{tool.name:<24} {tool.version:<10} {tool.source.value:<7} {tool.path or ''}")
    return 0


def _shown(tool: ToolStatus) -> dict[str, str | None]:
    path = str(tool.path) if tool.path else None
    return {"name": tool.name, "version": tool.version, "source": tool.source.value, "path": path}


@tools.command()
@click.argument("names", nargs=-1)
@click.option("--system", is_flag=True, help="Install the packages that real nodes need, too (root, Debian-like).")
@quiet_option
def install(names: tuple[str, ...], system: bool, quiet: bool) -> int:
    """Fetch or build tools; if none is named all but kind and k3d, which few projects need."""
    tell = tell_on_stderr(quiet=quiet)
    chain, packages = tool_chain(places(), tell=tell), system_packages(tell=tell)

    async def work() -> int:
        if system:
            await packages.install(packages.missing())
        wanted = names or chain.usual()
        for name, path in (await chain.install(wanted)).items():
            click.echo(f"{name:<24} {path}")
        return 0

    return run_async(work())
