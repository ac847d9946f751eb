"""What is read of a ResourceSet: Flux's own objects, once for each of the inputs that stand in it."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.formats.flux.resource_sets import MadeObjects, flux_objects_of

SOURCE = {
    "apiVersion": "source.toolkit.fluxcd.io/v1",
    "kind": "OCIRepository",
    "metadata": {"name": "web"},
    "spec": {"url": "oci://host/<< inputs.team >>", "verify": '<< "x" | regexQuoteMeta >>'},
}


def kustomization(path: str, **metadata: Any) -> dict[str, Any]:
    return {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "web-<< inputs.team >>", **metadata},
        "spec": {"path": path},
    }


def resource_set(*resources: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": "fluxcd.controlplane.io/v1",
        "kind": "ResourceSet",
        "metadata": {"name": "teams", "namespace": "shop"},
        "spec": {"resources": list(resources), **spec},
    }


def test_each_object_is_made_for_each_of_the_inputs() -> None:
    made = flux_objects_of(
        resource_set(
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "<< inputs.team >>"}},
            kustomization("./<< inputs.app.stage | quote >>", namespace="<< inputs.team >>"),
            inputs=[{"team": "red", "app": {"stage": "eu"}}, {"team": "blue", "app": {"stage": 2}}],
        )
    )
    told = [(each["metadata"]["namespace"], each["metadata"]["name"], each["spec"]["path"]) for each in made.objects]
    assert told == [("red", "web-red", "./eu"), ("blue", "web-blue", "./2")]
    assert (made.is_whole, made.has_others) == (True, True)


def test_without_inputs_it_is_made_once_and_in_the_namespace_of_the_set() -> None:
    made = flux_objects_of(resource_set(kustomization("./web", name="web")))
    assert [each["metadata"] for each in made.objects] == [{"namespace": "shop", "name": "web"}]
    assert (made.is_whole, made.has_others) == (True, False)


def test_what_is_computed_beside_the_place_of_a_source_keeps_it_from_nothing() -> None:
    made = flux_objects_of(resource_set(SOURCE, inputs=[{"team": "red"}]))
    assert ([each["spec"]["url"] for each in made.objects], made.is_whole) == (["oci://host/red"], True)


def test_one_that_is_switched_off_is_not_made() -> None:
    off = kustomization("./web", annotations={"fluxcd.controlplane.io/reconcile": "disabled"})
    assert flux_objects_of(resource_set(off, inputs=[{"team": "red"}])) == MadeObjects()


@pytest.mark.parametrize(
    "made",
    [
        resource_set(kustomization("./<< inputs.gone >>"), inputs=[{"team": "red"}]),
        resource_set(kustomization("./<< inputs.team | upper >>"), inputs=[{"team": "red"}]),
        resource_set(kustomization("./web"), inputsFrom=[{"kind": "ResourceSetInputProvider", "name": "prs"}]),
        resource_set(resourcesTemplate="kind: Kustomization"),
    ],
)
def test_what_cannot_be_told_is_not_made_up(made: dict[str, Any]) -> None:
    found = flux_objects_of(made)
    assert (found.objects, found.is_whole) == ((), False)
