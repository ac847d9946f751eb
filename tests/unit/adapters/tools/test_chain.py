"""The chain: PATH, cache, download, build; and what happens to the cache when a rung fails, dies or is shared.

`go` is a script here; the real one is in tests/e2e/test_tools_build.py. The download comes from a server on loopback.
Left out: TLS and proxies, which are aiohttp's.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import resource
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from aiohttp import web

from fairlead.adapters.tools.cache import ToolCache, default_cache
from fairlead.adapters.tools.chain import Source, ToolChain, ToolStatus, UnknownTool
from fairlead.adapters.tools.tool import Archive, Download, GoBuild, Platform, Tool, this_platform
from fairlead.model.errors import Unavailable

HERE = str(this_platform())
PROGRAM = b"#!/bin/sh\necho 1.2.3\n"
BUILD = GoBuild(name="anchor", version="1.2.3", go="1.21", packages={"anchor": "example.test/anchor"})
ANCHOR = Tool(name="anchor", version="1.2.3", build=BUILD)
GO = """#!/bin/sh
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho 1.2.3\\n' > "$2"; chmod 755 "$2"; echo x >> $LOG
"""


@dataclass(kw_only=True)
class Machine:
    """A machine with nothing on its search path but what a test puts there."""

    folder: Path
    said: list[str] = field(default_factory=list)

    @property
    def cache(self) -> Path:
        return self.folder / "cache"

    def program(self, name: str, script: str) -> Path:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(script.replace("$LOG", str(self.folder / "log")))
        path.chmod(0o755)
        return path

    def chain(
        self, tool: Tool = ANCHOR, *, every: float = 60, progress: Callable[[str], None] | None = None
    ) -> ToolChain:
        return ToolChain(
            self.cache,
            table={tool.name: tool},
            progress=progress or self.said.append,
            progress_every=every,
            search_path=str(self.folder / "bin"),
        )

    @property
    def builds(self) -> int:
        log = self.folder / "log"
        return len(log.read_text().split()) if log.exists() else 0

    @property
    def files(self) -> set[str]:
        """What the cache holds, locks aside."""
        found = (path.relative_to(self.cache) for path in self.cache.rglob("*") if not path.is_dir())
        return {str(path) for path in found if path.suffix != ".lock"}


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(folder=tmp_path)


# --- the order of the rungs ------------------------------------------------------------------------------


async def test_a_fitting_program_on_path_comes_first(machine: Machine) -> None:
    machine.program("go", GO)
    path = machine.program("anchor", "#!/bin/sh\necho 1.2.4\n")
    assert await machine.chain().path("anchor") == path
    assert machine.builds == 0


async def test_a_program_on_path_that_does_not_fit_is_passed_over(machine: Machine) -> None:
    machine.program("go", GO)
    machine.program("anchor", "#!/bin/sh\necho 1.1.0\n")
    assert await machine.chain().path("anchor") == machine.cache / "anchor" / f"1.2.3-{HERE}" / "anchor"


async def test_what_was_built_once_is_found_in_the_cache(machine: Machine) -> None:
    machine.program("go", GO)
    first = await machine.chain().path("anchor")
    assert await machine.chain().path("anchor") == first
    assert machine.builds == 1
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}
    assert subprocess.run([first], capture_output=True, check=True).stdout == b"1.2.3\n"


async def test_two_at_once_in_one_process_build_once(machine: Machine) -> None:
    machine.program("go", GO)
    chain = machine.chain()
    one, other = await asyncio.gather(chain.path("anchor"), chain.path("anchor"))
    assert one == other
    assert machine.builds == 1


async def test_two_users_of_one_cache_build_once(machine: Machine) -> None:
    machine.program("go", GO.replace("printf", "sleep 0.3; printf"))
    await asyncio.gather(machine.chain().path("anchor"), machine.chain().path("anchor"))
    assert machine.builds == 1
    assert any(line.startswith("waiting for another process that makes anchor 1.2.3") for line in machine.said)


async def test_without_go_the_remedies_are_named(machine: Machine) -> None:
    with pytest.raises(Unavailable, match="neither on PATH nor in the cache: there is no Go to build it") as caught:
        await machine.chain().path("anchor")
    assert "put anchor 1.2.3 on PATH, or install Go 1.21 or newer" in caught.value.hint


async def test_an_unknown_tool_is_named_with_the_known_ones(machine: Machine) -> None:
    with pytest.raises(UnknownTool, match="unknown tool: chorn") as caught:
        await machine.chain().path("chorn")
    assert caught.value.hint == "known tools are anchor"


async def test_the_version_is_the_pinned_one(machine: Machine) -> None:
    assert machine.chain().version("anchor") == "1.2.3"


async def test_status_says_where_a_tool_comes_from(machine: Machine) -> None:
    chain = machine.chain()
    assert await chain.status() == (ToolStatus(name="anchor", version="1.2.3", source=Source.ABSENT),)
    machine.program("go", GO)
    path = await chain.path("anchor")
    assert await chain.status() == (ToolStatus(name="anchor", version="1.2.3", source=Source.CACHE, path=path),)
    path = machine.program("anchor", "#!/bin/sh\necho 1.2.3\n")
    assert await chain.status() == (ToolStatus(name="anchor", version="1.2.3", source=Source.PATH, path=path),)


async def test_install_goes_on_after_a_failure_and_names_it_at_the_end(machine: Machine) -> None:
    machine.program("go", f'#!/bin/sh\ncase "$*" in *broken*) echo no such module >&2; exit 1;; esac\n{GO}')
    broken = Tool(name="broken", version="0.1.0", build=replace(BUILD, name="broken", packages={"broken": "b"}))
    chain = ToolChain(
        machine.cache,
        table={"broken": broken, "anchor": ANCHOR},
        progress=machine.said.append,
        search_path=str(machine.folder / "bin"),
    )
    with pytest.raises(Unavailable, match=r"1 of 2 tools could not be installed: .*no such module"):
        await chain.install(["broken", "anchor"])
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


# --- the build -------------------------------------------------------------------------------------------


async def test_a_build_is_told_of_while_it_runs(machine: Machine) -> None:
    steps = "echo 'go: downloading example.test/rope v1.0.0' >&2; echo example.test/anchor >&2"
    # It ends when it was told of: no fixed time.
    wait = f"until [ -e {machine.folder}/seen ]; do sleep 0.01; done"
    machine.program("go", GO.replace("printf", f"{steps}; {wait}; printf", 1))

    def see(line: str) -> None:
        machine.said.append(line)
        if "1 packages compiled" in line:
            (machine.folder / "seen").touch()

    await machine.chain(every=0.05, progress=see).path("anchor")
    assert machine.said[0] == "building anchor 1.2.3 from the Go modules (the first time takes minutes)"
    assert "0 s, 1 modules fetched, 1 packages compiled, now example.test/anchor" in machine.said[-2]
    assert machine.said[-1].startswith("built anchor 1.2.3 in ")


async def test_a_failed_build_ends_with_the_words_of_the_compiler(machine: Machine) -> None:
    machine.program(
        "go",
        "#!/bin/sh\necho 'go: downloading a.test/b v1' >&2; echo a.test/b >&2\n"
        "echo 'go: go.mod requires go >= 1.99 (running go 1.26; GOTOOLCHAIN=local)' >&2; exit 1\n",
    )
    with pytest.raises(
        Unavailable, match=r"building anchor 1\.2\.3 failed: go: go\.mod requires go >= 1\.99"
    ) as caught:
        await machine.chain().path("anchor")
    assert "it needs Go 1.21 or newer" in caught.value.hint
    assert "a.test/b" not in caught.value.message
    assert machine.files == set()


async def test_a_build_on_a_full_disk_says_so(machine: Machine) -> None:
    machine.program("go", "#!/bin/sh\necho 'write /x: no space left on device' >&2; exit 1\n")
    with pytest.raises(Unavailable, match="no space left on device") as caught:
        await machine.chain().path("anchor")
    assert "make room" in caught.value.hint


async def test_a_build_sees_the_users_go_settings_and_nothing_of_the_cluster(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in {
        "KUBECONFIG": "/k",
        "GOOS": "plan9",
        "CGO_ENABLED": "1",
        "GOFLAGS": "-p=1 -race -tags=x",
    }.items():
        monkeypatch.setenv(name, value)
    note = f"#!/bin/sh\nenv > {machine.folder}/env; echo $* > {machine.folder}/argv"
    machine.program("go", GO.replace("#!/bin/sh", note))
    await machine.chain().path("anchor")
    seen = (machine.folder / "env").read_text().splitlines()
    assert {"GOFLAGS=-buildvcs=false -p=1", "CGO_ENABLED=0", f"GOOS={this_platform().os}", "GOWORK=off"} <= set(seen)
    assert not any(line.startswith("KUBECONFIG=") for line in seen)
    assert "-mod=mod -trimpath -buildvcs=false" in (machine.folder / "argv").read_text()


async def test_a_multi_call_build_is_found_under_each_of_its_names(machine: Machine) -> None:
    machine.program("go", GO)
    build = GoBuild(name="fleet", version="1.2.3", go="1.21", main="package main", links=("anchor", "buoy"))
    tools = {name: Tool(name=name, version="1.2.3", build=build) for name in build.links}
    chain = ToolChain(machine.cache, table=tools, progress=machine.said.append, search_path=str(machine.folder / "bin"))
    paths = await chain.install(["anchor", "buoy"])
    assert machine.builds == 1
    assert {path.name for path in paths.values()} == {"anchor", "buoy"}
    assert {path.resolve().name for path in paths.values()} == {"fleet"}


async def test_a_build_that_lacks_a_program_of_the_table_is_replaced(machine: Machine) -> None:
    machine.program("go", GO)
    old = machine.cache / "anchor" / f"1.2.3-{HERE}" / "winch"
    old.parent.mkdir(parents=True)
    old.write_text("")
    await machine.chain().path("anchor")
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


BUILDER = """
import asyncio, sys
from pathlib import Path
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.tool import GoBuild, Tool
build = GoBuild(name="anchor", version="1.2.3", go="1.21", packages={"anchor": "example.test/anchor"})
chain = ToolChain(Path(sys.argv[1]), table={"anchor": Tool(name="anchor", version="1.2.3", build=build)},
                  progress=print, search_path=sys.argv[2])
