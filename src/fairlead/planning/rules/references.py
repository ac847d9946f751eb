"""What an object names in another one of its namespace that is here: ports, and names with a letter wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from fairlead.formats.json_data import as_map, dig, dig_map, dig_text, maps_in
from fairlead.formats.spelling import is_slip
from fairlead.model.finding import Finding, Severity
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement
from fairlead.planning.rules.pod_security_pod import pod_in
from fairlead.planning.value_path import Path

_HASH: Final = re.compile(r"-[a-z0-9]{10}$")
"""What kustomize puts behind the name of what it generates."""
_Key = tuple[str, str, str]
"""Kind, namespace and name."""


def check_ports(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """Ports of Services and Ingresses that what they lead to does not have."""
    services = {(one.ref.namespace, one.ref.name): one for one in scene.objects if _is(one, "", "Service")}
    for index, one in enumerate(scene.objects):
        if _is(one, "", "Service"):
            found = _target_ports(one, scene)
        elif _is(one, "networking.k8s.io", "Ingress"):
            found = _backend_ports(one, services)
        else:
            continue
        for path, message, has in found:
            hint = f"there are {', '.join(sorted(has))}" if has else "none of its ports has a name"
            finding = Finding(rule="port-unknown", message=message, hint=hint, severity=Severity.WARNING, ref=one.ref)
            yield Judgement(index=index, finding=finding, path=path)


def _is(one: JudgedObject, group: str, kind: str) -> bool:
    return (one.ref.group, one.ref.kind) == (group, kind)


def _target_ports(service: JudgedObject, scene: EnvironmentObjects) -> Iterator[tuple[Path, str, set[str]]]:
    """Names of ports that no pod has which the Service selects."""
    wanted = dig_map(service.manifest, "spec", "selector")
    pods = [pod for one in scene.by_namespace[service.ref.namespace] if (pod := pod_in(one.manifest))]
    chosen = [pod for pod in pods if wanted and wanted.items() <= pod.labels.items()]
    containers = [container for pod in chosen for _, container in pod.placed_containers()]
    names = {dig_text(port, "name") for container in containers for port in maps_in(container.get("ports"))} - {""}
    for index, port in enumerate(maps_in(dig(service.manifest, "spec", "ports"))):
        target = port.get("targetPort")
        if chosen and isinstance(target, str) and not target.isdecimal() and target not in names:
            message = f"no pod that it selects has a port {target}"
            yield ("spec", "ports", index, "targetPort"), message, names


def _backend_ports(
    ingress: JudgedObject, services: dict[tuple[str, str], JudgedObject]
) -> Iterator[tuple[Path, str, set[str]]]:
    for path, backend in _backends(ingress.manifest):
        name, port = dig_text(backend, "service", "name"), dig_map(backend, "service", "port")
        service = services.get((ingress.ref.namespace, name))
        for key, value in port.items():
            ports = maps_in(dig(service.manifest, "spec", "ports")) if service else ()
            has = {each.get("name" if key == "name" else "port") for each in ports}
            if service and value not in has:
                message = f"the Service {name} has no port {value}"
                yield (*path, "service", "port", key), message, {str(each) for each in has if each}


def _backends(ingress: dict[str, Any]) -> Iterator[tuple[Path, dict[str, Any]]]:
    yield ("spec", "defaultBackend"), dict(dig_map(ingress, "spec", "defaultBackend"))
    for index, rule in enumerate(maps_in(dig(ingress, "spec", "rules"))):
        for position, route in enumerate(maps_in(dig(rule, "http", "paths"))):
            path = ("spec", "rules", index, "http", "paths", position, "backend")
            yield path, dict(as_map(route.get("backend")))


def check_misspelt(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """A name that nothing has, where something that nobody names is called nearly like it. Secrets are left out: they
    are often made elsewhere."""
    if not scene.is_whole:
        return
    named = [(index, path, key) for index, one in enumerate(scene.objects) for path, key in _references(one)]
    there = {(one.ref.kind, one.ref.namespace, one.ref.name) for one in scene.objects}
    unnamed = there - {key for _, _, key in named}
    for index, path, (kind, namespace, name) in named:
        if (kind, namespace, name) in there:
            continue
        others = {_HASH.sub("", other) for is_kind, space, other in unnamed if (is_kind, space) == (kind, namespace)}
        close = sorted(other for other in others if is_slip(name, other))
        if close:
            finding = Finding(
                rule="reference-misspelt",
                message=f"there is no {kind} {name}, and nothing names the {kind} {close[0]}",
                hint=f"did you mean {close[0]}?",
                severity=Severity.WARNING,
                ref=scene.objects[index].ref,
            )
            yield Judgement(index=index, finding=finding, path=path)


def _references(one: JudgedObject) -> Iterator[tuple[Path, _Key]]:
    for path, kind, name in _named(one):
        if name and "${" not in name:
            yield path, (kind, one.ref.namespace, name)


def _named(one: JudgedObject) -> Iterator[tuple[Path, str, str]]:
    match one.ref.group, one.ref.kind:
        case "networking.k8s.io", "Ingress":
            for path, backend in _backends(one.manifest):
                yield (*path, "service", "name"), "Service", dig_text(backend, "service", "name")
        case "autoscaling", "HorizontalPodAutoscaler":
            target = ("spec", "scaleTargetRef")
            yield (*target, "name"), one.text(*target, "kind"), one.text(*target, "name")
        case "rbac.authorization.k8s.io", "RoleBinding" if one.text("roleRef", "kind") == "Role":
            yield ("roleRef", "name"), "Role", one.text("roleRef", "name")
    pod = pod_in(one.manifest)
    if pod is None:
        return
    yield (*pod.path, "serviceAccountName"), "ServiceAccount", dig_text(pod.spec, "serviceAccountName")
    for index, volume in enumerate(pod.volumes()):
        path = (*pod.path, "volumes", index)
        yield (*path, "configMap", "name"), "ConfigMap", dig_text(volume, "configMap", "name")
        claim = ("persistentVolumeClaim", "claimName")
        yield (*path, *claim), "PersistentVolumeClaim", dig_text(volume, *claim)
        for position, source in enumerate(maps_in(dig(volume, "projected", "sources"))):
            place = (*path, "projected", "sources", position, "configMap", "name")
            yield place, "ConfigMap", dig_text(source, "configMap", "name")
    for path, container in pod.placed_containers():
        for index, source in enumerate(maps_in(container.get("envFrom"))):
            place = (*path, "envFrom", index, "configMapRef", "name")
            yield place, "ConfigMap", dig_text(source, "configMapRef", "name")
        for index, variable in enumerate(maps_in(container.get("env"))):
            key = ("valueFrom", "configMapKeyRef", "name")
            yield (*path, "env", index, *key), "ConfigMap", dig_text(variable, *key)
