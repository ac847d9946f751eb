"""What a component waits for, in one line that a person understands."""

from __future__ import annotations

from fairlead.formats.json_data import dig_int, dig_text
from fairlead.model.health import Health
from fairlead.model.objects import ObjectRef
from fairlead.planning.health_pods import explain_pod
from fairlead.planning.order import kind_and_group
from fairlead.planning.scene import Scene, is_ready

_WANTED = {
    "DaemonSet.apps": ("status", "desiredNumberScheduled"),
    "Deployment.apps": ("spec", "replicas"),
    "ReplicaSet.apps": ("spec", "replicas"),
    "StatefulSet.apps": ("spec", "replicas"),
}


def say_waiting(ref: ObjectRef, health: Health, scene: Scene | None, *, symptom: str = "") -> str:
    """`Deployment shop/web: 1 of 3 pods ready; pod web-x: container app: ImagePullBackOff: …`

    *symptom* is what the object shows itself.
    """
    counted = _counted(scene) if scene else ""
    pod = scene.unready_pod() if scene else None
    if pod is not None and ref.kind != "Pod":
        why = f"pod {dig_text(pod, 'metadata', 'name')}: {explain_pod(pod)}"
        return f"{ref}: {counted or health.message or health.reason}; {why}"
    said = [part for part in (counted, symptom) if part] or [health.message or health.reason]
    return f"{ref}: {'; '.join(said)}"


def _counted(scene: Scene) -> str:
    """How many pods of the current revision are ready; empty where that is not what is missing."""
    path = _WANTED.get(kind_and_group(scene.live))
    if path is None:
        return ""
    wanted = dig_int(scene.live, *path, default=1)
    ready = sum(1 for pod in scene.own_pods() if is_ready(pod))
    return f"{ready} of {wanted} pods ready" if ready < wanted else ""
