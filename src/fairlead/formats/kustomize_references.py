"""Which paths a kustomization, or the configuration of a built-in plugin, names. No file is read here.

Fields after kustomize 5.8.1 (`types.Kustomization` and the built-in plugins); all paths are relative to the folder of
the kustomization, those in a plugin's configuration too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from enum import Enum, auto
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig_text, maps_in
from fairlead.formats.yaml.marks import PathPart
from fairlead.model.frozen import dataclass


class ReferenceKind(Enum):
    """What a path may be: a file; a kustomization's folder; either; a plugin's configuration (either, or inline YAML);
    a patch (a file, or inline YAML); the folder of a Helm chart."""

    FILE = auto()
    FOLDER = auto()
    RESOURCE = auto()
    PLUGIN = auto()
    PATCH = auto()
    CHART = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """*path* as written, *field* where, *at* the JSON path of the text in its kustomization; *is_fetched* for a chart
    that helm pulls where its folder is missing."""

    kind: ReferenceKind
    path: str
    field: str
    is_fetched: bool = False
    at: tuple[PathPart, ...] = dataclasses.field(default=(), compare=False)


ValuesFile = tuple[tuple[PathPart, ...], str]
"""Where in a chart's entry the path of a values file stands, and the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """One entry of `helmCharts`, in any of its three spellings."""

    name: str
    version: str
    repository: str
    files: tuple[ValuesFile, ...]


_LISTS: Final = {
    "resources": ReferenceKind.RESOURCE,
    "bases": ReferenceKind.RESOURCE,
    "components": ReferenceKind.FOLDER,
    "crds": ReferenceKind.FILE,
    "configurations": ReferenceKind.FILE,
    "generators": ReferenceKind.PLUGIN,
    "transformers": ReferenceKind.PLUGIN,
    "validators": ReferenceKind.PLUGIN,
    "patchesStrategicMerge": ReferenceKind.PATCH,
}
_WITH_PATCH: Final = ("patches", "patchesJson6902")
_WITH_PATH: Final = (*_WITH_PATCH, "replacements")
_INLINE: Final = tuple(name for name, kind in _LISTS.items() if kind in (ReferenceKind.PLUGIN, ReferenceKind.PATCH))
_GENERATORS: Final = ("configMapGenerator", "secretGenerator")