asyncio.run(chain.path("anchor"))
"""


async def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.01)


async def test_a_builder_that_is_killed_leaves_no_half_tool_and_no_lock(machine: Machine) -> None:
    started = machine.folder / "started"
    half = f'while [ "$1" != -o ]; do shift; done; echo half > "$2"; chmod 755 "$2"; touch {started}; exec sleep 60'
    machine.program("go", f"#!/bin/sh\n{half}\n")
    builder = subprocess.Popen([sys.executable, "-c", BUILDER, machine.cache, machine.folder / "bin"], stdout=-3)
    try:
        await until(started.exists)
    finally:
        builder.kill()
        builder.wait()
    assert len(machine.files) > 0, "the dead builder's litter is there"
    machine.program("go", GO)
    path = await machine.chain().path("anchor")
    assert path.read_bytes() == PROGRAM
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


async def test_a_cancelled_build_leaves_nothing(machine: Machine) -> None:
    started = machine.folder / "started"
    machine.program("go", f"#!/bin/sh\ntouch {started}; exec sleep 60\n")
    task = asyncio.create_task(machine.chain().path("anchor"))
    await until(started.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert machine.files == set()


# --- the disk --------------------------------------------------------------------------------------------


async def test_a_cache_that_cannot_be_written_is_named(machine: Machine) -> None:
    machine.program("go", GO)
    machine.cache.write_text("a file where a folder should be")
    with pytest.raises(Unavailable, match=r"cannot write the tools' folder .*/cache: Not a directory") as caught:
        await machine.chain().path("anchor")
    assert "XDG_CACHE_HOME" in caught.value.hint


async def test_a_disk_that_takes_no_more_leaves_nothing_half_written(machine: Machine) -> None:
    cache = ToolCache(root=machine.cache, platform=this_platform())
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill() -> None:
        with cache.staging("anchor", "1.2.3") as folder:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
            (folder / "bin" / "anchor").write_bytes(b"x" * 5000)

    try:
        with pytest.raises(Unavailable, match=r"cannot write the tools' folder .*: File too large"):
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert machine.files == set()


def test_the_cache_is_below_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/u")
    assert default_cache({}) == Path("/home/u/.cache/fairlead/tools")
    assert default_cache({"XDG_CACHE_HOME": "/c"}) == Path("/c/fairlead/tools")
    assert default_cache({"XDG_CACHE_HOME": "relative"}) == Path("/home/u/.cache/fairlead/tools")


# --- the download ----------------------------------------------------------------------------------------


def tar_of(name: str, *, link: str = "") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo(name)
        info.size = 0 if link else len(PROGRAM)
        info.type, info.linkname = (tarfile.SYMTYPE, link) if link else (tarfile.REGTYPE, "")
        tar.addfile(info, io.BytesIO(PROGRAM))
    return buffer.getvalue()


def zip_of(name: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as pack:
        pack.writestr(name, PROGRAM)
    return buffer.getvalue()


@dataclass(kw_only=True)
class Release:
    """A release page on loopback: *body* at any path but `/refused`; at `/short` it ends in the middle."""

    body: bytes = PROGRAM
    asked: list[str] = field(default_factory=list)
    port: int = 0

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        if request.path.startswith("/refused"):
            return web.Response(status=403)
        if not request.path.startswith("/short"):
            return web.Response(body=self.body)
        response = web.StreamResponse(headers={"Content-Length": str(len(self.body))})
        await response.prepare(request)
        await response.write(self.body[:5])
        assert request.transport is not None
        request.transport.close()
        return response

    def tool(self, place: str = "v{version}/{os}/{arch}", **changes: object) -> Tool:
        download = Download(
            url=f"http://127.0.0.1:{self.port}/{place}", sha256={HERE: hashlib.sha256(self.body).hexdigest()}
        )
        return replace(ANCHOR, download=replace(download, **changes))  # type: ignore[arg-type]  # any field


@pytest.fixture
async def release(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Release]:
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    page = Release()
    app = web.Application()
    app.router.add_get("/{tail:.*}", page.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    page.port = runner.addresses[0][1]
    yield page
    await runner.cleanup()


async def test_a_download_comes_before_a_build(machine: Machine, release: Release) -> None:
    machine.program("go", GO)
    path = await machine.chain(release.tool()).path("anchor")
    assert path.read_bytes() == PROGRAM
    assert os.access(path, os.X_OK)
    platform = this_platform()
    assert release.asked == [f"/v1.2.3/{platform.os}/{platform.arch}"]
    assert machine.builds == 0
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


async def test_without_a_checksum_for_the_platform_nothing_is_asked(machine: Machine, release: Release) -> None:
    machine.program("go", GO)
    await machine.chain(release.tool(sha256={"plan9-mips": "0" * 64})).path("anchor")
    assert release.asked == []
    assert machine.builds == 1


@pytest.mark.parametrize(("archive", "pack"), [(Archive.TAR_GZ, tar_of), (Archive.ZIP, zip_of)])
async def test_the_program_is_taken_out_of_its_archive(
    machine: Machine, release: Release, archive: Archive, pack: Callable[[str], bytes]
) -> None:
    release.body = pack("anchor-1.2.3/anchor")
    tool = release.tool(archive=archive, member="anchor-{version}/anchor")
    assert (await machine.chain(tool).path("anchor")).read_bytes() == PROGRAM
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


REFUSED = "answered 403"
SHORT = "could not be read to its end"
OTHER = "is not the file that is pinned: its sha256 is"


@pytest.mark.parametrize(
    ("place", "changes", "said"),
    [
        ("refused", {}, REFUSED),
        ("short", {}, SHORT),
        ("x", {"sha256": {HERE: "0" * 64}}, OTHER),
        ("x", {"limit": len(PROGRAM) - 1}, "is larger than"),
        ("x", {"archive": Archive.TAR_GZ, "member": "anchor"}, "holds no anchor"),
        ("x", {"archive": Archive.ZIP, "member": "anchor"}, "holds no anchor"),
    ],
)
async def test_a_bad_download_is_never_used_and_the_build_goes_on(
    machine: Machine, release: Release, place: str, changes: dict[str, object], said: str
) -> None:
    machine.program("go", GO)
    await machine.chain(release.tool(place, **changes)).path("anchor")
    assert any(said in line for line in machine.said)
    assert machine.builds == 1
    assert machine.files == {f"anchor/1.2.3-{HERE}/anchor"}


async def test_a_server_that_is_not_there_is_said_and_nothing_is_left(machine: Machine) -> None:
    release = Release(port=1)
    with pytest.raises(Unavailable, match=r"could not be read to its end.*; there is no Go to build it with"):
        await machine.chain(release.tool()).path("anchor")
    assert machine.files == set()


@pytest.mark.parametrize("member", ["absent", "anchor"])
async def test_an_archive_gives_no_link_and_nothing_it_lacks(machine: Machine, release: Release, member: str) -> None:
    release.body = tar_of("anchor", link="/etc/passwd")
    with pytest.raises(Unavailable, match=r"holds no absent|is no file of at most"):
        await machine.chain(release.tool(archive=Archive.TAR_GZ, member=member)).path("anchor")
    assert machine.files == set()


def test_a_platform_reads_as_in_the_table() -> None:
    assert str(Platform(os="linux", arch="amd64")) == "linux-amd64"
