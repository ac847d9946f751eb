"""What maintenance does to a plan and to what planning sees: its steps, its workloads, its announcement."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from fairlead.formats.json_data import dig
from fairlead.model.change import Change, ChangeAction
from fairlead.model.errors import InputError
from fairlead.model.maintenance import Maintenance, MaintenanceSettings, Scaled
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Phase, Step, StepKind
from fairlead.model.record import ComponentRecord
from fairlead.planning.autoscaling import hpa_targets

CLOSE: Final = "maintenance/close"
SCALE_BACK: Final = "maintenance/scale-back"
CONFIG_MAP: Final = "fairlead-maintenance"
ANNOTATION: Final = "fairlead.dev/maintenance"

_SCALABLE: Final = {"Deployment": "apps", "StatefulSet": "apps", "ReplicaSet": "apps"}


def with_maintenance(steps: Sequence[Step], settings: MaintenanceSettings) -> tuple[Step, ...]:
    """*steps* between closing and scaling back: nothing is changed before the environment is closed, and nothing is
    tested before its workloads are back. A workload that a step writes comes back with that step."""
    deployed = tuple(step.name for step in steps if step.phase is Phase.DEPLOY)
    close = _step(CLOSE, StepKind.MAINTENANCE_CLOSE, Phase.PROVISION, f"closed to other deployments{_scales(settings)}")
    back = _step(SCALE_BACK, StepKind.MAINTENANCE_SCALE_BACK, Phase.DEPLOY, "what is scaled still comes back")
    back = dataclasses.replace(back, after=(CLOSE, *deployed))
    found: list[Step] = []
    for phase in Phase:
        found += [close] if phase is Phase.PROVISION else []
        found += [_behind(step) for step in steps if step.phase is phase]
        found += [back] if phase is Phase.DEPLOY else []
    return tuple(found)


def _behind(step: Step) -> Step:
    waited_for = {
        Phase.PROVISION: (CLOSE,),
        Phase.SECURE: (SCALE_BACK,),
        Phase.TEST: (SCALE_BACK,),
    }.get(step.phase, ())
    return dataclasses.replace(step, after=(*waited_for, *step.after))


def _step(name: str, kind: StepKind, phase: Phase, reason: str) -> Step:
    change = Change(action=ChangeAction.UPDATE, name="environment", reason=reason)
    return Step(name=name, kind=kind, phase=phase, changes=(change,))


def _scales(settings: MaintenanceSettings) -> str:
    said = ", ".join(f"{name} to {replicas}" for name, replicas in settings.scale.items())
    return f"; scales {said}" if said else ""


def wanted_replicas(settings: MaintenanceSettings, records: Mapping[str, ComponentRecord]) -> dict[ObjectRef, int]:
    """By workload: its replicas meanwhile. A workload that is named itself stands above its component; a component
    without a record has nothing to scale. Raises InputError for what is neither."""
    found: dict[ObjectRef, int] = {}
    for name, replicas in sorted(settings.scale.items(), key=lambda item: "/" in item[0]):
        if "/" in name:
            found[parse_workload(name)] = replicas
        elif name in records:
            found |= {ref: replicas for ref in records[name].baselines if is_scalable(ref)}
    return found


def parse_workload(text: str) -> ObjectRef:
    """`Kind/namespace/name`. Raises InputError."""
    parts = text.split("/")
    if len(parts) != 3 or not all(parts) or parts[0] not in _SCALABLE:
        raise InputError(
            f"not a workload that can be scaled: {text!r}",
            hint=f"write the name of a component, or KIND/NAMESPACE/NAME with one of {', '.join(_SCALABLE)}",
        )
    kind, namespace, name = parts
    return ObjectRef(group=_SCALABLE[kind], kind=kind, namespace=namespace, name=name)


def is_scalable(ref: ObjectRef) -> bool:
    return _SCALABLE.get(ref.kind) == ref.group


def replicas_of(live: Mapping[str, Any]) -> int:
    """As stated, or Kubernetes' default."""
    found = dig(live, "spec", "replicas")
    return found if isinstance(found, int) else 1


def with_replicas(live: Manifest, replicas: int) -> Manifest:
    return {**live, "spec": {**live["spec"], "replicas": replicas}}


def refuse_autoscaled(wanted: Mapping[ObjectRef, int], autoscalers: Iterable[Mapping[str, Any]]) -> None:
    """Raises InputError for a workload that an autoscaler would scale back at once: it leaves only 0 alone."""
    targets = hpa_targets(autoscalers)
    for ref, replicas in wanted.items():
        if replicas and (ref.group, ref.kind, ref.namespace, ref.name) in targets:
            raise InputError(
                f"{ref} cannot be scaled to {replicas} for maintenance: an autoscaler sets its replicas",
                hint="scale it to 0, which autoscalers leave alone, or leave it out",
            )


def as_before(live: Mapping[ObjectRef, Manifest], maintenance: Maintenance | None) -> dict[ObjectRef, Manifest]:
    """*live* objects as they are but for our own scaling, which is no drift: it ends with the maintenance."""
    scaled = {each.ref: each for each in maintenance.scaled} if maintenance else {}
    return {ref: _undone(found, scaled.get(ref)) for ref, found in live.items()}


def _undone(live: Manifest, scaled: Scaled | None) -> Manifest:
    if scaled is None or dig(live, "spec", "replicas") != scaled.during:
        return live
    return with_replicas(live, scaled.before)


def config_map(maintenance: Maintenance, *, environment: str, namespace: str) -> Manifest:
    """What pods can mount and people can read while the environment is closed."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": CONFIG_MAP, "namespace": namespace},
        "data": {
            "environment": environment,
            "since": maintenance.since.isoformat(),
            "by": maintenance.who,
            "reason": maintenance.reason,
            "run": maintenance.run,
        },
    }


def annotated_namespace(namespace: str, text: str) -> Manifest:
    """The namespace as our manager applies it; without *text* it owns nothing there any more."""
    metadata: dict[str, Any] = {"name": namespace}
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {**metadata, "annotations": {ANNOTATION: text}} if text else metadata,
    }
