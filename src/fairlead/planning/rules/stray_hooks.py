"""Hooks outside of what runs hooks: a plain manifest that is marked as a Helm hook is no hook."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from fairlead.formats.json_data import dig_map
from fairlead.model.environment import Delivery
from fairlead.model.finding import Finding, Severity
from fairlead.planning.rules.environment_objects import EnvironmentObjects, JudgedObject, Judgement

HELM: Final = "helm.sh/hook"
ARGO: Final = "argocd.argoproj.io/hook"
_EFFECTS: Final = {
    Delivery.PUSH: "it is left out",
    Delivery.FLUX: "Flux applies it as an ordinary object",
}


def check_stray_hooks(scene: EnvironmentObjects) -> Iterator[Judgement]:
    """Argo CD runs both kinds in whatever it applies, Helm its own kind in releases; nobody else runs any."""
    if scene.delivery is Delivery.ARGOCD:
        return
    for index, one in enumerate(scene.objects):
        for annotation in _hooks(one):
            if annotation == HELM and one.is_release:
                continue
            yield Judgement(
                index=index, finding=_finding(one, annotation, scene), path=("metadata", "annotations", annotation)
            )


def _hooks(one: JudgedObject) -> Iterator[str]:
    annotations = dig_map(one.manifest, "metadata", "annotations")
    yield from (name for name in (HELM, ARGO) if isinstance(annotations.get(name), str) and annotations[name])


def _finding(one: JudgedObject, annotation: str, scene: EnvironmentObjects) -> Finding:
    runner = "Helm" if annotation == HELM else "Argo CD"
    effect = _EFFECTS[scene.delivery] if annotation == HELM else "it is applied as an ordinary object"
    return Finding(
        rule="hook-never-runs",
        message=f"it is marked as a hook of {runner}, which does not deploy it: {effect}",
        hint=f"deploy it by {runner}, or remove the annotation {annotation}",
        severity=Severity.WARNING,
        ref=one.ref,
    )
