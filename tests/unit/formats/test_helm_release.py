from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.helm_release import (
    decode_release,
    helm_metadata,
    is_hook,
    latest_release,
    manifest_digest,
    object_name,
    read_release,
    release_labels,
    revision_of,
    template_files,
    templates_by_object,
)
from fairlead.model.errors import InputError
from fairlead.model.objects import Manifest

CONFIG = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}}
JSON_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]))


def release_json(*, version: int = 1, manifest: str = "", **more: Any) -> dict[str, Any]:
    info = {"status": "deployed", "description": "Install complete"}
    return {"name": "demo", "namespace": "shop", "version": version, "info": info, "manifest": manifest, **more}


def secret_of(data: dict[str, Any], *, is_packed: bool = True) -> Manifest:
    content = json.dumps(data).encode()
    stored = base64.b64encode(gzip.compress(content) if is_packed else content)
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "helm.sh/release.v1",
        "metadata": {
            "name": f"sh.helm.release.v1.demo.v{data['version']}",
            "labels": {"version": str(data["version"])},
        },
        "data": {"release": base64.b64encode(stored).decode()},
    }


MANIFEST = """---
# Source: demo/templates/a.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
# Source: demo/templates/empty.yaml
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: b}, stringData: {password: sesame}}
- {apiVersion: v1, kind: Service, metadata: {name: c}}
"""


def test_a_release_is_decoded_with_its_lists_taken_apart() -> None:
    hook = {
        "name": "h",
        "path": "demo/templates/h.yaml",
        "manifest": "apiVersion: v1\nkind: Pod\nmetadata: {name: h}\n",
    }
    data = release_json(version=7, manifest=MANIFEST, hooks=[hook], apply_method="ssa")
    release = decode_release(secret_of(data))
    assert (release.name, release.namespace, release.revision) == ("demo", "shop", 7)
    assert (release.status, release.description, release.apply_method) == ("deployed", "Install complete", "ssa")
    assert [manifest["metadata"]["name"] for manifest in release.objects] == ["a", "b", "c"]
    assert [manifest["metadata"]["name"] for manifest in release.hooks] == ["h"]
    assert release == read_release(data)


def test_a_release_that_old_helm_stored_unpacked_is_decoded() -> None:
    assert decode_release(secret_of(release_json(), is_packed=False)).name == "demo"


def test_the_latest_release_is_the_one_of_the_highest_revision() -> None:
    found = latest_release([secret_of(release_json(version=version)) for version in (9, 10, 2)])
    assert found is not None
    assert found.revision == 10
    assert latest_release([]) is None


def test_only_the_latest_release_is_decoded() -> None:
    broken = secret_of(release_json(version=1))
    broken["data"] = {"release": "!"}
    assert latest_release([broken, secret_of(release_json(version=2))])


@pytest.mark.parametrize("stored", ["", "!", "e30=", base64.b64encode(b"[]").decode(), "H4sIAAAA"])
def test_a_secret_that_holds_no_release_is_named(stored: str) -> None:
    secret = secret_of(release_json())
    secret["data"] = {"release": stored}
    with pytest.raises(InputError, match=r"sh\.helm\.release\.v1\.demo\.v1"):
        decode_release(secret)


def test_a_release_that_is_cut_off_is_refused() -> None:
    content = gzip.compress(json.dumps(release_json(manifest="#" * 1000)).encode())[:-12]
    secret = secret_of(release_json())
    secret["data"] = {"release": base64.b64encode(base64.b64encode(content)).decode()}
    with pytest.raises(InputError):
        decode_release(secret)


def test_the_digest_depends_on_the_objects_and_their_order_alone() -> None:
    one = read_release(release_json(manifest=MANIFEST))
    other = read_release(release_json(version=2, manifest=f"# another comment\n{MANIFEST}"))
    assert one.manifest_digest == other.manifest_digest == manifest_digest(one.objects)
    assert manifest_digest(tuple(reversed(one.objects))) != one.manifest_digest


def test_with_a_key_values_of_secrets_do_not_enter_the_digest_as_they_are() -> None:
    plain = read_release(release_json(manifest=MANIFEST))
    keyed = read_release(release_json(manifest=MANIFEST), key=b"k")
    assert keyed.objects == plain.objects
    assert len({plain.manifest_digest, keyed.manifest_digest, manifest_digest(plain.objects, key=b"other")}) == 3


def test_labels_select_one_release_or_all() -> None:
    assert release_labels() == {"owner": "helm"}
    assert release_labels("demo") == {"owner": "helm", "name": "demo"}


@pytest.mark.parametrize(("label", "revision"), [("12", 12), ("", 0), ("x", 0), ("-1", 0)])
def test_the_revision_comes_from_the_label(label: str, revision: int) -> None:
    assert revision_of({"metadata": {"labels": {"version": label}}}) == revision


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        ({"annotations": {"helm.sh/hook": "test"}}, True),
        ({"annotations": {"helm.sh/hook-weight": "1"}}, False),
        ({"annotations": None}, False),
        ({}, False),
    ],
)
def test_a_hook_is_known_by_its_annotation(metadata: dict[str, Any], expected: bool) -> None:
    assert is_hook({"metadata": metadata}) is expected


def test_helms_metadata_is_added_and_wins() -> None:
    labels = {"x": "y", "app.kubernetes.io/managed-by": "me"}
    manifest: Manifest = {**CONFIG, "metadata": {"name": "a", "labels": labels}}
    assert helm_metadata(manifest, release="demo", namespace="shop")["metadata"] == {
        "name": "a",
        "labels": {"x": "y", "app.kubernetes.io/managed-by": "Helm"},
        "annotations": {"meta.helm.sh/release-name": "demo", "meta.helm.sh/release-namespace": "shop"},
    }
    assert labels["app.kubernetes.io/managed-by"] == "me"


@given(labels=st.none() | st.dictionaries(JSON_TEXT, JSON_TEXT), release=JSON_TEXT, namespace=JSON_TEXT)
def test_adding_helms_metadata_twice_is_adding_it_once(
    labels: dict[str, str] | None, release: str, namespace: str
) -> None:
    manifest = {**CONFIG, "metadata": {"name": "a", "labels": labels}}
    once = helm_metadata(manifest, release=release, namespace=namespace)
    assert helm_metadata(once, release=release, namespace=namespace) == once


PRINTED = """---
# Source: app/templates/one.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
data:
  text: |
    # Source: app/templates/none.yaml
---
# Source: app/templates/one.yaml
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Secret, metadata: {name: a}}
- {apiVersion: v1, kind: Secret, metadata: {name: b}}
---
# Source: app/charts/sub/templates/two.yaml
apiVersion: v1
kind: Secret
metadata: {name: b, namespace: other}
"""


def test_each_object_has_the_template_above_it() -> None:
    named = [(object_name(manifest), template) for manifest, template in template_files(PRINTED, file="printed")]
    assert named == [
        ("ConfigMap/a", "app/templates/one.yaml"),
        ("Secret/a", "app/templates/one.yaml"),
        ("Secret/b", "app/templates/one.yaml"),
        ("Secret/b", "app/charts/sub/templates/two.yaml"),
    ]


def test_what_two_templates_call_alike_is_neithers() -> None:
    found = templates_by_object(template_files(PRINTED, file="printed"))
    assert found == {"ConfigMap/a": "app/templates/one.yaml", "Secret/a": "app/templates/one.yaml"}
