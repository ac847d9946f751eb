"""Walks a person through the demo: says what comes, shows the command line, runs it, and looks at how it ended."""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click
import orjson

from fairlead.cli.demo_story import PAGE, Chapter
from fairlead.cli.terminal import say
from fairlead.model.errors import StepFailed, Unavailable
from fairlead.model.frozen import dataclass, field

_FAIRLEAD = (sys.executable, "-m", "fairlead.cli.main")
_PAGE_SECONDS = 60.0
_LOOK_EVERY = 0.5
_GRACE_SECONDS = 60.0
"""How long a command may take to end after Ctrl-C."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What the chapters after the first stand on. *web_url* is the way to the gateway, empty where there is none."""

    is_simulated: bool
    web_url: str
    kubeconfig: str


@dataclass(slots=True, kw_only=True)
class Guide:
    """*folder* is the project's, *pause* waits until the person wants the next chapter, *count* is how many there are.
    *kubectl* finds that program. *has_begun*: a command was started, so there may be a cluster."""

    folder: Path
    pause: Callable[[], None]
    kubectl: Callable[[], Path]
    count: int
    ground: Ground | None = None
    has_begun: bool = False
    told: list[tuple[str, float]] = field(default_factory=list)

    def tell(self, chapter: Chapter) -> None:
        """Raises StepFailed when the chapter ends otherwise than told."""
        self.announce(chapter)
        self.pause()
        self.run(chapter)

    def announce(self, chapter: Chapter) -> None:
        say(f"\n── {len(self.told) + 1} of {self.count} ── {chapter.title}{self._mark()}\n{chapter.says}\n")
        click.secho(f"$ {' '.join(self._filled(chapter))}", bold=True)

    def run(self, chapter: Chapter) -> None:
        """Raises StepFailed when the chapter ends otherwise than told."""
        command = self._filled(chapter)
        self.has_begun = True
        started = time.monotonic()
        code = self._fetch(command[1], chapter.code) if command[0] == "curl" else self._run(command)
        self.told.append((chapter.title, time.monotonic() - started))
        if code != chapter.code:
            what = "answered" if command[0] == "curl" else "ended with"
            raise StepFailed(
                f"{' '.join(command)} {what} {code}, not {chapter.code}",
                hint="run the demo again with --keep, and look at it with `fairlead status`",
            )

    def look_at_ground(self) -> Ground:
        """What `fairlead local status` says of the cluster that is up."""
        argv = [*_FAIRLEAD, "local", "status", "-o", "json"]
        done = subprocess.run(argv, cwd=self.folder, env=self._environ(), capture_output=True, check=False)
        if done.returncode:
            raise Unavailable(f"the cluster is not as it should be: {done.stderr.decode().strip()}")
        found = orjson.loads(done.stdout)
        self.ground = Ground(
            is_simulated=found.get("nodes_are_simulated", True),
            web_url=found.get("web_url", ""),
            kubeconfig=found["kubeconfig"],
        )
        return self.ground

    def _mark(self) -> str:
        return " (simulated: pods run nothing)" if self.ground and self.ground.is_simulated else ""

    def pages(self, *names: str) -> tuple[str, ...]:
        """Where the gateway shows each of *names*; none where nobody answers."""
        port = urlsplit(self.ground.web_url).port if self.ground and not self.ground.is_simulated else None
        return tuple(f"http://{name}.localhost:{port}/" for name in names) if port else ()

    def _filled(self, chapter: Chapter) -> list[str]:
        page = next(iter(self.pages(PAGE)), "")
        return [word.replace("{page}", page) for word in chapter.command]

    def _run(self, command: list[str]) -> int:
        # Not through the runner of child processes: what a person types has the terminal for itself.
        child = subprocess.Popen(self._argv(command), cwd=self.folder, env=self._environ())
        try:
            return child.wait()
        except KeyboardInterrupt:
            await_end(child)
            raise

    def _argv(self, command: list[str]) -> list[str]:
        if command[0] == "fairlead":
            return [*_FAIRLEAD, *command[1:]]
        return [str(self.kubectl()), *command[1:]]

    def _environ(self) -> Mapping[str, str]:
        own = {"FAIRLEAD_ENVIRONMENT": "local"}
        if self.ground:
            own["KUBECONFIG"] = self.ground.kubeconfig
        return {**os.environ, **own}

    def _fetch(self, url: str, wanted: int) -> int:
        """The status of a page, asked again for a while until it is *wanted*: the gateway looks for pods every 3 s."""
        deadline = time.monotonic() + _PAGE_SECONDS
        while True:
            status, body = _get(url)
            if status == wanted or time.monotonic() > deadline:
                say("\n".join(_first_lines(f"HTTP {status}\n{body}")))
                return status
            time.sleep(_LOOK_EVERY)


def await_end(child: subprocess.Popen[bytes]) -> None:
    """Wait for *child*, which got the same Ctrl-C from the terminal; it has a cluster or a lock to leave in order."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
    finally:
        signal.signal(signal.SIGINT, before)


def _get(url: str) -> tuple[int, str]:
    """Status and text; 0 where nobody answers. Names below localhost are this machine, whatever its resolver says."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", place.port or 80, timeout=5)
    try:
        connection.request("GET", place.path or "/", headers={"Host": place.netloc, "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, answer.read(65536).decode(errors="replace")
    except (OSError, http.client.HTTPException) as err:
        return 0, f"nobody answers: {err}"
    finally:
        connection.close()


def _first_lines(text: str, *, count: int = 16) -> Iterator[str]:
    lines = text.rstrip().splitlines()
    yield from lines[:count]
    if len(lines) > count:
        yield f"[{len(lines) - count} more lines]"
