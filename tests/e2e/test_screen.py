"""What a person sees of a deploy on a real terminal (a pty), and what a pipe gets instead.

The terminal is obeyed to the letter by `LittleTerminal`, which fails on every control sequence that it does not know.
"""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from e2e.objects import config_map, run_of, stream, workload
from e2e.rig import Clone, command, eventually
from unit.cli.little_terminal import LittleTerminal

pytestmark = pytest.mark.e2e


class Person:
    """Sits at a terminal of *columns* by *rows*, where a command runs."""

    def __init__(self, clone: Clone, *words: str, columns: int = 80, rows: int = 24, **environ: str) -> None:
        self.terminal = LittleTerminal(columns, rows)
        self.raw = ""
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._master, self._slave = pty.openpty()
        self._set_size(columns, rows)
        self.settings = termios.tcgetattr(self._slave)
        self.process = subprocess.Popen(
            command(*words),
            cwd=clone.folder,
            env=clone.variables({"TERM": "xterm-256color", **environ}),
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=self._take_terminal,  # noqa: PLW1509 - the tests have one thread
        )

    def _take_terminal(self) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, columns: int) -> None:
        self.look()
        self._set_size(columns, self.terminal.rows)
        self.terminal.resize(columns)

    def press(self, keys: bytes) -> None:
        os.write(self._master, keys)

    def look(self) -> str:
        """What the terminal shows now."""
        while select.select([self._master], [], [], 0)[0]:
            text = self._decoder.decode(os.read(self._master, 65536))
            self.raw += text
            self.terminal.write(text)
        return "\n".join(self.terminal.text())

    def wait_for(self, *words: str, seconds: float = 120) -> str:
        """The screen as soon as it shows all *words*."""

        def seen() -> bool:
            shown = self.look()
            return all(word in shown for word in words)

        deadline = time.monotonic() + seconds
        while not seen():
            assert time.monotonic() < deadline, f"never seen: {words}\n{self.look()}"
            select.select([self._master], [], [], 0.05)
        return self.look()

    def wait(self, seconds: float = 120) -> int:
        """The exit code, with everything read that was written."""
        eventually(lambda: (self.look(), self.process.poll())[1] is not None, seconds=seconds)
        self.look()
        return self.process.returncode

    def terminal_is_as_it_was(self) -> bool:
        return (
            self.terminal.is_cursor_shown
            and self.terminal.is_wrapping
            and termios.tcgetattr(self._slave) == self.settings
        )

    def leave(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


Sit = Callable[..., Person]


@pytest.fixture
def sit(clone: Clone) -> Iterator[Sit]:
    people: list[Person] = []

    def at(*words: str, **given: Any) -> Person:
        people.append(Person(clone, *words, **given))
        return people[-1]

    yield at
    for person in people:
        person.leave()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A pipe: who reads it waits until the test opens it."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


def open_gate(gate: Path) -> None:
    gate.write_text("open")


def project(clone: Clone, name: str, gate: Path) -> None:
    """A component with a Deployment, and a test that waits at the gate."""
    clone.write("manifests/app.yaml", stream(config_map("settings"), workload("web")))
    clone.project(
        name,
        {"name": "app", "namespace": name, "manifests": "manifests"},
        {"name": "smoke", "test": {"command": ["cat", str(gate)]}},
    )


def test_a_live_screen_gives_way_to_the_report(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "screen", gate)
    person = sit("deploy", "--yes")
    shown = person.wait_for("smoke", "✓ deploy")
    assert re.search(r"deploy +[0-9.]+s of 15m +2 changed", shown), shown
    open_gate(gate)
    assert person.wait() == 0
    left = person.terminal.everything()
    assert sum("validate" in line for line in left) == 1, left
    assert not [line for line in left if re.search(r"[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]", line)]
    assert any(line.startswith("local succeeded") for line in left)
    assert person.terminal_is_as_it_was()
    assert any(person.terminal.colours)


def test_a_second_deploy_is_told_in_two_lines(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "twice-looked-at", gate)
    clone.write("fairlead.yaml", (clone.folder / "fairlead.yaml").read_text().replace("cat", "basename"))
    clone.run("deploy").expect()
    person = sit("deploy", columns=160)
    assert person.wait() == 0
    left = person.terminal.everything()
    assert len(left) == 2, left
    assert "nothing to change" in left[0]


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {}], ids=["NO_COLOR", "--no-color"])
def test_without_colour_the_screen_is_the_same(clone: Clone, sit: Sit, gate: Path, environ: dict[str, str]) -> None:
    project(clone, f"grey{len(environ)}", gate)
    person = sit("deploy", "--yes", *([] if environ else ["--no-color"]), **environ)
    person.wait_for("smoke", "✓ deploy")
    open_gate(gate)
    assert person.wait() == 0
    assert not person.terminal.colours


