"""Which paths a kustomization, or the configuration of a built-in plugin, names. No file is read here.

Fields after kustomize 5.8.1 (`types.Kustomization` and the built-in plugins); all paths are relative to the folder of
the kustomization, those in a plugin's configuration too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

from fairlead.formats.json_data import as_list, dig_text, maps_in


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
    """*path* as written, *field* where; *is_fetched* for a chart that helm pulls where its folder is missing."""

    kind: ReferenceKind
    path: str
    field: str
    is_fetched: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartEntry:
    """One entry of `helmCharts`, in any of its three spellings."""

    name: str
    version: str
    repository: str
    files: tuple[str, ...]


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
_WITH_PATH: Final = ("patches", "patchesJson6902", "replacements")
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


def has_charts(kustomization: Mapping[str, Any]) -> bool:
    """Whether a build of *kustomization* starts helm; it may be a plugin's configuration, too."""
    return (
        bool(kustomization.get("helmCharts") or kustomization.get("helmChartInflationGenerator"))
        or kustomization.get("kind") == "HelmChartInflationGenerator"
    )


def find_charts(kustomization: Mapping[str, Any]) -> tuple[ChartEntry, ...]:
    entries = [_chart(entry) for entry in maps_in(kustomization.get("helmCharts"))]
    return (*entries, *(_old_chart(entry) for entry in maps_in(kustomization.get("helmChartInflationGenerator"))))


def _find(kustomization: Mapping[str, Any]) -> Iterator[Reference]:
    for field, kind in _LISTS.items():
        for path in _texts(kustomization.get(field)):
            yield Reference(kind=kind, path=path, field=field)
    for field in _WITH_PATH:
        for entry in maps_in(kustomization.get(field)):
            if path := dig_text(entry, "path"):
                yield Reference(kind=ReferenceKind.FILE, path=path, field=f"{field}.path")
    if path := dig_text(kustomization, "openapi", "path"):
        yield Reference(kind=ReferenceKind.FILE, path=path, field="openapi.path")
    for field in _GENERATORS:
        for entry in maps_in(kustomization.get(field)):
            yield from _generator_files(entry, field=field)
    yield from _chart_references(kustomization)


def _generator_files(entry: Mapping[str, Any], *, field: str) -> Iterator[Reference]:
    for source in _texts(entry.get("files")):
        name, equals, path = source.partition("=")
        yield Reference(kind=ReferenceKind.FILE, path=path if equals else name, field=f"{field}.files")
    for path in (*_texts(entry.get("envs")), *_texts([entry.get("env")])):
        yield Reference(kind=ReferenceKind.FILE, path=path, field=f"{field}.envs")


def _chart_references(kustomization: Mapping[str, Any]) -> Iterator[Reference]:
    old = maps_in(kustomization.get("helmChartInflationGenerator"))
    homes = [dig_text(kustomization, "helmGlobals", "chartHome"), *(dig_text(entry, "chartHome") for entry in old)]
    home = next(filter(None, homes), "charts")
    for chart in find_charts(kustomization):
        for path in chart.files:
            yield Reference(kind=ReferenceKind.FILE, path=path, field="helmCharts.valuesFile")
        is_fetched = bool(chart.repository)
        # kustomize keeps a chart that it pulls at a version in a folder of that version.
        folder = f"{home}/{chart.name}-{chart.version}/{chart.name}" if is_fetched else f"{home}/{chart.name}"
        yield Reference(kind=ReferenceKind.CHART, path=folder, field="helmCharts", is_fetched=is_fetched)


def _chart(entry: Mapping[str, Any]) -> ChartEntry:
    files = (dig_text(entry, "valuesFile"), *_texts(entry.get("additionalValuesFiles")))
    return ChartEntry(
        name=dig_text(entry, "name"),
        version=dig_text(entry, "version"),
        repository=dig_text(entry, "repo"),
        files=tuple(filter(None, files)),
    )


def _old_chart(entry: Mapping[str, Any]) -> ChartEntry:
    return ChartEntry(
        name=dig_text(entry, "chartName"),
        version=dig_text(entry, "chartVersion"),
        repository=dig_text(entry, "chartRepoUrl"),
        files=tuple(filter(None, (dig_text(entry, "values"),))),
    )


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in as_list(value) if isinstance(item, str) and item)
