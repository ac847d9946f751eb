"""What a drift check says of releases."""

from __future__ import annotations

import pytest

from fairlead.actions.drift import release_drift
from fairlead.engine.releases import ReleaseHead, Releases, Revision
from fairlead.model.component import Component, HelmSource
from fairlead.model.objects import ObjectRef
from fairlead.model.record import ComponentRecord, Standing

SECRET = ObjectRef(kind="Secret", namespace="shop", name="sh.helm.release.v1.web.v2")
HEAD = ReleaseHead(revisions=(Revision(number=2, status="deployed", ref=SECRET, uid="u"),))
RELEASES = Releases({("shop", "web"): HEAD})
RECORD = ComponentRecord(component="web", release="web", revision=2, standing=Standing(namespace="shop"))
RENAMED = Component(name="web", namespace="elsewhere", source=HelmSource(chart="c", release="web2"))


@pytest.mark.parametrize("component", [RENAMED, None])
def test_a_release_is_looked_for_where_it_was_deployed(component: Component | None) -> None:
    assert release_drift(RECORD, component, RELEASES) is None


@pytest.mark.parametrize("component", [RENAMED, None])
def test_one_that_is_gone_from_there_is_drift(component: Component | None) -> None:
    found = release_drift(RECORD, component, Releases({}))
    assert found is not None
    assert (found.name, found.reason) == ("release shop/web", "was uninstalled")