@pytest.mark.parametrize("environ", [{"TERM": "dumb"}, {"CI": "true"}], ids=["dumb", "CI"])
def test_where_nothing_can_be_painted_over_there_are_lines(
    clone: Clone, sit: Sit, gate: Path, environ: dict[str, str]
) -> None:
    project(clone, f"lines-{next(iter(environ)).lower()}", gate)
    person = sit("deploy", "--yes", **environ)
    person.wait_for("> smoke")
    open_gate(gate)
    assert person.wait() == 0
    assert not re.search(r"\x1b(?!\[[0-9;]*m)", person.raw)
    assert ("\x1b" in person.raw) is ("CI" in environ)


def test_a_pipe_gets_no_control_characters(clone: Clone, gate: Path) -> None:
    project(clone, "piped", gate)
    process = clone.start("deploy", TERM="xterm-256color")
    open_gate(gate)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0
    assert "\x1b" not in out + err
    assert "> smoke" in err
    for verb in ("status", "history", "plan"):
        assert "\x1b" not in clone.run(verb, TERM="xterm-256color").expect().out


@pytest.mark.parametrize("verb", ["status", "history", "plan"])
def test_results_have_colours_and_fit_the_terminal(clone: Clone, sit: Sit, gate: Path, verb: str) -> None:
    project(clone, f"results-{verb}", gate)
    clone.run("deploy", "--skip-tests").expect()
    person = sit(verb, columns=60)
    assert person.wait() == 0
    assert any(person.terminal.colours)
    assert max(map(len, person.terminal.everything())) <= 60


def test_a_terminal_that_gets_narrower_keeps_no_rests(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "resized", gate)
    person = sit("deploy", "--yes", columns=120)
    person.wait_for("smoke", "✓ deploy")
    person.resize(50)
    eventually(lambda: person.look() and len(person.terminal.everything()[0]) <= 50)
    shown = person.wait_for("smoke")
    assert sum("validate" in line for line in shown.splitlines()) == 1, shown
    open_gate(gate)
    assert person.wait() == 0
    assert sum("validate" in line for line in person.terminal.everything()) == 1


def test_ctrl_c_leaves_the_state_and_a_sane_terminal(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "broken-off", gate)
    person = sit("deploy", "--yes")
    person.wait_for("smoke", "✓ deploy")
    person.press(b"\x03")
    assert person.wait() == 130
    left = "\n".join(person.terminal.everything())
    assert re.search(r"✓ deploy", left), left
    assert re.search(r"● smoke", left), left
    assert "`fairlead resume` continues" in left
    assert person.terminal_is_as_it_was()
    assert run_of(clone)["state"] == "interrupted"


def test_killed_it_leaves_a_terminal_that_shows_its_cursor(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "killed-at-screen", gate)
    person = sit("deploy", "--yes")
    person.wait_for("smoke", "✓ deploy")
    person.process.kill()
    assert person.wait() == -signal.SIGKILL
    assert person.terminal_is_as_it_was()


def test_a_terminal_that_nobody_reads_does_not_stop_the_run(clone: Clone, sit: Sit, gate: Path, tmp_path: Path) -> None:
    """As after Ctrl-S: what is written fills the terminal's buffer, and the next write waits."""
    project(clone, "stopped", gate)
    events = tmp_path / "events.jsonl"
    person = sit("deploy", "--yes", "--events-file", str(events))

    def kinds() -> list[str]:
        return [json.loads(line)["kind"] for line in events.read_text().splitlines()] if events.exists() else []

    person.wait_for("smoke", "✓ deploy")
    person.press(b"\x13")
    open_gate(gate)
    eventually(lambda: "run-ended" in kinds(), seconds=120)
    person.press(b"\x11")
    assert person.wait() == 0
    assert any(line.startswith("local succeeded") for line in person.terminal.everything())
    assert person.terminal_is_as_it_was()


def test_the_plan_is_asked_about_before_the_screen_goes_on(clone: Clone, sit: Sit, gate: Path) -> None:
    project(clone, "asked", gate)
    person = sit("deploy")
    person.wait_for("Plan: 3 to create.", "Deploy local? [y/N]:")
    person.press(b"n\n")
    assert person.wait() == 3
    assert "not confirmed: nothing was changed" in "\n".join(person.terminal.everything())
