"""The tour as a person at a terminal goes through it, with a stand-in for the commands that it runs."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from fairlead.cli.demo_guide import await_end
from fairlead.cli.demo_story import STORY

# What `fairlead` is in these tours: it notes what it was asked for. `local up` waits for Ctrl-C, and then needs longer
# to end than `subprocess` waits for a child by itself.
STAND_IN = """
import pathlib, sys, time
log = pathlib.Path(sys.argv[1]).open("a", buffering=1)
words = " ".join(sys.argv[2:])
print(words, file=log)
if words.startswith("local up"):
    try:
        print("up runs", flush=True)
        for _ in range(600):  # a signal that comes right before a sleep begins does not end it
            time.sleep(0.1)
    except KeyboardInterrupt:
        time.sleep(0.6)
        print("up ended", file=log)
        sys.exit(130)
"""
TOUR = """
import sys
from fairlead.cli import demo_guide
from fairlead.cli.main import run
demo_guide._FAIRLEAD = (sys.executable, *sys.argv[1:3])
sys.exit(run(["demo", *sys.argv[3:]]))
"""


class Person:
    """Sits at a terminal where a tour runs."""

    def __init__(self, home: Path, *flags: str) -> None:
        self.log = home / "log"
        (home / "stand_in.py").write_text(STAND_IN)
        self._master, self._slave = pty.openpty()
        self._shown = ""
        self.process = subprocess.Popen(
            [sys.executable, "-c", TOUR, str(home / "stand_in.py"), str(self.log), *flags],
            cwd=home,
            env={**os.environ, "HOME": str(home), "PYTHONPATH": ":".join(sys.path), "TERM": "dumb"},
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            preexec_fn=self._take_terminal,  # noqa: PLW1509 - the tests have one thread
        )

    def _take_terminal(self) -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def read_until(self, is_enough: Callable[[str], bool]) -> str:
        deadline = time.monotonic() + 60
        while not is_enough(self._shown):
            assert time.monotonic() < deadline, self._shown
            if select.select([self._master], [], [], 0.05)[0]:
                self._shown += os.read(self._master, 65536).decode()
        return self._shown

    def wait(self) -> int:
        self.read_until(lambda _: self.process.poll() is not None)
        return self.process.wait()

    def done(self) -> list[str]:
        """What the stand-in was asked for."""
        return self.log.read_text().splitlines() if self.log.exists() else []

    def leave(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def sit(home: Path) -> Iterator[Callable[..., Person]]:
    people: list[Person] = []

    def at(*flags: str) -> Person:
        people.append(Person(home, *flags))
        return people[-1]

    yield at
    for person in people:
        person.leave()


@pytest.mark.parametrize("key", [b"\x03", b"\x04"], ids=["ctrl-c", "ctrl-d"])
def test_a_tour_ends_at_its_prompt(home: Path, sit: Callable[..., Person], key: bytes) -> None:
    person = sit("--folder", "tour")
    person.read_until(lambda shown: "Enter runs it" in shown)
    person.press(key)
    assert person.wait() == 130
    assert person.done() == []
    assert not (home / "tour").exists()


def test_enter_runs_the_step_and_ctrl_c_takes_down_what_it_began(home: Path, sit: Callable[..., Person]) -> None:
    person = sit("--folder", "tour")
    person.read_until(lambda shown: "Enter runs it" in shown)
    person.press(b"\r")
    person.read_until(lambda shown: "up runs" in shown)
    person.press(b"\x03")
    assert person.wait() == 130
    assert person.done() == ["local up", "up ended", "local down"]
    assert not (home / "tour").exists()


def test_a_tour_that_is_kept_says_how_to_end_it(home: Path, sit: Callable[..., Person]) -> None:
    person = sit("--yes", "--keep", "--folder", "my tour")
    person.read_until(lambda shown: "up runs" in shown)
    person.press(b"\x03")
    assert person.wait() == 130
    assert person.done() == ["local up --yes", "up ended"]
    shown = person.read_until(lambda _: True)
    assert without_breaks(f"fairlead demo --end --folder '{home}/my tour'") in without_breaks(shown)
    assert f"1 of {len(STORY) + 1} " in shown, "it does not tell of the end"


def without_breaks(text: str) -> str:
    return "".join(text.split())


def settings(home: Path, text: str) -> None:
    (home / ".gitconfig").write_text(text)


def test_settings_of_the_user_do_not_reach_the_commit(home: Path, sit: Callable[..., Person]) -> None:
    hooks = home / "hooks"
    hooks.mkdir()
    (hooks / "pre-commit").write_text("#!/bin/sh\nexit 1\n")
    (hooks / "pre-commit").chmod(0o755)
    settings(home, f"[commit]\n gpgsign = true\n[gpg]\n program = false\n[core]\n hooksPath = {hooks}\n")
    person = sit("--folder", "tour")
    person.read_until(lambda shown: "Enter runs it" in shown)
    person.press(b"\x03")
    assert person.wait() == 130


def test_a_commit_that_fails_is_told_in_a_sentence(home: Path, sit: Callable[..., Person]) -> None:
    settings(home, "[broken\n")
    person = sit("--folder", "tour")
    assert person.wait() == 4
    shown = person.read_until(lambda _: True)
    assert without_breaks("error: git init ended with 128: fatal: bad config") in without_breaks(shown)
    assert "hint: " in shown


def test_a_child_that_never_ends_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fairlead.cli.demo_guide._GRACE_SECONDS", 0.1)
    before = signal.getsignal(signal.SIGINT)  # who runs the tests in the background has it ignored
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as child:
        await_end(child)
        assert child.returncode == -signal.SIGKILL
    assert signal.getsignal(signal.SIGINT) is before
