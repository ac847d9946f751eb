"""Where Flux's objects are written, although a kustomization gives them their namespace."""

from __future__ import annotations

from fairlead.formats.flux.objects import FluxName
from fairlead.formats.manifests import read_documents
from fairlead.planning.flux.places import FluxPlaces, index_places, place_of

RELEASE = "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {name: web}\n"
WHOLE = f"{RELEASE}spec: {{chart: {{spec: {{chart: web, sourceRef: {{name: charts}}}}}}}}\n"
PATCH = f"{RELEASE}spec: {{chart: {{spec: {{version: 2.0.0}}}}}}\n"
WEB = FluxName("HelmRelease", "shop", "web")


def index(**files: str) -> FluxPlaces:
    return index_places(d for file, text in files.items() for d in read_documents(text, file=file).documents)


def test_a_patch_of_a_release_is_not_the_release() -> None:
    assert str(place_of(index(patch=PATCH, base=WHOLE).find(WEB))) == "base:1:1"


def test_of_several_the_one_that_the_build_read_is_meant() -> None:
    places = index(staging=WHOLE, production=WHOLE)
    assert places.find(WEB) is None
    assert str(place_of(places.find(WEB, {"production"}))) == "production:1:1"


def test_a_namespace_that_is_written_tells_them_apart() -> None:
    other = WHOLE.replace("{name: web}", "{name: web, namespace: shop}")
    assert str(place_of(index(any=WHOLE, shop=other).find(WEB))) == "shop:1:1"
    assert index(any=WHOLE).find(FluxName("HelmRelease", "shop", "other")) is None


def test_a_patch_that_names_the_namespace_is_still_none() -> None:
    patch = PATCH.replace("{name: web}", "{name: web, namespace: shop}")
    assert str(place_of(index(patch=patch, base=WHOLE).find(WEB))) == "base:1:1"
