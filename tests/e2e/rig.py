"""What the end-to-end tests stand on: the command in a project of its own, against a cluster that a module shares."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from e2e.forked import can_be_forked, fork_server
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster, RealNodes
from fairlead.adapters.clusters.embedded.kinds import NodeChoice
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.images.addons import ADDONS
from fairlead.adapters.images.builder import ImageBuilder
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.registry.credentials import LoginFiles
from fairlead.adapters.tools.cache import default_cache
from fairlead.adapters.tools.chain import ToolChain
from fairlead.adapters.tools.system import SystemPackages
from fairlead.model.environment import NodeKind
from fairlead.model.image import ImageRequest
from fairlead.model.local_cluster import LocalCluster

ROOT = Path(__file__).parents[2]
SOURCE = str(ROOT / "src")
SAMPLE = ROOT / "examples" / "sample"
HOMELAB = ROOT / "examples" / "homelab"


def inputs() -> Path:
    """The folder of real inputs, `shared/inputs` beside this checkout or beside a folder that it lies in."""
    found = next((f for above in ROOT.parents if (f := above / "shared" / "inputs").is_dir()), None)
    assert found, f"no shared/inputs beside {ROOT} nor beside a folder above: these tests read the real inputs there"
    return found


def tools_folder() -> Path:
    """The tool cache of this user: building the tools takes minutes, so tests share it."""
    return default_cache(os.environ)


def go_folder(name: str) -> str:
    """A folder of this user's Go, such as GOMODCACHE."""
    return subprocess.run(["go", "env", name], capture_output=True, text=True, check=True).stdout.strip()


def tool(name: str) -> Path:
    return asyncio.run(ToolChain(tools_folder(), progress=lambda line: print(line, file=sys.stderr)).path(name))


@contextlib.contextmanager
def empty_cluster(state: Path) -> Iterator[LocalCluster]:
    """A fresh cluster with simulated nodes, in the folder *state*, for as long as the block lasts."""
    embedded = EmbeddedCluster(
        cluster_folder(state, "e2e", "local"),
        tools=ToolChain(tools_folder(), progress=print),
        clock=SystemClock(),
        progress=print,
    )
    try:
        yield asyncio.run(embedded.up())
    finally:
        asyncio.run(embedded.down())


@contextlib.contextmanager
def real_cluster(state: Path, *programs: ImageRequest) -> Iterator[tuple[LocalCluster, dict[str, str]]]:
    """A fresh cluster with one real node that holds the images *programs*, and their references by name."""
    embedded = EmbeddedCluster(
        cluster_folder(state, "e2e", "real"),
        tools=ToolChain(tools_folder(), progress=print),
        clock=SystemClock(),
        progress=print,
        nodes=NodeKind.REAL,
        real=RealNodes(
            choice=NodeChoice(packages=SystemPackages(progress=print), may_install=_always),
            images=image_builder(),
            addons=ADDONS,
        ),
    )
    try:
        cluster = asyncio.run(embedded.up())
        yield cluster, asyncio.run(_load(embedded, programs))
    finally:
        asyncio.run(embedded.down())


async def _load(embedded: EmbeddedCluster, requests: Iterable[ImageRequest]) -> dict[str, str]:
    found = {}
    for request in requests:
        built = await image_builder().build(request, tell=print)
        await embedded.load(Path(built.archive), reference=built.reference)
        found[request.name] = built.reference
    return found


def image_builder() -> ImageBuilder:
    """With the image cache of this user, and no login anywhere."""
    nobody = LoginFiles(environ={}, home=tools_folder() / "nobody")
    return ImageBuilder(cache=tools_folder().parent, registries=Registries(nobody))


async def _always(_: str) -> bool:
    return True


@dataclass(frozen=True, kw_only=True)
class Finished:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def expect(self, code: int = 0) -> Finished:
        assert self.code == code, f"exit {self.code}, wanted {code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"
        return self


