"""What counts as wanted when something is to be removed. The rest of removing: tests/e2e/test_prune.py."""

from __future__ import annotations

from typing import Any

from fairlead.engine.preparing import Memory, Prepared, Preparer
from fairlead.engine.releases import Releases
from fairlead.engine.removing import wanted_of
from fairlead.model.component import Component, ManifestsSource
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.rendering import Rendering
from fairlead.planning.desired import CRD_KEY, scopes_of

WEB = Component(name="web", source=ManifestsSource(paths=()))
WIDGETS: Manifest = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": CRD_KEY[1],
    "metadata": {"name": "widgets.example.test"},
    "spec": {"group": "example.test", "names": {"kind": "Widget"}, "scope": "Namespaced", "versions": []},
}


class WithoutSecrets:
    async def secret_texts(self, *_: object) -> frozenset[str]:
        return frozenset()


async def test_definition_that_is_skipped_is_wanted_all_the_same() -> None:
    given: Any = WithoutSecrets()
    nothing: Any = None
    preparer = Preparer(
        cluster=nothing,
        charts=nothing,
        renderer=given,
        comparer=nothing,
        releases=Releases({}),
        key=b"",
        skip_crds=True,
    )
    memory = Memory(records={}, metadata={}, moved={})
    rendering = Rendering(objects=(WIDGETS,))
    desired = await preparer.arrange(WEB, rendering, scopes_of([], None), memory, outputs={})
    assert not desired.crds
    wanted = wanted_of({"web": Prepared(component=WEB, changes=(), desired=desired)}, {})
    assert wanted.refs["web"] == {ObjectRef(group=CRD_KEY[0], kind=CRD_KEY[1], name="widgets.example.test")}
