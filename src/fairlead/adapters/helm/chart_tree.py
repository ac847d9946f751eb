"""What helm loads of a chart: all its files, subcharts and their archives included, and what they say about it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from fairlead.adapters.helm.archive import MAX_UNPACKED, read_archive
from fairlead.adapters.helm.helmignore import IgnoreRule, is_ignored, parse_ignore_rules
from fairlead.formats.digests import digest, digest_bytes
from fairlead.formats.json_data import maps_in
from fairlead.formats.manifests import load_value_file
from fairlead.formats.template_text import draws_lots, reads_capabilities, reads_cluster
from fairlead.model.errors import InputError
from fairlead.model.finding import Location
from fairlead.model.rendering import ChartFiles

_SUBCHARTS: Final = r"(?:charts/[^/]+/)*"
_SUBCHART: Final = re.compile(r"charts/[^/_.][^/]*/Chart\.yaml")
_CRD_FILE: Final = re.compile(rf"{_SUBCHARTS}crds/.+\.(?:yaml|yml|json)")
_TEMPLATE: Final = re.compile(rf"{_SUBCHARTS}templates/.+")
_SUBARCHIVE: Final = re.compile(rf"({_SUBCHARTS}charts/[^/_.][^/]*\.tgz)")
_MAX_NESTED: Final = 10
_WAITING_HOOK: Final = re.compile(rb"\bpost-(?:install|upgrade)\b")


@dataclass(frozen=True, kw_only=True)
class ChartTree:
    """*written* maps path to content as the folder or archive has it, *place* is how messages call it."""

    written: Mapping[str, bytes]
    place: str

    @cached_property
    def files(self) -> dict[str, bytes]:
        """All files, with the content of subchart archives in place of the archives."""
        return dict(_expand(self.written, place=self.place))

    @cached_property
    def digest(self) -> str:
        """`sha256:` over paths and contents only: packing a subchart anew does not change it."""
        return digest({path: digest_bytes(content) for path, content in self.files.items()})

    @cached_property
    def metadata(self) -> dict[str, Any]:
        if "Chart.yaml" not in self.files:
            raise InputError(
                f"{self.place} is no Helm chart",
                hint="a chart has a Chart.yaml in its top folder",
                rule="chart-missing",
            )
        return self.map_in("Chart.yaml")

    @property
    def dependencies(self) -> tuple[Mapping[str, Any], ...]:
        """What Chart.yaml (or requirements.yaml, of apiVersion v1) depends on."""
        found = maps_in(self.metadata.get("dependencies"))
        return found or maps_in(self.map_in("requirements.yaml").get("dependencies"))

    @cached_property
    def subchart_names(self) -> frozenset[str]:
        names = (self.map_in(path).get("name") for path in self.files if _SUBCHART.fullmatch(path))
        return frozenset(str(name) for name in names)

    def missing_dependencies(self) -> tuple[str, ...]:
        """Names that helm would refuse the chart for."""
        return tuple(str(d.get("name")) for d in self.dependencies if str(d.get("name")) not in self.subchart_names)

    def map_in(self, path: str) -> dict[str, Any]:
        """The YAML map in file *path*; empty when there is no such file."""
        return load_value_file(self.text(path), file=f"{self.place}/{path}") if path in self.files else {}

    def default_values(self) -> tuple[Mapping[str, Any], ...]:
        """Those of its direct subcharts by their names, then its own."""
        folders = sorted(path.rpartition("/")[0] for path in self.files if _SUBCHART.fullmatch(path))
        names = {str(self.map_in(f"{folder}/Chart.yaml").get("name")): folder for folder in folders}
        return ({name: self.map_in(f"{f}/values.yaml") for name, f in names.items()}, self.map_in("values.yaml"))

    def text(self, path: str) -> str:
        try:
            return self.files[path].decode("utf-8-sig")
        except UnicodeDecodeError as err:
            raise InputError("not UTF-8 text", location=Location(f"{self.place}/{path}"), rule="chart-broken") from err

    def crd_files(self) -> tuple[str, ...]:
        """A chart's own come before those of its subcharts, as helm installs them."""
        return tuple(
            sorted(filter(_CRD_FILE.fullmatch, self.files), key=lambda path: (path.startswith("charts/"), path))
        )

    def describe(self, path: Path) -> ChartFiles:
        """The facts that the rest of Fairlead needs; *path* is where the chart lies."""
        # Values and other files may be run through `tpl`, so that templates are not the only place to look.
        texts = [content for name, content in self.files.items() if not name.endswith(".md")]
        templates = [content for name, content in self.files.items() if _TEMPLATE.fullmatch(name)]
        return ChartFiles(
            path=str(path),
            digest=self.digest,
            name=str(self.metadata.get("name", "")),
            version=str(self.metadata.get("version", "")),
            reads_capabilities=any(map(reads_capabilities, texts)),
            reads_cluster=any(map(reads_cluster, texts)),
            has_crds=bool(self.crd_files()),
            draws_lots=any(map(draws_lots, texts)),
            has_waiting_hooks=any(_WAITING_HOOK.search(text) for text in templates),
        )


