"""The parameters that the generators of an ApplicationSet give, one map for each Application.

As in the ApplicationSet documentation: list, clusters, git directories and files, matrix, merge, and the selector that
each may have. What asks another system (a code host, a plugin, clusters that no Secret here declares) is said, not
guessed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fairlead.formats.argocd_objects import IN_CLUSTER, IN_CLUSTER_SERVER, ArgoCluster
from fairlead.formats.glob import matches
from fairlead.formats.go_functions import normalize
from fairlead.formats.go_template import NotJudged
from fairlead.formats.json_data import as_list, as_map, dig, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass, field
from fairlead.planning.argocd.templates import Parameters, filled

KINDS = ("list", "clusters", "git", "matrix", "merge")
_ASKS_OTHERS = ("scmProvider", "pullRequest", "plugin", "clusterDecisionResource")


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorGround:
    """What generators look at. *read* gives the data of a file, one item or more; *read_text* that of a text; *is_own*
    whether a URL is this repository."""

    folders: Sequence[str]
    files: Sequence[str]
    read: Callable[[str], Sequence[Any]]
    read_text: Callable[[str], Any]
    is_own: Callable[[str], bool]
    clusters: Sequence[ArgoCluster] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Generated:
    """*template* is what the generator itself lays over the set's template. *unknown* says what could not be known."""

    parameters: tuple[Parameters, ...] = ()
    unknown: tuple[str, ...] = ()
    template: Mapping[str, Any] = field(default_factory=dict)


