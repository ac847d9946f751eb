"""Takes the pictures of docs/guides/screens from real runs: the command in tmux, on a simulated embedded cluster.

`python scripts/screens.py [FOLDER]` needs tmux and takes a few minutes. What a picture shows is what tmux was told to
capture while the command ran: nothing is drawn by hand.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from terminal_picture import svg_of

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "guides" / "screens"
TIERS: Final = ("infrastructure", "storage", "monitoring", "applications")
SLOW: Final = {"disk": "fast"}
"""No node has this label until the picture is taken: what asks for it waits."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """A project with a cluster of its own, below *folder*."""

    folder: Path

    @property
    def project(self) -> Path:
        return self.folder / "homelab"

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "state/fairlead/clusters/homelab/local/kubeconfig"

    @property
    def environment(self) -> Mapping[str, str]:
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "XDG_CACHE_HOME") if name in os.environ},
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "XDG_STATE_HOME": str(self.folder / "state"),
            "KUBECONFIG": str(self.kubeconfig),
            "FAIRLEAD_NODES": "simulated",
            "LANG": "C.UTF-8",
        }

    def run(self, *words: str, check: bool = True) -> str:
        done = subprocess.run(
            words, cwd=self.project, env=dict(self.environment), capture_output=True, text=True, check=False
        )
        if check and done.returncode:
            raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
        return done.stdout


@contextlib.contextmanager
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="fairlead-screens-") as folder:
        found = Place(folder=Path(folder))
        (found.folder / "bin").mkdir()
        found.project.mkdir()
        program = found.folder / "bin" / "fairlead"
        words = f'PYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" -m fairlead.cli.main "$@"'
        program.write_text(f"#!/bin/sh\n{words}\n")
        program.chmod(0o755)
        write_project(found, five())
        found.run("fairlead", "local", "up")
        try:
            yield found
        finally:
            found.run("fairlead", "local", "down", check=False)


# -- projects


def component(name: str, tier: str, *, image: str = "", slow: bool = False, **given: Any) -> dict[str, Any]:
    """A component of one Deployment; *slow* ones find no node at first."""
    return {"name": name, "tier": tier, "image": image or f"{name}:1.0.0", "slow": slow, **given}


def five() -> list[dict[str, Any]]:
    return [
        component("gateway", "infrastructure", image="gateway:0.3.0"),
        component("database", "storage", image="postgres:17.2", slow=True),
        component("metrics", "monitoring", image="prometheus:3.1.0"),
        component("shop", "applications", image="shop:6.9.1", slow=True, replicas=3),
        component("pages", "applications", image="pages:1.2.0", needs=["gateway"]),
    ]


def hundred() -> list[dict[str, Any]]:
    return [
        component(f"{prefix}-{number:02}", tier, slow=number % 5 == 3 and tier != "infrastructure")
        for prefix, tier in zip(("infra", "store", "watch", "app"), TIERS, strict=True)
        for number in range(25)
    ]


def write_project(found: Place, components: Sequence[dict[str, Any]], *, broken: str = "") -> None:
    """Write *components* as manifests and a project file; the one named *broken* asks for what no node has."""
    shutil.rmtree(found.project / "manifests", ignore_errors=True)
    listed = []
    for one in components:
        folder = found.project / "manifests" / one["name"]
        folder.mkdir(parents=True)
        selector = {"disk": "quantum"} if one["name"] == broken else SLOW if one["slow"] else {}
        documents = [deployment(one, selector), service(one["name"])]
        (folder / "all.yaml").write_text(yaml.safe_dump_all(documents, sort_keys=False))
        more = {key: one[key] for key in ("needs", "timeout") if key in one}
        listed.append(
            {
                "name": one["name"],
                "tier": one["tier"],
                "namespace": one["tier"],
                "manifests": f"manifests/{one['name']}",
                **more,
            }
        )
    project = {
        "apiVersion": "fairlead.dev/v1",
        "project": "homelab",
        "environments": {"local": {"cluster": {"driver": "embedded", "nodes": "simulated"}, "kubernetes": "1.34"}},
        "components": listed,
    }
    (found.project / "fairlead.yaml").write_text(yaml.safe_dump(project, sort_keys=False))
    found.run("git", "init", "--quiet", "--initial-branch=main")
    found.run("git", "add", "--all")
    found.run("git", "-c", "user.name=a", "-c", "user.email=a@example.test", "commit", "--quiet", "-m", "project")


def deployment(one: Mapping[str, Any], selector: Mapping[str, str]) -> dict[str, Any]:
    name = one["name"]
    pod = {"containers": [{"name": "main", "image": one["image"]}], **({"nodeSelector": selector} if selector else {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name},
        "spec": {
            "replicas": one.get("replicas", 1),
            "selector": {"matchLabels": {"app": name}},
            "template": {"metadata": {"labels": {"app": name}}, "spec": pod},
        },
    }


def service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name},
        "spec": {"selector": {"app": name}, "ports": [{"port": 80}]},
    }


# -- the terminal


class Window:
    """One tmux window of *columns* by *rows* with a shell in the project."""

    def __init__(self, found: Place, *, columns: int, rows: int) -> None:
        self.columns = columns
        self._environment = dict(found.environment)
        self._socket = found.folder / "tmux"
        size = ("-x", str(columns), "-y", str(rows))
        self._tmux("-f", "/dev/null", "new-session", "-d", *size, "-c", str(found.project), "sh")
        self.type("PS1='$ '")
        self.wait(lambda shown: shown.rstrip().endswith("\n$"))

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), *words], env=self._environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    def type(self, words: str, *, enter: bool = True) -> None:
        self._tmux("send-keys", *([words, "Enter"] if enter else [words]))

    def resize(self, columns: int, rows: int) -> None:
        self._tmux("resize-window", "-x", str(columns), "-y", str(rows))
        self.columns = columns

    def shown(self, *, coloured: bool = False, history: bool = True) -> list[str]:
        words = ("-e",) if coloured else ()
        start = ("-S", "-") if history else ()
        lines = self._tmux("capture-pane", "-p", *words, *start).rstrip("\n").split("\n")
        while lines and not lines[-1].replace("\x1b[39m", "").replace("\x1b[49m", "").strip():
            lines.pop()
        return lines

    def wait(self, condition: Callable[[str], bool], *, seconds: float = 180) -> None:
        deadline = time.monotonic() + seconds
        while not condition("\n".join(self.shown())):
            if time.monotonic() > deadline:
                raise SystemExit(f"never seen on the terminal:\n{chr(10).join(self.shown())}")
            time.sleep(0.1)

    def wait_for(self, *words: str, seconds: float = 180) -> None:
        self.wait(lambda shown: all(word in shown for word in words), seconds=seconds)

    def wait_for_prompt(self, *, seconds: float = 300) -> None:
        self.wait(lambda shown: shown.rstrip().endswith("\n$"), seconds=seconds)

    def clear(self) -> None:
        self.type("clear")
        self.wait(lambda shown: shown.strip() == "$")
        self._tmux("clear-history")

    def close(self) -> None:
        self._tmux("kill-server")


@contextlib.contextmanager
def window(found: Place, *, columns: int, rows: int) -> Iterator[Window]:
    one = Window(found, columns=columns, rows=rows)
    try:
        one.clear()
        yield one
    finally:
        one.close()


class Album:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def take(self, name: str, one: Window, *, history: bool = True) -> None:
        """Keep what *one* shows, and with *history* what was scrolled away; the prompt at its end is left out."""
        lines = one.shown(coloured=True, history=history)
        if lines and lines[-1].endswith("$"):
            lines.pop()
        (self.folder / f"{name}.svg").write_text(svg_of(lines, columns=one.columns))
        plain = one.shown(history=history)
        print(f"== {name}", *plain, sep="\n", flush=True)


# -- scenes


def start_over(found: Place) -> None:
    """An empty cluster again; nodes without the label that slow pods wait for."""
    for tier in TIERS:
        found.run("kubectl", "delete", "namespace", tier, "--ignore-not-found", "--wait=true")
    found.run("kubectl", "delete", "namespace", "fairlead-system", "--ignore-not-found", "--wait=true")
    found.run("kubectl", "label", "nodes", "--all", "disk-")


def let_go(found: Place) -> None:
    found.run("kubectl", "label", "nodes", "--all", "--overwrite", "disk=fast")


def good_run(found: Place, album: Album, size: str, columns: int, rows: int, *words: str) -> None:
    start_over(found)
    with window(found, columns=columns, rows=rows) as one:
        one.type("fairlead deploy --yes")
        one.wait_for(*words)
        album.take(f"deploy-{size}-{columns}", one)
        let_go(found)
        one.wait_for_prompt()
        album.take(f"deployed-{size}-{columns}", one, history=size == "5")
        if size == "5":
            look_around(album, one, columns)


def look_around(album: Album, one: Window, columns: int) -> None:
    for verb in ("deploy", "status", "history"):
        one.clear()
        one.type(f"fairlead {verb}")
        one.wait_for_prompt()
        album.take(f"{'again' if verb == 'deploy' else verb}-{columns}", one)


def broken() -> list[dict[str, Any]]:
    """The database asks for a node that is not there and has little time; the shop waits for another one beside it."""
    found = [{**one, "needs": ["gateway"]} if one["name"] == "shop" else one for one in five()]
    return [{**one, "timeout": "6s"} if one["name"] == "database" else one for one in found]


def failing_run(found: Place, album: Album) -> None:
    """A run that fails, is resumed, interrupted, and resumed again."""
    start_over(found)
    write_project(found, broken(), broken="database")
    with window(found, columns=80, rows=30) as one:
        one.type("fairlead deploy --yes")
        one.wait_for("✗ database", "Unschedulable", "shop-")
        album.take("failing-80", one)
        let_go(found)
        one.wait_for_prompt()
        album.take("failed-80", one)
        one.clear()
        one.type("fairlead status")
        one.wait_for_prompt()
        album.take("status-ill-80", one)
        one.clear()
        one.type("fairlead resume --yes")
        one.wait_for("Unschedulable")
        one.type("C-c", enter=False)
        one.wait_for_prompt()
        album.take("interrupted-80", one)
        first, *_ = found.run("kubectl", "get", "nodes", "-o", "name").split()
        found.run("kubectl", "label", first, "--overwrite", "disk=quantum")
        one.clear()
        one.type("fairlead resume --yes")
        one.wait_for_prompt()
        album.take("resumed-80", one)


def main() -> None:
    album = Album(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
    with place() as found:
        failing_run(found, album)
        for columns, rows in ((80, 24), (160, 40)):
            write_project(found, five())
            good_run(found, album, "5", columns, rows, "database", "waits for", "Unschedulable")
            write_project(found, hundred())
            good_run(found, album, "100", columns, rows, "storage", "of 25 done", "Unschedulable")


if __name__ == "__main__":
    main()