def load_chart(path: Path, *, root: Path | None, place: str) -> ChartTree:
    """Read the chart folder or archive at *path*. Raises InputError; links that leave *root* are refused."""
    if path.is_dir():
        return ChartTree(written=_read_folder(path, root=root, place=place), place=place)
    try:
        return ChartTree(written=read_archive(path.read_bytes(), name=place), place=place)
    except OSError as err:
        raise InputError(
            f"there is no chart at {place}",
            hint="`chart` is a folder or .tgz file of the project, or has a `repository`",
            rule="chart-missing",
        ) from err


def _expand(files: Mapping[str, bytes], *, place: str) -> Iterator[tuple[str, bytes]]:
    for path, content in files.items():
        if _SUBARCHIVE.fullmatch(path):
            if path.count(".tgz/") > _MAX_NESTED:
                raise InputError(
                    f"{place} holds archives in archives without end", hint="unpack its subcharts", rule="chart-broken"
                )
            inner = read_archive(content, name=f"{place}/{path}")
            yield from _expand({f"{path}/{name}": data for name, data in inner.items()}, place=place)
        else:
            yield path, content


def _read_folder(folder: Path, *, root: Path | None, place: str) -> dict[str, bytes]:
    ignore_file = folder / ".helmignore"
    text = ignore_file.read_text(errors="replace") if ignore_file.is_file() else ""
    walk = _Walk(rules=parse_ignore_rules(text, file=f"{place}/.helmignore"), root=root, place=place)
    return dict(walk.files(folder, path=""))


@dataclass(kw_only=True)
class _Walk:
    rules: tuple[IgnoreRule, ...]
    root: Path | None
    place: str
    size: int = 0

    def files(self, folder: Path, *, path: str) -> Iterator[tuple[str, bytes]]:
        for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
            name = f"{path}/{entry.name}" if path else entry.name
            target = self._follow(Path(entry.path), name) if entry.is_symlink() else Path(entry.path)
            if is_ignored(name, is_folder=target.is_dir(), rules=self.rules):
                continue
            if target.is_dir():
                yield from self.files(target, path=name)
            else:
                yield name, self._read(target, name)

    def _read(self, file: Path, name: str) -> bytes:
        if not file.is_file():
            raise InputError(
                f"{self.place}/{name} is no regular file, helm refuses the chart", hint="remove it", rule="chart-broken"
            )
        self.size += file.stat().st_size
        if self.size > MAX_UNPACKED:
            raise InputError(
                f"the chart {self.place} holds more than {MAX_UNPACKED // 2**20} MiB, helm refuses it",
                hint="name what does not belong to it in .helmignore",
                rule="chart-broken",
            )
        return file.read_bytes()

    def _follow(self, link: Path, name: str) -> Path:
        try:
            target = Path(os.path.realpath(link, strict=True))
        except OSError as err:
            raise InputError(
                f"{self.place}/{name} is a link to nowhere", hint="remove it", rule="chart-broken"
            ) from err
        if self.root is not None and not target.is_relative_to(self.root):
            raise InputError(
                f"{self.place}/{name} is a link that leaves the project",
                hint="copy what it points to",
                rule="chart-broken",
            )
        if Path(os.path.realpath(link.parent)).is_relative_to(target):
            raise InputError(
                f"{self.place}/{name} is a link to a folder that holds it", hint="remove it", rule="chart-broken"
            )
        return target
