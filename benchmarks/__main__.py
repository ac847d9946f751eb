"""`python -m benchmarks`: run cases one after the other, keep their results, and make docs/benchmarks.md from them."""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.bench_cluster import ROOT
from benchmarks.cases import (
    apply,
    diff,
    drift,
    help,  # noqa: A004 - a case is called by its verb
    planning,
    releases,
    repository,
    schemas,
)
from benchmarks.options import Options
from benchmarks.page import benchmarks_page
from benchmarks.peer import HELMFILE, KUBECONFORM
from benchmarks.result import Result, keep, read_all
from fairlead.adapters.tools.table import TABLE

CASES: dict[str, Callable[[Options], Result]] = {
    "help": help.run,
    "planning": planning.run,
    "apply": apply.run,
    "drift": drift.run,
    "releases": releases.run,
    "schemas": schemas.run,
    "repository": repository.run,
    "diff": diff.run,
}
RESULTS = ROOT / "build" / "benchmarks"
PAGE = ROOT / "docs" / "benchmarks.md"
TOOLS = ("kubectl", "helm", "kustomize", "etcd", "kwok")


def main(words: Sequence[str] | None = None) -> int:
    given = _arguments(words)
    options = Options(runs=given.runs, scale=given.scale)
    missed = []
    for name in given.only or CASES:
        started = time.monotonic()
        result = CASES[name](options)
        keep(result, given.results, surroundings=_surroundings(options))
        _say(result, seconds=time.monotonic() - started)
        missed += [] if result.is_met else [name]
    if not given.no_page:
        PAGE.write_text(benchmarks_page(read_all(given.results, tuple(CASES))))
        print(f"wrote {PAGE.relative_to(ROOT)}")
    return 1 if missed else 0


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=tuple(CASES), help="this case; may be repeated")
    parser.add_argument("--runs", type=int, default=5, help="runs of each command (default: 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="size of the projects, for a trial (default: 1)")
    parser.add_argument(
        "--results", type=Path, default=RESULTS, help="folder of the results (default: build/benchmarks)"
    )
    parser.add_argument("--no-page", action="store_true", help="leave docs/benchmarks.md as it is")
    return parser.parse_args(words)


def _surroundings(options: Options) -> dict[str, Any]:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    versions = {name: TABLE[name].version for name in TOOLS} | {
        peer.name: peer.version for peer in (HELMFILE, KUBECONFORM)
    }
    return {
        "when": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processors": os.cpu_count(),
        "memory_gb": pages / 2**30,
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": versions,
        "scale": options.scale,
    }


def _commit() -> str:
    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout

    dirty = "+" if git("status", "--porcelain", "--untracked-files=no", "--", "src", "benchmarks") else ""
    return f"{git('rev-parse', '--short', 'HEAD').strip()}{dirty}"


def _say(result: Result, *, seconds: float) -> None:
    print(f"\n{result.title} ({seconds:.0f} s)")
    for row in result.rows:
        sides = [side for side in (row.ours, row.peer) if side is not None]
        said = "   ".join(f"{s.program} {s.median('wall'):.2f} s, CPU {s.median('cpu'):.2f} s" for s in sides)
        print(f"  {row.name}: {said}")
        for bar in row.bars:
            sign = ">=" if bar.is_least else "<="
            print(
                f"    {'ok    ' if bar.is_met else 'MISSED'} {bar.what}: {bar.found:g} (wanted {sign} {bar.wanted:g})"
            )
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
