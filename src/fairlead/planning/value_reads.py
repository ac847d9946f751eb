"""Which values the templates of a chart read, told from their text: rather too many than too few.

Helm's templates reach values by `.Values` only, so that what stands after it is all there is. Where a template takes
`.Values` as a whole, anything may be read, and nothing is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from fairlead.formats.json_data import as_list, dig_text, maps_in

Path: TypeAlias = tuple[str, ...]
Reads: TypeAlias = frozenset[Path]

EVERYTHING: Final = None
"""In the place of reads: nobody can say what is read."""

_READ: Final = re.compile(r"\.Values\b((?:\.[A-Za-z_]\w*)*)")
_PICKED: Final = re.compile(
    r"\b(?:index|get|hasKey)\s+\(?[\w$.]*\.Values\b((?:\.[A-Za-z_]\w*)*)\s+((?:[\"`][^\"`]+[\"`]\s*)+)"
)
_QUOTED: Final = re.compile(r"[\"`]([^\"`]+)[\"`]")
_WHOLE: Final = re.compile(r"[\"`]Values[\"`]")
"""`get . "Values"` and its like."""
_SUBCHART: Final = re.compile(r"charts/(?:[^/]+\.tgz/)?(?P<folder>[^/]+)/(?P<rest>.+)")
_PROSE: Final = (".md", ".txt.license", "LICENSE", "Chart.lock")


def find_reads(texts: Mapping[str, str], metadata: Mapping[str, Mapping[str, Any]]) -> Reads | None:
    """What the chart reads whose files *texts* has by path, those of subcharts in it. *metadata* has every Chart.yaml
    and requirements.yaml in it as data, by the same path."""
    own, below = _apart(texts)
    data, data_below = _apart(metadata)
    found = _own_reads(own)
    if found is EVERYTHING:
        return EVERYTHING
    declared = [*_dependencies(data)]
    if any(entry.get("import-values") for entry in declared):
        return EVERYTHING
    reads = found | {path for entry in declared for path in _conditions(entry)}
    for folder, files in below.items():
        inner = find_reads(files, data_below.get(folder, {}))
        chart = data_below.get(folder, {}).get("Chart.yaml", {})
        name = dig_text(chart, "name") or folder
        if inner is EVERYTHING and dig_text(chart, "type") == "library":
            return EVERYTHING
        reads |= _seen_from_above(inner, names=_aliases(name, declared))
    return reads


def _own_reads(texts: Mapping[str, str]) -> Reads | None:
    found: set[Path] = set()
    for file, text in texts.items():
        if file.endswith(_PROSE):
            continue
        if _WHOLE.search(text):
            return EVERYTHING
        reads = read_paths(text)
        if reads is EVERYTHING:
            return EVERYTHING
        found |= reads
    return frozenset(found)


def read_paths(text: str) -> Reads | None:
    """What one text reads, be it a template or a value that goes through `tpl`."""
    found: set[Path] = set()
    picked: set[int] = set()
    for match in _PICKED.finditer(text):
        picked.add(match.start(1))
        found.add((*_parts(match[1]), *_QUOTED.findall(match[2])))
    for match in _READ.finditer(text):
        if match.start(1) in picked:
            continue
        if not match[1]:
            return EVERYTHING
        found.add(_parts(match[1]))
    return frozenset(found)


def is_read(path: Path, reads: Reads) -> bool:
    """Whether *path*, what it lies in, or something below it is read."""
    return any(path[: len(read)] == read[: len(path)] for read in reads)


def _seen_from_above(inner: Reads | None, *, names: Iterable[str]) -> frozenset[Path]:
    """A subchart's reads, under its names; as they are too, for a parent may include its templates."""
    if inner is EVERYTHING:
        return frozenset((name,) for name in names)
    return inner | {(name, *path) for name in names for path in inner}


def _aliases(name: str, declared: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    said = tuple(dig_text(e, "alias") or name for e in declared if dig_text(e, "name") == name)
    return said or (name,)


def _dependencies(data: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    for file in ("Chart.yaml", "requirements.yaml"):
        yield from maps_in(data.get(file, {}).get("dependencies"))


def _conditions(entry: Mapping[str, Any]) -> Iterator[Path]:
    for condition in dig_text(entry, "condition").split(","):
        if condition.strip():
            yield tuple(condition.strip().split("."))
    yield from (("tags", str(tag)) for tag in as_list(entry.get("tags")))


def _apart(files: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The chart's own files, and those of each subchart by its folder."""
    own: dict[str, Any] = {}
    below: dict[str, dict[str, Any]] = {}
    for path, content in files.items():
        match = _SUBCHART.fullmatch(path)
        if match:
            below.setdefault(match["folder"], {})[match["rest"]] = content
        else:
            own[path] = content
    return own, below


def _parts(text: str) -> Path:
    return tuple(text.removeprefix(".").split(".")) if text else ()
