"""The import contracts of .importlinter hold, and what must be fast loads nothing heavy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
NOT_FOR_HELP = (
    "aiohttp",
    "asyncio",
    "cryptography",
    "jsonschema_rs",
    "orjson",
    "pydantic",
    "pyrage",
    "rich",
    "ssl",
    "subprocess",
    "yaml",
)


def python(*words: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    return subprocess.run(
        [sys.executable, *words], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_the_import_contracts_hold() -> None:
    done = python("-c", "from importlinter.cli import lint_imports_command; lint_imports_command(['--no-cache'])")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 kept, 0 broken" in done.stdout


def loaded_by(*words: str) -> set[str]:
    """What `fairlead *words*` loaded by the time it ended, of the heavy modules."""
    script = (
        "import sys\n"
        "from fairlead.cli.main import run\n"
        f"code = run({list(words)!r})\n"
        f"print([m for m in {NOT_FOR_HELP!r} if m in sys.modules], code, file=sys.stderr)\n"
    )
    done = python("-c", script)
    assert done.stdout.startswith(("Usage: fairlead", "fairlead ")), done.stderr
    names, _, code = done.stderr.strip().rpartition(" ")
    assert code == "0"
    return set(names.strip("[]").replace("'", "").replace(" ", "").split(",")) - {""}


def test_help_loads_nothing_heavy() -> None:
    assert loaded_by("--help") == set()


def test_version_loads_nothing_heavy() -> None:
    assert loaded_by("--version") == set()


def test_a_verb_does_load_what_it_works_with() -> None:
    """So that the tests above would see it."""
    assert "asyncio" in loaded_by("deploy", "--help")


def test_verbs_that_ask_nobody_load_no_http_client() -> None:
    for verb in ("validate", "diff", "render", "import"):
        assert "aiohttp" not in loaded_by(verb, "--help"), verb
    assert "aiohttp" in loaded_by("deploy", "--help")


def test_one_module_imports_the_http_client() -> None:
    """The others have it from there, without the machine's authorities that it would load twice."""
    direct = re.compile(r"^\s*(import aiohttp|from aiohttp\b)", re.MULTILINE)
    sources = (ROOT / "src").rglob("*.py")
    found = {str(file.relative_to(ROOT / "src")) for file in sources if direct.search(file.read_text())}
    assert found == {"fairlead/adapters/http.py"}
