"""Makes the development environment in .venv from nothing but Python: uv by hash, then everything else by hash.

Run by `make`; stdlib only. Doing it again brings an old environment up to date.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
OLDEST = (3, 11)


def main() -> None:
    if sys.version_info < OLDEST:
        sys.exit(f"Python {'.'.join(map(str, OLDEST))} or newer is needed, this is {sys.version.split()[0]}")
    python = VENV / "bin" / "python"
    if not python.exists():
        say("making .venv")
        venv.create(VENV, with_pip=True, symlinks=True)
    say("installing what is pinned in requirements/")
    run(python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", ROOT / "requirements" / "uv.txt")
    uv = (python, "-m", "uv", "pip")
    run(*uv, "sync", "--quiet", "--compile-bytecode", "--require-hashes", ROOT / "requirements" / "dev.txt")
    run(python, "hatch_build.py")
    # hatchling's own dependencies are in the environment, pinned: nothing is fetched beside the hashes.
    run(*uv, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    (VENV / ".ready").touch()


def run(*words: str | Path) -> None:
    # Another environment's variables would lead pip and uv astray.
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        [str(word) for word in words], cwd=ROOT, env={**environ, "VIRTUAL_ENV": str(VENV)}, check=False
    )
    if done.returncode:
        sys.exit(f"failed: {' '.join(map(str, words))}")


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


if __name__ == "__main__":
    main()
