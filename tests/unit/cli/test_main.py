"""The command line itself: what `--help` loads, unknown words, and how errors look. Whole output is compared."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from fairlead.cli.main import VERBS, cli, run

TOO_HEAVY = ("aiohttp", "asyncio", "cryptography", "orjson", "pydantic", "pyrage", "rich", "yaml", "fairlead.bootstrap")


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder without a project, under a home without anything."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)


def test_help_loads_none_of_the_heavy_modules() -> None:
    code = "import sys; from fairlead.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "click" in loaded
    assert loaded & set(TOO_HEAVY) == set()


def test_help_lists_every_verb_with_its_short_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    for name, (_, text) in VERBS.items():
        assert f"  {name}" in said
        assert text in said


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([verb, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: fairlead {verb}")


def test_no_word_at_all_shows_the_help_and_is_invalid(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 4
    assert capsys.readouterr().err.startswith("Usage: fairlead [OPTIONS] COMMAND")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["depoly"], "error: no such command: depoly\nhint: did you mean deploy?\n"),
        (["zzz"], "error: no such command: zzz\nhint: see `fairlead --help`\n"),
        (["local", "dwn"], "error: no such command: dwn\nhint: did you mean down?\n"),
        (["tools", "zzz"], "error: no such command: zzz\nhint: see `fairlead tools --help`\n"),
        (["deploy", "--skip-test"], "error: no such option: --skip-test\nhint: did you mean --skip-tests?\n"),
        (["deploy", "--zzz"], "error: no such option: --zzz\nhint: see `fairlead deploy --help`\n"),
        (["deploy", "-e"], "error: option '-e' requires an argument\n"),
        (
            ["plan", "-o", "yml"],
            "error: invalid value for '-o' / '--output': 'yml' is not one of 'text', 'json'\n"
            "hint: see `fairlead plan --help`\n",
        ),
    ],
)
def test_usage_error_is_one_sentence_and_a_hint(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 4
    assert capsys.readouterr().err == said


def test_verb_outside_a_project_says_where_it_looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan"]) == 4
    assert capsys.readouterr().err.startswith(f"error: no fairlead.yaml in {tmp_path} or above it\nhint: ")


def test_version_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("fairlead ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_a_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["completion", shell]) == 0
    assert "_FAIRLEAD_COMPLETE" in capsys.readouterr().out


def test_completion_finds_verbs_and_flags() -> None:
    words = {"COMP_WORDS": "fairlead dep", "COMP_CWORD": "1", "_FAIRLEAD_COMPLETE": "bash_complete"}
    code = "from fairlead.cli.main import run; run()"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**words, "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "plain,deploy"


def test_every_verb_is_a_command_of_its_name() -> None:
    for name in VERBS:
        command = cli.get_command(cli.make_context("fairlead", ["--help"], resilient_parsing=True), name)
        assert command is not None
        assert command.name == name