def find_references(kustomization: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Every path that *kustomization* names, in the order of the fields here."""
    return tuple(_find(kustomization))


def find_plugin_references(configuration: Mapping[str, Any]) -> tuple[Reference, ...]:
    """Every path in the configuration of a built-in generator, transformer or validator."""
    equal: dict[str, Any] = {
        "patches": [configuration],
        "replacements": configuration.get("replacements"),
        "patchesStrategicMerge": configuration.get("paths"),
        "configMapGenerator": [configuration],
    }
    if configuration.get("kind") == "HelmChartInflationGenerator":
        home = dig_text(configuration, "chartHome")
        equal |= {"helmCharts": [configuration], "helmGlobals": {"chartHome": home}}
    target = dig_text(configuration, "targetFilePath")
    own = (Reference(kind=ReferenceKind.FILE, path=target, field="targetFilePath"),) if target else ()
    return (*own, *_find(equal))


def is_inline(text: str) -> bool:
    """Whether *text* is YAML in place of a path: kustomize tries to read it as an object first."""
    return "\n" in text.strip() or text.lstrip().startswith("{") or ": " in text


def inline_texts(kustomization: Mapping[str, Any]) -> Iterator[str]:
    """The YAML that stands in *kustomization* itself, as text: patches, and configurations of plugins."""
    for name in _WITH_PATCH:
        for _, entry in _entries(kustomization.get(name)):
            yield dig_text(entry, "patch")
    for name in _INLINE:
        yield from (text for _, text in _texts(kustomization.get(name)) if is_inline(text))


def has_charts(kustomization: Mapping[str, Any]) -> bool:
    """Whether a build of *kustomization* starts helm; it may be a plugin's configuration, too."""
    return (
        bool(kustomization.get("helmCharts") or kustomization.get("helmChartInflationGenerator"))
        or kustomization.get("kind") == "HelmChartInflationGenerator"
    )


def find_charts(kustomization: Mapping[str, Any]) -> tuple[ChartEntry, ...]:
    return tuple(chart for _, chart in _charts(kustomization))


def _find(kustomization: Mapping[str, Any]) -> Iterator[Reference]:
    for name, kind in _LISTS.items():
        if name in kustomization:
            for index, path in _texts(kustomization[name]):
                yield Reference(kind=kind, path=path, field=name, at=(name, index))
    for name in _WITH_PATH:
        for index, entry in _entries(kustomization.get(name)):
            if path := dig_text(entry, "path"):
                yield Reference(kind=ReferenceKind.FILE, path=path, field=f"{name}.path", at=(name, index, "path"))
    if path := dig_text(kustomization, "openapi", "path"):
        yield Reference(kind=ReferenceKind.FILE, path=path, field="openapi.path", at=("openapi", "path"))
    for name in _GENERATORS:
        for index, entry in _entries(kustomization.get(name)):
            yield from _generator_files(entry, field=name, at=(name, index))
    yield from _chart_references(kustomization)


def _generator_files(entry: Mapping[str, Any], *, field: str, at: tuple[PathPart, ...]) -> Iterator[Reference]:
    for index, source in _texts(entry.get("files")):
        name, equals, path = source.partition("=")
        place = (*at, "files", index)
        yield Reference(kind=ReferenceKind.FILE, path=path if equals else name, field=f"{field}.files", at=place)
    for index, path in _texts(entry.get("envs")):
        yield Reference(kind=ReferenceKind.FILE, path=path, field=f"{field}.envs", at=(*at, "envs", index))
    if path := dig_text(entry, "env"):
        yield Reference(kind=ReferenceKind.FILE, path=path, field=f"{field}.envs", at=(*at, "env"))


def _chart_references(kustomization: Mapping[str, Any]) -> Iterator[Reference]:
    old = maps_in(kustomization.get("helmChartInflationGenerator"))
    homes = [dig_text(kustomization, "helmGlobals", "chartHome"), *(dig_text(entry, "chartHome") for entry in old)]
    home = next(filter(None, homes), "charts")
    for at, chart in _charts(kustomization):
        for name, path in chart.files:
            yield Reference(kind=ReferenceKind.FILE, path=path, field="helmCharts.valuesFile", at=(*at, *name))
        is_fetched = bool(chart.repository)
        # kustomize keeps a chart that it pulls at a version in a folder of that version.
        folder = f"{home}/{chart.name}-{chart.version}/{chart.name}" if is_fetched else f"{home}/{chart.name}"
        yield Reference(kind=ReferenceKind.CHART, path=folder, field="helmCharts", is_fetched=is_fetched, at=at)


def _charts(kustomization: Mapping[str, Any]) -> Iterator[tuple[tuple[PathPart, ...], ChartEntry]]:
    for index, entry in _entries(kustomization.get("helmCharts")):
        yield ("helmCharts", index), _chart(entry)
    for index, entry in _entries(kustomization.get("helmChartInflationGenerator")):
        yield ("helmChartInflationGenerator", index), _old_chart(entry)


def _chart(entry: Mapping[str, Any]) -> ChartEntry:
    more = ((("additionalValuesFiles", index), path) for index, path in _texts(entry.get("additionalValuesFiles")))
    files: tuple[ValuesFile, ...] = ((("valuesFile",), dig_text(entry, "valuesFile")), *more)
    return ChartEntry(
        name=dig_text(entry, "name"),
        version=dig_text(entry, "version"),
        repository=dig_text(entry, "repo"),
        files=tuple(file for file in files if file[1]),
    )


def _old_chart(entry: Mapping[str, Any]) -> ChartEntry:
    return ChartEntry(
        name=dig_text(entry, "chartName"),
        version=dig_text(entry, "chartVersion"),
        repository=dig_text(entry, "chartRepoUrl"),
        files=((("values",), values),) if (values := dig_text(entry, "values")) else (),
    )


def _texts(value: object) -> tuple[tuple[int, str], ...]:
    """The texts in the list *value*, each with its place there."""
    return tuple((index, item) for index, item in enumerate(as_list(value)) if isinstance(item, str) and item)


def _entries(value: object) -> tuple[tuple[int, Mapping[str, Any]], ...]:
    """The maps in the list *value*, each with its place there."""
    return tuple((index, as_map(item)) for index, item in enumerate(as_list(value)) if isinstance(item, Mapping))
