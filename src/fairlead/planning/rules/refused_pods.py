"""Pods that Kubernetes does not take, or cannot run, wherever their template stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_map, dig, dig_map, dig_text, maps_in
from fairlead.model.objects import ObjectRef
from fairlead.planning.rules.pod_security_pod import SecuredPod
from fairlead.planning.rules.refused_values import IMAGE, PORT_NAME, Refusal, quantity
from fairlead.planning.value_path import Path

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_HANDLERS: Final = ("exec", "grpc", "httpGet", "tcpSocket")
_MOUNTS: Final = (("volumeMounts", "mountPath"), ("volumeDevices", "devicePath"))
_ALWAYS: Final = frozenset({"DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"})
_JOBS: Final = frozenset({"Job", "CronJob"})
_SET_LATER: Final = frozenset({"auto"})
"""An image that an admission webhook puts there (Istio's proxy)."""


def check_pod(pod: SecuredPod, manifest: Mapping[str, Any], ref: ObjectRef) -> Iterator[Refusal]:
    claims = {dig_text(claim, "metadata", "name") for claim in maps_in(dig(manifest, "spec", "volumeClaimTemplates"))}
    volumes = {dig_text(volume, "name") for volume in pod.volumes()} | claims
    containers = [*pod.placed_containers()]
    yield from _twice(((*path, "name"), dig_text(container, "name")) for path, container in containers)
    yield from _twice(((*pod.path, "volumes", i, "name"), dig_text(v, "name")) for i, v in enumerate(pod.volumes()))
    yield from _restarts(pod, ref)
    for path, container in containers:
        yield from _image(container, path)
        yield from _mounts(container, path, volumes)
        yield from _ports(container, path)
        yield from _probes(container, path)
        yield from _resources(container, path)


def _twice(names: Iterable[tuple[Path, str]]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for path, name in names:
        if name and name in seen:
            yield Refusal(path=path, message=f"the name {name} stands twice", hint="give each a name of its own")
        seen.add(name)


def _restarts(pod: SecuredPod, ref: ObjectRef) -> Iterator[Refusal]:
    said = dig_text(pod.spec, "restartPolicy")
    path = (*pod.path, "restartPolicy")
    if ref.kind in _ALWAYS and said not in ("", "Always"):
        message = f"the pods of a {ref.kind} are always started again: restartPolicy {said} is refused"
        yield Refusal(path=path, message=message, hint="leave it out, or make it a Job")
    if ref.kind in _JOBS and ref.group == "batch" and pod.spec and said in ("", "Always"):
        message = f"the pods of a {ref.kind} need the restartPolicy Never or OnFailure"
        yield Refusal(
            path=path if said else pod.path, message=message, hint="without one it is Always, which is refused"
        )


def _image(container: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    image = dig_text(container, "image")
    if not image:
        yield Refusal(path=(*path, "image"), message=f"the container {dig_text(container, 'name')} has no image")
    elif image not in _SET_LATER and not IMAGE.fullmatch(image):
        message = f"{image!r} is no name of an image"
        hint = "a repository has small letters; then `:tag` or `@sha256:…` (what the kubelet calls InvalidImageName)"
        yield Refusal(path=(*path, "image"), message=message, hint=hint)


def _mounts(container: Mapping[str, Any], path: Path, volumes: set[str]) -> Iterator[Refusal]:
    for key, place in _MOUNTS:
        seen: set[str] = set()
        for index, mount in enumerate(maps_in(container.get(key))):
            name, where = dig_text(mount, "name"), dig_text(mount, place)
            if name and name not in volumes:
                has = f"it has {', '.join(sorted(volumes))}" if volumes else "it has none"
                message = f"the container mounts the volume {name}, which the pod does not have"
                yield Refusal(path=(*path, key, index, "name"), message=message, hint=has)
            if where and where in seen:
                message = f"two volumes are mounted at {where}"
                yield Refusal(path=(*path, key, index, place), message=message, hint="keep one of them")
            seen.add(where)


def _ports(container: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    ports = maps_in(container.get("ports"))
    for index, port in enumerate(ports):
        for key in ("containerPort", "hostPort"):
            if not is_port(port.get(key)):
                yield Refusal(path=(*path, "ports", index, key), message=f"{port[key]} is no port: 1 to 65535")
        name = dig_text(port, "name")
        if name and not PORT_NAME.fullmatch(name):
            hint = "small letters, digits and `-`, at most 15 of them, one letter (RFC 6335)"
            yield Refusal(path=(*path, "ports", index, "name"), message=f"{name!r} is no name of a port", hint=hint)
    yield from _twice(((*path, "ports", index, "name"), dig_text(port, "name")) for index, port in enumerate(ports))


def is_port(value: object) -> bool:
    """Whether *value*, where it is a number, is a port."""
    return not isinstance(value, int) or 1 <= value <= 65535


def _probes(container: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    names = {dig_text(port, "name") for port in maps_in(container.get("ports"))}
    for probe in _PROBES:
        if container.get(probe) is not None:
            yield from _handlers(dig_map(container, probe), (*path, probe))
        for how in ("httpGet", "tcpSocket"):
            port = dig(container, probe, how, "port")
            if isinstance(port, str) and port and not port.isdecimal() and port not in names:
                has = f"it has {', '.join(sorted(names - {''}))}" if names - {""} else "none of its ports has a name"
                message = f"the {probe} asks the port {port}, which the container does not have"
                yield Refusal(path=(*path, probe, how, "port"), message=message, hint=has)


def _handlers(probe: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    has = [how for how in _HANDLERS if probe.get(how) is not None]
    if not has:
        hint = f"give it one of {', '.join(_HANDLERS)}"
        yield Refusal(path=path, message=f"the {path[-1]} does not say what it asks", hint=hint)
    elif len(has) > 1:
        message = f"the {path[-1]} asks in more than one way: {', '.join(has)}"
        yield Refusal(path=(*path, has[1]), message=message, hint="keep one of them, and set the other to null")


def _resources(container: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    resources = dig_map(container, "resources")
    limits = as_map(resources.get("limits"))
    for key in ("requests", "limits"):
        yield from check_quantities(as_map(resources.get(key)), (*path, "resources", key))
    for name, asked in as_map(resources.get("requests")).items():
        most, least = quantity(limits.get(name)), quantity(asked)
        if most is not None and least is not None and least > most:
            message = f"it asks for {asked} of {name}, more than its limit of {limits[name]}"
            yield Refusal(path=(*path, "resources", "requests", name), message=message, hint="raise the limit")


def check_quantities(amounts: Mapping[str, Any], path: Path) -> Iterator[Refusal]:
    for name, said in amounts.items():
        amount = quantity(said)
        if said is not None and (amount is None or amount < 0):
            hint = "write it like 500m, 2, 64Mi or 1.5Gi"
            yield Refusal(path=(*path, name), message=f"{said!r} is no quantity of {name}", hint=hint)
