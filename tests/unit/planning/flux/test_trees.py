"""Where the files of Flux's sources are."""

from __future__ import annotations

import pytest

from fairlead.formats.flux.objects import FluxName, FluxSource
from fairlead.model.repository import Checkout
from fairlead.planning.flux.trees import Checkouts, Tree, brings_flux

OWN = FluxName("GitRepository", "flux-system", "flux-system")
TEAM = FluxName("GitRepository", "flux-system", "team")
ARTIFACT = FluxName("OCIRepository", "flux-system", "artifact")
SOURCES = {
    TEAM: FluxSource(id=TEAM, url="https://git.example/org/shop.git"),
    ARTIFACT: FluxSource(id=ARTIFACT, url="oci://registry.example/fleet"),
}


def found(
    source: FluxName, *paths: str, folders: set[str], begun_in: str = "clusters/eu", own: Tree | None = None
) -> tuple[Tree | None, bool]:
    checkouts = Checkouts(folders=frozenset(folders), begun_in=begun_in, own=OWN)
    return checkouts.find(source, paths=paths, sources=SOURCES, trees={OWN: own})


def test_our_own_begins_at_the_top() -> None:
    assert found(OWN, "./apps", folders={"apps", "clusters/eu"}) == (Tree(), True)


def test_our_own_may_be_one_of_several_that_lie_side_by_side() -> None:
    tree, is_sure = found(OWN, "./apps", "./gone", folders={"fleet/apps", "shop"}, begun_in="fleet/clusters/eu")
    assert (tree, is_sure) == (Tree(base="fleet"), True)
    assert Tree(base="fleet").folder("./infra/") == "fleet/infra"


def test_another_is_found_beside_ours_by_its_name() -> None:
    fleet = Tree(base="fleet")
    folders = {"fleet/apps", "shop/deploy"} | {"shop"}
    assert found(TEAM, "./deploy", folders=folders, begun_in="fleet/clusters/eu", own=fleet) == (
        Tree(base="shop"),
        False,
    )


def test_a_folder_of_ours_is_not_another_repository() -> None:
    assert found(TEAM, "./deploy", folders={"shop", "deploy", "shop/deploy"}, own=Tree()) == (None, True)


def test_an_artifact_whose_paths_are_all_here_is_made_of_ours() -> None:
    assert found(ARTIFACT, "./apps/eu", folders={"apps/eu"}) == (Tree(), False)
    assert found(ARTIFACT, "./apps/eu", "./other/eu", folders={"apps/eu"}) == (None, True)
    assert found(ARTIFACT, "./", folders={"."}) == (None, True)


def test_what_lies_outside_the_part_that_is_here_has_no_folder() -> None:
    part = Tree(prefix="fleet/eu", is_part=True)
    assert (part.folder("./fleet/eu/apps"), part.folder("./fleet/us/apps")) == ("apps", None)


@pytest.mark.parametrize(
    ("url", "is_flux"),
    [
        ("oci://registry.example/fluxcd/flux-manifests", True),
        ("https://git.example/fluxcd/flux2.git", True),
        ("https://git.example/fluxcd/flux2-example", False),
        ("oci://registry.example/our-flux-manifests", False),
    ],
)
def test_what_flux_installs_itself_from_brings_nothing_to_wait_for(url: str, is_flux: bool) -> None:
    assert brings_flux(FluxSource(id=ARTIFACT, url=url)) is is_flux
    assert not brings_flux(None)


@pytest.mark.parametrize("named", ["team", "git@git.example:org/shop.git", "https://git.example/org/shop"])
def test_a_checkout_that_somebody_named_is_sure(named: str) -> None:
    given = (Checkout(source="other", folder="/a"), Checkout(source=named, folder="/b/shop"))
    checkouts = Checkouts(folders=frozenset({"shop/deploy", "shop"}), begun_in="clusters/eu", own=OWN, given=given)
    tree, is_sure = checkouts.find(TEAM, paths=["./deploy"], sources=SOURCES, trees={OWN: Tree()})
    assert (tree, is_sure) == (Tree(base="/b/shop"), True)
    assert Tree(base="/b/shop").folder("./deploy") == "/b/shop/deploy"
