"""Real builds: the Go toolchain, the Go modules, and every tool of the table at its version.

Slow when Go's caches or the tools' cache are empty (all tools: about ten minutes on two cores), seconds otherwise.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.on_path import find_on_path
from fairlead.adapters.tools.table import TABLE
from fairlead.adapters.tools.tool import GoBuild, Tool

pytestmark = pytest.mark.e2e

MAIN = """package main

import (
	"os"
	"path/filepath"
)

var version = "unset"

func main() {
	println(filepath.Base(os.Args[0]), version)
}
"""
FLEET = GoBuild(
    name="fleet", version="1.2.3", go="1.21", main=MAIN, links=("anchor", "buoy"), stamps={"main.version": "1.2.3"}
)
BUILDER = """
import asyncio, sys
from pathlib import Path
from fairlead.adapters.tools.chain import ToolChain
asyncio.run(ToolChain(Path(sys.argv[1]), progress=print).install(sys.argv[2:]))
"""


def fleet(cache: Path) -> ToolChain:
    tools = {name: Tool(name=name, version="1.2.3", build=FLEET) for name in FLEET.links}
    return ToolChain(cache, table=tools, progress=print, search_path=str(Path(shutil.which("go") or "go").parent))


async def test_a_multi_call_binary_knows_its_name_and_its_stamp(tmp_path: Path) -> None:
    paths = await fleet(tmp_path).install(["anchor", "buoy"])
    said = [subprocess.run([path], capture_output=True, check=True).stderr for path in paths.values()]
    assert said == [b"anchor 1.2.3\n", b"buoy 1.2.3\n"]


async def test_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    one = await fleet(tmp_path / "one").path("anchor")
    other = await fleet(tmp_path / "elsewhere" / "two").path("anchor")
    assert one.read_bytes() == other.read_bytes()


def test_a_tool_builds_with_go_and_git_alone_and_an_empty_home_and_two_at_once_build_it_once(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "python3").symlink_to(sys.executable)
    for name in ("go", "git"):
        (programs / name).symlink_to(Path(shutil.which(name) or name).resolve())
    env = {"HOME": str(tmp_path / "home"), "PATH": str(programs), "GOTOOLCHAIN": "local"}
    env |= {name: value for name, value in os.environ.items() if name.startswith("SSL_CERT_")}
    (tmp_path / "home").mkdir()
    command = [sys.executable, "-c", BUILDER, str(tmp_path / "cache"), "age-keygen"]
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) for _ in range(2)]
    said = [process.communicate(timeout=900)[0].decode() for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert sum("built age" in text for text in said) == 1
    made = sorted((tmp_path / "cache" / "age").glob("1.3.2-*/*"))
    assert [path.name for path in made] == ["age", "age-keygen"]


async def test_every_tool_of_the_table_is_what_it_says(tmp_path: Path) -> None:
    # An empty search path but for Go: what the machine has does not count here.
    (tmp_path / "go").symlink_to(Path(shutil.which("go") or "go").resolve())
    chain = ToolChain(default_cache(os.environ), progress=print, search_path=str(tmp_path))
    paths = await chain.install(TABLE)
    for name, path in paths.items():
        assert await find_on_path(TABLE[name], search_path=str(path.parent)) == path
