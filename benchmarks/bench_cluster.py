"""A cluster for one case: a real control plane on this machine with simulated nodes, gone when the case ends."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cost import Finished, Stopwatch
from benchmarks.peer import HELMFILE, tool, tool_chain
from fairlead.adapters.clock import SystemClock
from fairlead.adapters.clusters.embedded.cluster import EmbeddedCluster
from fairlead.adapters.clusters.folder import cluster_folder
from fairlead.adapters.tools.cache import default_cache
from fairlead.model.local_cluster import LocalCluster

ROOT = Path(__file__).resolve().parents[1]
SERVERS = ("kube-apiserver", "etcd")
FAIRLEAD = (sys.executable, "-m", "fairlead.cli.main")
GONE_WITHIN_SECONDS = 120.0
SYSTEM_NAMESPACES = frozenset({"default", "kube-system", "kube-public", "kube-node-lease"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rig:
    """A cluster, a folder for projects, and homes of its own for all programs."""

    folder: Path
    cluster: LocalCluster

    @property
    def kubeconfig(self) -> str:
        return self.cluster.kubeconfig

    def stopwatch(self, project: Path) -> Stopwatch:
        servers = tuple(process.pid for process in self.cluster.processes if process.name in SERVERS)
        return Stopwatch(folder=project, environ=self.environ(), servers=servers, log=self.folder / "last")

    def environ(self) -> Mapping[str, str]:
        """What every program sees, ours and the peer's."""
        bin_folder = self.folder / "bin"
        return {
            "PATH": f"{bin_folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT / "src"),
            "HOME": str(self.folder / "home"),
            "KUBECONFIG": self.kubeconfig,
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "XDG_STATE_HOME": str(self.folder / "state"),
        }

    def fairlead(self, project: Path, *words: str, timeout: float = 600) -> Finished:
        return self.stopwatch(project).run(*FAIRLEAD, *words, timeout=timeout)

    def kubectl(self, *words: str, stdin: str | None = None) -> str:
        """Unmeasured: for making and checking things."""
        done = subprocess.run(
            [str(tool("kubectl")), *words], env=self.environ(), input=stdin, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"kubectl {' '.join(words)}: {done.stderr[-2000:]}")
        return done.stdout

    def objects(self, kinds: Sequence[str]) -> list[dict[str, Any]]:
        """All objects of *kinds* outside the cluster's own namespaces."""
        found = json.loads(self.kubectl("get", ",".join(kinds), "--all-namespaces", "--output=json"))["items"]
        return [item for item in found if item["metadata"].get("namespace") not in SYSTEM_NAMESPACES]

    def wipe(self) -> None:
        """Delete every namespace that the cluster did not bring, and wait until all are gone."""
        if names := self._namespaces():
            self.kubectl("delete", "namespace", *names, "--wait=false")
        deadline = time.monotonic() + GONE_WITHIN_SECONDS
        while self._namespaces():
            if time.monotonic() > deadline:
                raise RuntimeError(f"still there after {GONE_WITHIN_SECONDS:.0f} s: {self._namespaces()}")
            time.sleep(0.5)

    def _namespaces(self) -> list[str]:
        names = self.kubectl("get", "namespaces", "--output=name").split()
        return sorted({name.removeprefix("namespace/") for name in names} - SYSTEM_NAMESPACES)


@contextlib.contextmanager
def rig() -> Iterator[Rig]:
    """All of it in one temporary folder, which goes with the cluster."""
    folder = Path(tempfile.mkdtemp(prefix="fairlead-bench-"))
    embedded = EmbeddedCluster(
        cluster_folder(folder / "clusters", "bench", "local"),
        tools=tool_chain(),
        clock=SystemClock(),
        progress=lambda line: print(line, file=sys.stderr),
    )
    try:
        for place in ("home", "cache/fairlead", "state", "bin"):
            (folder / place).mkdir(parents=True)
        (folder / "cache" / "fairlead" / "tools").symlink_to(default_cache(os.environ))
        for name in ("helm", "kubectl", HELMFILE.name):
            (folder / "bin" / name).symlink_to(tool(name))
        yield Rig(folder=folder, cluster=asyncio.run(embedded.up()))
    finally:
        asyncio.run(embedded.down())
        shutil.rmtree(folder, ignore_errors=True)


def passing_environ(folder: Path) -> Mapping[str, str]:
    """For commands without a cluster whose home, state and kept renderings lie in *folder*; the tools are there."""
    cache = folder / "cache" / "fairlead"
    cache.mkdir(parents=True)
    (cache / "tools").symlink_to(default_cache(os.environ))
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT / "src"),
        "HOME": str(folder / "home"),
        "XDG_CACHE_HOME": str(folder / "cache"),
        "XDG_STATE_HOME": str(folder / "state"),
    }