class Generators:
    """Carries the generators of one ApplicationSet out."""

    def __init__(self, ground: GeneratorGround, *, is_go: bool, is_strict: bool = False) -> None:
        self._ground = ground
        self._is_go = is_go
        self._is_strict = is_strict

    def generate(self, generator: Mapping[str, Any], given: Parameters | None = None) -> Generated:
        """What *generator* gives, its own texts filled in with *given*, what an outer matrix gave already."""
        kind = next((name for name in generator if name != "selector"), "")
        data = as_map(generator.get(kind))
        if given is not None and kind not in ("matrix", "merge"):
            template = data.get("template")
            data = as_map(self._fill({k: v for k, v in data.items() if k != "template"}, given))
            data = {**data, "template": template} if template else data
        found = self._of_kind(kind, data, given)
        selector = dig_map(generator, "selector")
        kept = tuple(each for each in found.parameters if not selector or _is_selected(each, selector))
        return Generated(parameters=kept, unknown=found.unknown, template=dig_map(data, "template"))

    def _of_kind(self, kind: str, data: Mapping[str, Any], given: Parameters | None) -> Generated:
        match kind:
            case "list":
                return self._list(data)
            case "clusters":
                return self._clusters(data)
            case "git":
                return self._git(data)
            case "matrix":
                return self._matrix(data, given)
            case "merge":
                return self._merge(data, given)
            case _ if kind in _ASKS_OTHERS:
                return Generated(unknown=(f"generator {kind}, which asks another system",))
            case _:
                return Generated(unknown=(f"generator {kind or 'without a name'}, which Argo CD does not have",))

    def _fill(self, value: Any, parameters: Parameters) -> Any:
        return filled(value, parameters, is_go=self._is_go, is_strict=self._is_strict)

    def _list(self, data: Mapping[str, Any]) -> Generated:
        elements = list(maps_in(data.get("elements")))
        if text := dig_text(data, "elementsYaml"):
            elements += maps_in(self._ground.read_text(text))
        return Generated(parameters=tuple(self._shaped(each) for each in elements))

    def _clusters(self, data: Mapping[str, Any]) -> Generated:
        """The clusters that Secrets of the repository declare; without a selector, the one of Argo CD itself too."""
        selector = dig_map(data, "selector")
        local = ArgoCluster(name=IN_CLUSTER, server=IN_CLUSTER_SERVER)
        known = [each for each in self._ground.clusters if each.name != IN_CLUSTER and each.server != IN_CLUSTER_SERVER]
        own = [each for each in self._ground.clusters if each not in known]
        wanted = [*known, *(own or ([] if selector else [local]))]
        found = [each for each in wanted if not selector or _has_labels(each.labels, selector)]
        said = ("the clusters that Argo CD knows: none is declared here",) if not self._ground.clusters else ()
        return Generated(
            parameters=tuple(self._with_values(self._cluster(each), data) for each in found),
            unknown=said,
        )

    def _cluster(self, cluster: ArgoCluster) -> dict[str, Any]:
        plain = {"name": cluster.name, "nameNormalized": normalize(cluster.name), "server": cluster.server}
        metadata = {"labels": dict(cluster.labels), "annotations": dict(cluster.annotations)}
        return {**plain, "metadata": metadata} if self._is_go else {**plain, **_flat({"metadata": metadata})}

    def _git(self, data: Mapping[str, Any]) -> Generated:
        url = dig_text(data, "repoURL")
        if not self._ground.is_own(url):
            return Generated(unknown=(f"the tree of {url}, another repository",))
        prefix = dig_text(data, "pathParamPrefix")
        if directories := maps_in(data.get("directories")):
            found = [self._path(each, prefix) for each in _chosen(self._ground.folders, directories)]
        else:
            found = [each for pattern in maps_in(data.get("files")) for each in self._from_files(pattern, prefix, data)]
        return Generated(parameters=tuple(self._with_values(each, data) for each in found))

    def _from_files(self, pattern: Mapping[str, Any], prefix: str, data: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        """`git ls-files PATTERN`: an asterisk crosses slashes."""
        excluded = [dig_text(each, "path") for each in maps_in(data.get("files")) if each.get("exclude") is True]
        if pattern.get("exclude") is True:
            return
        for file in self._ground.files:
            if not matches(file, dig_text(pattern, "path"), crosses=True):
                continue
            if any(matches(file, each, crosses=True) for each in excluded):
                continue
            for item in self._ground.read(file):
                yield _deep(self._shaped(as_map(item)), self._path(posixpath.dirname(file), prefix, file=file))

    def _path(self, folder: str, prefix: str, *, file: str = "") -> dict[str, Any]:
        name, base = posixpath.basename(file), posixpath.basename(folder)
        segments = folder.split("/")
        if self._is_go:
            path: dict[str, Any] = {
                "path": folder,
                "basename": base,
                "basenameNormalized": normalize(base),
                "segments": segments,
            }
            path |= {"filename": name, "filenameNormalized": normalize(name)} if file else {}
            return {prefix: {"path": path}} if prefix else {"path": path}
        top = f"{prefix}.path" if prefix else "path"
        flat = {top: folder, f"{top}.basename": base, f"{top}.basenameNormalized": normalize(base)}
        flat |= {f"{top}.filename": name, f"{top}.filenameNormalized": normalize(name)} if file else {}
        return {**flat, **{f"{top}[{index}]": segment for index, segment in enumerate(segments)}}

    def _matrix(self, data: Mapping[str, Any], given: Parameters | None) -> Generated:
        generators = maps_in(data.get("generators"))
        found: list[Parameters] = [given or {}]
        unknown: list[str] = []
        for generator in generators:
            combined: list[Parameters] = []
            for before in found:
                inner = self.generate(generator, before)
                unknown += inner.unknown
                combined += [_deep(before, each) for each in inner.parameters]
            found = combined
        return Generated(parameters=tuple(found) if generators else (), unknown=tuple(dict.fromkeys(unknown)))

    def _merge(self, data: Mapping[str, Any], given: Parameters | None) -> Generated:
        keys = [str(each) for each in as_list(data.get("mergeKeys"))]
        first, *others = [self.generate(each, given) for each in maps_in(data.get("generators"))] or [Generated()]
        merged = {self._key(each, keys): each for each in first.parameters}
        for other in others:
            for each in other.parameters:
                if (key := self._key(each, keys)) in merged:
                    merged[key] = _deep(merged[key], each)
        unknown = dict.fromkeys(text for part in (first, *others) for text in part.unknown)
        return Generated(parameters=tuple(merged.values()), unknown=tuple(unknown))

    def _key(self, parameters: Parameters, keys: Sequence[str]) -> tuple[str, ...]:
        return tuple(str(dig(parameters, *key.split(".")) if self._is_go else parameters.get(key)) for key in keys)

    def _shaped(self, data: Mapping[str, Any]) -> dict[str, Any]:
        return dict(data) if self._is_go else _flat(data)

    def _with_values(self, parameters: dict[str, Any], data: Mapping[str, Any]) -> Parameters:
        values = dig_map(data, "values")
        if not values:
            return parameters
        made = {str(key): self._fill(value, parameters) for key, value in values.items()}
        return {**parameters, "values": made} if self._is_go else {**parameters, **_flat({"values": made})}


def expand(
    generators: Iterable[Mapping[str, Any]], ground: GeneratorGround, *, is_go: bool, is_strict: bool
) -> tuple[Generated, ...]:
    """What each of *generators* gives; one that is not understood gives a word about it."""
    found = []
    for each in generators:
        try:
            found.append(Generators(ground, is_go=is_go, is_strict=is_strict).generate(each))
        except NotJudged as err:
            found.append(Generated(unknown=(str(err),)))
    return tuple(found)


def _chosen(folders: Iterable[str], patterns: Sequence[Mapping[str, Any]]) -> list[str]:
    wanted = [dig_text(each, "path") for each in patterns if each.get("exclude") is not True]
    excluded = [dig_text(each, "path") for each in patterns if each.get("exclude") is True]
    return [
        folder
        for folder in folders
        if any(matches(folder, each) for each in wanted) and not any(matches(folder, each) for each in excluded)
    ]


def _flat(data: Mapping[str, Any], top: str = "") -> dict[str, Any]:
    """Nested keys joined with dots, as texts: what the old templates see."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        name = f"{top}{key}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{name}.")
        elif isinstance(value, list):
            found |= _flat({str(index): each for index, each in enumerate(value)}, f"{name}.")
        else:
            found[name] = str(value).lower() if isinstance(value, bool) else str("" if value is None else value)
    return found


def _deep(lower: Parameters, upper: Parameters) -> dict[str, Any]:
    found = dict(lower)
    for key, value in upper.items():
        both = isinstance(value, Mapping) and isinstance(found.get(key), Mapping)
        found[key] = _deep(found[key], value) if both else value
    return found


def _is_selected(parameters: Parameters, selector: Mapping[str, Any]) -> bool:
    return _has_labels({key: str(value) for key, value in _flat(parameters).items()}, selector)


def _has_labels(labels: Mapping[str, str], selector: Mapping[str, Any]) -> bool:
    equal = all(labels.get(str(key)) == str(value) for key, value in dig_map(selector, "matchLabels").items())
    return equal and all(_is_met(labels, each) for each in maps_in(selector.get("matchExpressions")))


def _is_met(labels: Mapping[str, str], expression: Mapping[str, Any]) -> bool:
    key, values = dig_text(expression, "key"), [str(each) for each in as_list(expression.get("values"))]
    match dig_text(expression, "operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
        case _:
            return False
