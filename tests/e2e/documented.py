"""A copy of examples/homelab on a simulated cluster, where documented command lines are run as they are written."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import yaml

from e2e.forked import fork_server
from e2e.rig import HOMELAB, SOURCE, Clone, Finished, writes

RESULTS = "test-results.xml"
COLD = "fairlead-cold"
"""On the search path: the command in a Python that loads it."""
OURS = ("fairlead", "Helm", "HashiCorp", "OpenTofu", "kubectl")


@dataclass(kw_only=True)
class World:
    """*mark* is where the audit log ended before the line was run."""

    clone: Clone
    audit_log: Path
    mark: int = 0

    def shell(self, line: str, **environ: str) -> Finished:
        """Run *line* as a person would, in the repository, with `fairlead` on the search path: one that is forked,
        unless the line says another (COLD)."""
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.clone.folder,
            env={**self.clone.variables(environ), "PATH": f"{self.clone.home}/bin:{self.clone.variables({})['PATH']}"},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        return Finished(code=done.returncode, out=done.stdout, err=done.stderr)

    def start(self) -> None:
        self.mark = self.audit_log.stat().st_size
        (self.clone.folder / RESULTS).unlink(missing_ok=True)

    def writes(self) -> list[tuple[str, str, str, str]]:
        return writes(self.audit_log, since=self.mark, agents=OURS)

    def results(self) -> dict[str, str]:
        """What test-results.xml says of each case: passed, failed or skipped."""
        root = ET.parse(self.clone.folder / RESULTS).getroot()
        return {case.get("name", ""): _word(case) for case in root.iter("testcase")}

    def get(self, *words: str) -> Any:
        return json.loads(self.clone.kubectl("get", *words, "-o", "json"))

    def exists(self, *words: str) -> bool:
        return bool(self.clone.kubectl("get", *words, "--ignore-not-found", "-o", "name"))

    def run_state(self) -> dict[str, Any]:
        """The last run as the record has it."""
        found: dict[str, Any] = self.clone.run("status", "-e", "local", "-o", "json").expect().json["run"]
        return found

    def edit_project(self, change: Callable[[dict[str, Any]], None]) -> None:
        data = yaml.safe_load((self.clone.folder / "fairlead.yaml").read_text())
        change(data)
        self.clone.write("fairlead.yaml", data)

    def mend(self, *, pages: bool) -> None:
        """The repository as committed; with *pages* that component too."""
        self.clone.git("checkout", "--quiet", "--", ".")
        self.clone.git("clean", "--quiet", "-fd")
        if pages:
            words = ("--selector", "pages", "--skip-terraform", "--skip-tests", "--force-conflicts")
            self.clone.run("deploy", "-e", "local", *words, timeout=600).expect()


def _word(case: ET.Element) -> str:
    if case.find("failure") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"


def nothing(_: World) -> None:
    """Nothing is prepared."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One documented command line, and what it must have done. What *prepare* changed in the repository is undone
    afterwards; *undo* takes back what it did to the cluster, *moves_pages* what became of that component."""

    name: str
    line: str
    effect: Callable[[World, Finished], None]
    code: int = 0
    prepare: Callable[[World], None] = nothing
    undo: Callable[[World], None] = nothing
    moves_pages: bool = False
    environ: dict[str, str] = field(default_factory=dict)


def _write_launcher(file: Path, words: Sequence[str]) -> None:
    file.write_text(f'#!/bin/sh\nPYTHONPATH={shlex.quote(SOURCE)} exec {shlex.join(words)} "$@"\n')
    file.chmod(0o755)


def make_world(root: Path, kubeconfig: Path, audit_log: Path) -> World:
    """The homelab with all three environments on the one cluster; deployed as `local`."""
    clone = Clone(folder=root / "homelab", home=root / "home", kubeconfig=kubeconfig)
    clone.share_images()
    shutil.copytree(HOMELAB, clone.folder, dirs_exist_ok=True)
    launcher = clone.home / "bin" / "fairlead"
    launcher.parent.mkdir(parents=True)
    _write_launcher(launcher, fork_server(SOURCE).caller)
    _write_launcher(launcher.with_name(COLD), [sys.executable, "-m", "fairlead.cli.main"])
    world = World(clone=clone, audit_log=audit_log)

    def on_one_cluster(data: dict[str, Any]) -> None:
        for environment in data["environments"].values():
            environment["cluster"] = {"driver": "context", "kubeconfig": str(kubeconfig)}

    world.edit_project(on_one_cluster)
    clone.commit()
    return world
