"""A helmfile that began a cluster which Flux or Argo CD delivers."""

from __future__ import annotations

from fairlead.model.component import Component, HelmSource, KustomizeSource, Source
from fairlead.model.repository import Part
from fairlead.planning.helmfile.beside import without_taken_over


def component(name: str, source: Source, *, namespace: str = "kube-system", needs: tuple[str, ...] = ()) -> Component:
    return Component(name=name, source=source, namespace=namespace, needs=needs)


def release(name: str) -> HelmSource:
    return HelmSource(chart=name, repository="https://charts.example.test", release=name)


DELIVERED = (component("cni", KustomizeSource(folder="apps/cni")), component("cni-release", release("cni")))


def test_what_both_have_is_the_tools() -> None:
    part = Part(components=(component("cni", release("cni")), component("dns", release("dns"), needs=("cni",))))
    left = without_taken_over(part, DELIVERED)
    assert [(each.name, each.needs) for each in left.components] == [("dns", ())]
    assert [each.text for each in left.remarks] == [
        "release kube-system/cni is taken over by what delivers the environment"
    ]


def test_what_only_the_helmfile_has_gets_a_name_of_its_own() -> None:
    there = component("cni", release("cni"), namespace="other")
    part = Part(components=(there, component("dns", release("dns"), needs=("cni",))))
    left = without_taken_over(part, DELIVERED)
    assert [(each.name, each.needs) for each in left.components] == [("cni-helmfile", ()), ("dns", ("cni-helmfile",))]
    assert not left.remarks