@dataclass(kw_only=True)
class Clone:
    """A project folder (a Git repository) with homes of its own, and the command run in it."""

    folder: Path
    home: Path
    kubeconfig: Path
    environ: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache.mkdir(parents=True, exist_ok=True)
        if not (self.cache / "fairlead").exists():
            (self.cache / "fairlead").mkdir()
            (self.cache / "fairlead" / "tools").symlink_to(tools_folder())
            # The images that real nodes run themselves take minutes to build as well.
            images = tools_folder().with_name("images")
            images.mkdir(parents=True, exist_ok=True)
            (self.cache / "fairlead" / "images").symlink_to(images)

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    def share_images(self) -> None:
        """Use the images of this user, and the Go modules that they are made of: building them takes minutes."""
        images = self.cache / "fairlead" / "images"
        if not images.is_symlink():
            shared = tools_folder().with_name("images")
            shared.mkdir(parents=True, exist_ok=True)
            images.symlink_to(shared)
        self.environ |= {name: go_folder(name) for name in ("GOCACHE", "GOMODCACHE")}

    def keep_own_images(self) -> None:
        """Use no image that was built before."""
        (self.cache / "fairlead" / "images").unlink()

    def write(self, path: str, content: str | Mapping[str, Any]) -> Path:
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return file

    def project(self, name: str, *components: Mapping[str, Any], **environment: Any) -> None:
        """Write a fairlead.yaml with one environment `local` on the shared cluster."""
        self._claim(name)
        cluster = {"driver": "context", "kubeconfig": str(self.kubeconfig)}
        environments = {"local": {"cluster": cluster, **environment}}
        self.write(
            "fairlead.yaml",
            {
                "apiVersion": "fairlead.dev/v1",
                "project": name,
                "environments": environments,
                "components": list(components),
            },
        )

    def _claim(self, project: str) -> None:
        """A project's record stays in the cluster: on one that modules share, each has names of its own.

        Which modules share one depends on the order of the tests, so all workers of a run look at the same notes.
        """
        run = next((folder for folder in self.folder.parents if folder.name.startswith("pytest-")), None)
        if run is None or not re.search(r"/shared\d+/", str(self.kubeconfig)):
            return
        (run / "projects").mkdir(exist_ok=True)
        module = os.environ["PYTEST_CURRENT_TEST"].partition("::")[0]
        with (run / "projects" / project).open("a+") as note:
            fcntl.flock(note, fcntl.LOCK_EX)
            note.seek(0)
            others = note.read() or module
            assert others == module, (
                f"project {project} is already one of {others}: the record of that one may be there"
            )
            note.seek(0)
            note.truncate()
            note.write(module)

    def copy_sample(self, name: str) -> None:
        """The sample of the README, as project *name*, on the shared cluster."""
        shutil.copytree(SAMPLE, self.folder, dirs_exist_ok=True)
        data = yaml.safe_load((SAMPLE / "fairlead.yaml").read_text())
        data["project"] = name
        data["environments"]["local"]["cluster"] = {"driver": "context", "kubeconfig": str(self.kubeconfig)}
        self.write("fairlead.yaml", data)

    def commit(self, message: str = "change") -> str:
        """Commit everything; the commit."""
        if not (self.folder / ".git").exists():
            self.git("init", "--quiet", "--initial-branch=main")
        self.git("add", "--all")
        self.git("-c", "user.name=test", "-c", "user.email=test@example.test", "commit", "--quiet", "-m", message)
        return self.git("rev-parse", "HEAD")

    def git(self, *words: str) -> str:
        done = subprocess.run(["git", "-C", str(self.folder), *words], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def run(self, *words: str | Path, timeout: float = 300, **environ: str) -> Finished:
        variables = self.variables(environ)
        if can_be_forked(variables, SOURCE):
            done = fork_server(SOURCE).run([*map(str, words)], cwd=self.folder, env=variables, timeout=timeout)
        else:
            done = subprocess.run(
                command(*words),
                cwd=self.folder,
                env=variables,
                capture_output=True,
                text=True,
                timeout=timeout,
                check=False,
            )
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self, *words: str | Path, **environ: str) -> subprocess.Popen[str]:
        """The command in the background; the caller ends it (see `ended`)."""
        return subprocess.Popen(
            command(*words),
            cwd=self.folder,
            env=self.variables(environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            # Whoever runs the tests with `&` or nohup has SIGINT ignored, and so would the command.
            preexec_fn=_hear_ctrl_c,  # noqa: PLW1509 - the tests have one thread
        )

    def kubectl(self, *words: str, check: bool = True, stdin: str | None = None) -> str:
        done = subprocess.run(
            [str(tool("kubectl")), f"--kubeconfig={self.kubeconfig}", f"--cache-dir={self.home / 'kube'}", *words],
            capture_output=True,
            text=True,
            input=stdin,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def variables(self, extra: Mapping[str, str]) -> dict[str, str]:
        """What the command sees of the environment."""
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": SOURCE,
            "HOME": str(self.home),
            "XDG_CACHE_HOME": str(self.cache),
            "XDG_STATE_HOME": str(self.home / "state"),
            **self.environ,
            **extra,
        }


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def command(*words: str | Path) -> list[str]:
    return [sys.executable, "-m", "fairlead.cli.main", *map(str, words)]


def eventually(condition: Callable[[], Any], *, seconds: float = 120) -> Any:
    """The first true answer of *condition*, asked again until *seconds* are over."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not true within {seconds} s: {condition}"
        # A yield of the processor between two looks at another process, not a wait for a result.
        time.sleep(0.02)
    return found


def ended(process: subprocess.Popen[str], *, timeout: float = 300) -> Finished:
    out, err = process.communicate(timeout=timeout)
    return Finished(code=process.returncode, out=out, err=err)


def audit_events(log: Path, *, since: int = 0) -> Iterator[dict[str, Any]]:
    """Audit events that begin after byte *since*; dry-runs are told by `dryRun` in their request URI.

    A line that was half written when the log had *since* bytes is of before: it is left out.
    """
    with log.open("rb") as lines:
        if since:
            lines.seek(since - 1)
            lines.readline()
        for line in lines:
            if line.endswith(b"\n"):
                yield json.loads(line)


WRITES = frozenset({"create", "update", "patch", "delete", "deletecollection"})


def accepted_writes(log: Path, *, since: int = 0, agents: tuple[str, ...] = ()) -> Iterator[dict[str, Any]]:
    """The events, in the order of their answers, of every real, accepted write but the record's, Leases and Events.

    *agents*: only requests whose user agent starts with one of these.
    """
    for event in audit_events(log, since=since):
        if write_of(event, agents=agents):
            yield event


def writes(log: Path, *, since: int = 0, agents: tuple[str, ...] = ()) -> list[tuple[str, str, str, str]]:
    """(verb, resource, namespace, name) of each accepted write."""
    return [write for event in audit_events(log, since=since) if (write := write_of(event, agents=agents))]


def write_of(event: Mapping[str, Any], *, agents: tuple[str, ...] = ()) -> tuple[str, str, str, str] | None:
    """What an audit event writes, None where `writes` leaves it out."""
    ref = event.get("objectRef") or {}
    if event["verb"] not in WRITES or "dryRun=" in event["requestURI"] or event["responseStatus"]["code"] >= 300:
        return None
    if "fairlead-system" in (ref.get("namespace"), ref.get("name")) or ref.get("resource") in ("leases", "events"):
        return None
    if agents and not event.get("userAgent", "").startswith(agents):
        return None
    return event["verb"], ref.get("resource", ""), ref.get("namespace", ""), ref.get("name", "")
