"""docs/benchmarks.md, made from the JSON of all cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_HEAD = """\
# Benchmarks

<!-- Made by `make bench` from its results. Do not edit. -->

`make bench` measures Fairlead beside a peer that does the same, in turns, on the same cluster: a real control plane on
this machine with simulated nodes. Each number is the median of its runs. Processor time is that of the whole process
tree (user and system, helm and the like included); what the API server and its store spent is told apart. Before each
run the machine is given up to 10 seconds to become quiet; *load* and *busy* are the load average and the share of the
processors in use just before the runs, medians too. What each command did is checked: see *seen* below each table.

`make bench ONLY=releases` runs one case. The results as JSON, with every run, are in `build/benchmarks`.
"""


def benchmarks_page(results: Sequence[Mapping[str, Any]]) -> str:
    parts = [_HEAD]
    for result in results:
        parts += [*_section(result)]
    return "\n".join(parts)


def _section(result: Mapping[str, Any]) -> Iterator[str]:
    yield f"## {result['title']}\n"
    yield f"{result['about']}\n"
    yield "| what | command | runs | wall s | processor s | API server s | memory MB | load | busy |"
    yield "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    for row in result["rows"]:
        for name, side in zip((row["name"], ""), filter(None, (row["ours"], row["peer"])), strict=False):
            yield _line(name, side)
    yield ""
    if bars := [(row["name"], bar) for row in result["rows"] for bar in row["bars"]]:
        yield "| bar | wanted | found | |"
        yield "| --- | ---: | ---: | --- |"
        for name, bar in bars:
            sign = "≥" if bar["is_least"] else "≤"
            unit = f" {bar['unit']}" if bar["unit"] else ""
            kept = "met" if bar["is_met"] else "**missed**"
            wanted, found = (f"{_number(bar[side])}{unit}" for side in ("wanted", "found"))
            yield f"| {name}: {bar['what']} | {sign} {wanted} | {found} | {kept} |"
        yield ""
    yield from (f"- Seen, {row['name']}: {row['checked']}." for row in result["rows"] if row["checked"])
    yield from (f"- {note}" for note in result["notes"])
    yield f"- {_surroundings(result['surroundings'])}"
    yield ""


def _line(name: str, side: Mapping[str, Any]) -> str:
    middle = side["median"]
    figures = (middle["wall"], middle["cpu"], middle["server"], middle["memory"], middle["load"], middle["busy"])
    cells = " | ".join(_number(figure) for figure in figures)
    return f"| {name} | {side['program']} `{side['command']}` | {len(side['runs'])} | {cells} |"


def _number(value: float) -> str:
    return f"{value:.0f}" if value >= 100 or value == 0 else f"{value:.3g}"


def _surroundings(found: Mapping[str, Any]) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    scale = "" if found["scale"] == 1 else f" At {found['scale']:g} of its size: a trial."
    return (
        f"{found['when']}, commit {found['commit']}; {found['processors']} processors, {found['memory_gb']:.0f} GB, "
        f"{found['system']}; {versions}.{scale}"
    )
