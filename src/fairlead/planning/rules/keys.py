"""Keys of ConfigMaps and Secrets that are here and do not have them: the container, or the release, waits for ever."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.model.finding import Finding, Severity
from fairlead.model.frozen import dataclass
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.rules.pod_security_pod import SecuredPod, pod_in
from fairlead.planning.value_path import Path

_FIELDS: Final = ("data", "binaryData", "stringData")
_FILLED: Final = "kubernetes.io/service-account-token"
_REFERENCES: Final = (("ConfigMap", "configMapKeyRef"), ("Secret", "secretKeyRef"))
_SOURCES: Final = (("ConfigMap", "configMap", "name"), ("Secret", "secret", "name"))
_VOLUMES: Final = (("ConfigMap", "configMap", "name"), ("Secret", "secret", "secretName"))
_VALUES: Final = "values.yaml"
"""The key that a HelmRelease takes where it names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Use:
    """What takes *key* of the object *name*, and where it says so."""

    kind: str
    name: str
    key: str
    path: Path


def check_keys(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """What is optional may be missing; an object without any key is one that somebody fills in later."""
    keys = {(one.ref.kind, one.ref.namespace, one.ref.name): _keys(one) for one in scene.objects if _has_keys(one)}
    for index, one in enumerate(scene.objects):
        for use in _uses(one):
            there = keys.get((use.kind, one.ref.namespace, use.name))
            if there and use.key and use.key not in there and "${" not in use.key:
                finding = Finding(
                    rule="key-unknown",
                    message=f"the {use.kind} {use.name} has no key {use.key}",
                    hint=f"it has {', '.join(sorted(there))}",
                    severity=Severity.WARNING,
                    ref=one.ref,
                )
                yield Judgement(index=index, finding=finding, path=use.path)


def _has_keys(one: JudgedObject) -> bool:
    return one.ref.group == "" and one.ref.kind in ("ConfigMap", "Secret") and one.text("type") != _FILLED


def _keys(one: JudgedObject) -> frozenset[str]:
    return frozenset(str(key) for name in _FIELDS for key in dig_map(one.manifest, name))


def _uses(one: JudgedObject) -> Iterator[_Use]:
    if (one.ref.group, one.ref.kind) == ("helm.toolkit.fluxcd.io", "HelmRelease"):
        yield from _of_release(one)
    if pod := pod_in(one.manifest):
        yield from _of_pod(pod)


def _of_release(one: JudgedObject) -> Iterator[_Use]:
    for index, source in enumerate(maps_in(dig(one.manifest, "spec", "valuesFrom"))):
        if not source.get("optional"):
            path = ("spec", "valuesFrom", index, "valuesKey" if "valuesKey" in source else "name")
            key = dig_text(source, "valuesKey") or _VALUES
            yield _Use(kind=dig_text(source, "kind"), name=dig_text(source, "name"), key=key, path=path)


def _of_pod(pod: SecuredPod) -> Iterator[_Use]:
    for place, container in pod.placed_containers():
        for index, variable in enumerate(maps_in(container.get("env"))):
            yield from _of_variable(variable, (*place, "env", index, "valueFrom"))
    for index, volume in enumerate(pod.volumes()):
        path = (*pod.path, "volumes", index)
        yield from _of_items(volume, path, _VOLUMES)
        for position, source in enumerate(maps_in(dig(volume, "projected", "sources"))):
            yield from _of_items(source, (*path, "projected", "sources", position), _SOURCES)


def _of_variable(variable: Mapping[str, Any], path: Path) -> Iterator[_Use]:
    for kind, field in _REFERENCES:
        source = dig_map(variable, "valueFrom", field)
        if source and not source.get("optional"):
            name, key = dig_text(source, "name"), dig_text(source, "key")
            yield _Use(kind=kind, name=name, key=key, path=(*path, field, "key"))


def _of_items(volume: Mapping[str, Any], path: Path, sources: tuple[tuple[str, str, str], ...]) -> Iterator[_Use]:
    for kind, field, name in sources:
        source = dig_map(volume, field)
        if not source.get("optional"):
            for index, item in enumerate(maps_in(source.get("items"))):
                place = (*path, field, "items", index, "key")
                yield _Use(kind=kind, name=dig_text(source, name), key=dig_text(item, "key"), path=place)
