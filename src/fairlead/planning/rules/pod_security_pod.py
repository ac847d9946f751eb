"""A pod as the Pod Security checks see it, wherever it stands: in a Pod or in the template of a workload."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from fairlead.formats.json_data import as_list, as_map, dig_map, dig_text, maps_in
from fairlead.model.frozen import dataclass, field

_TEMPLATES: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("", "Pod"): (),
    ("", "PodTemplate"): ("template",),
    ("", "ReplicationController"): ("spec", "template"),
    ("apps", "DaemonSet"): ("spec", "template"),
    ("apps", "Deployment"): ("spec", "template"),
    ("apps", "ReplicaSet"): ("spec", "template"),
    ("apps", "StatefulSet"): ("spec", "template"),
    ("batch", "CronJob"): ("spec", "jobTemplate", "spec", "template"),
    ("batch", "Job"): ("spec", "template"),
}
_CONTAINER_LISTS: Final = ("initContainers", "containers", "ephemeralContainers")
_WORDS: Final[Mapping[str, str]] = {
    "initContainers": "init container",
    "ephemeralContainers": "ephemeral container",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """*place* is `the pod`, a container or a volume; *field* what it sets; *remedy* what to set instead."""

    place: str
    field: str
    says: str
    remedy: str

    @property
    def message(self) -> str:
        return f"{self.place}: {self.field} {self.says}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SecuredPod:
    """*annotations* and *labels* are those of the pod (of the template, not of the workload); *path* is that of its
    spec in the object."""

    spec: Mapping[str, Any]
    annotations: Mapping[str, Any]
    labels: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[str | int, ...] = ("spec",)

    @property
    def is_windows(self) -> bool:
        return dig_text(self.spec, "os", "name") == "windows"

    @property
    def has_user_namespace(self) -> bool:
        return self.spec.get("hostUsers") is False

    def containers(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """All containers with the words that name them: init, ordinary and ephemeral ones."""
        for path, container in self.placed_containers():
            word = _WORDS.get(str(path[-2]), "container")
            yield f"{word} {dig_text(container, 'name') or path[-1]}", container

    def placed_containers(self) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
        """All containers with their path in the object."""
        for name in _CONTAINER_LISTS:
            for index, container in enumerate(as_list(self.spec.get(name))):
                if isinstance(container, dict):
                    yield (*self.path, name, index), container

    def security_contexts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The pod's own security context, then that of each container; empty where none is set."""
        yield "the pod", dig_map(self.spec, "securityContext")
        yield from self.container_contexts()

    def container_contexts(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for place, container in self.containers():
            yield place, dig_map(container, "securityContext")

    def volumes(self) -> tuple[Mapping[str, Any], ...]:
        return maps_in(self.spec.get("volumes"))


Check = Callable[[SecuredPod], Iterator[Violation]]


def pod_in(manifest: Mapping[str, Any]) -> SecuredPod | None:
    """The pod that *manifest* is or makes; None for a kind without a pod template."""
    group = dig_text(manifest, "apiVersion").rpartition("/")[0]
    path = _TEMPLATES.get((group, dig_text(manifest, "kind")))
    if path is None:
        return None
    pod = dig_map(manifest, *path)
    return SecuredPod(
        spec=as_map(pod.get("spec")),
        annotations=dig_map(pod, "metadata", "annotations"),
        labels=dig_map(pod, "metadata", "labels"),
        path=(*path, "spec"),
    )
