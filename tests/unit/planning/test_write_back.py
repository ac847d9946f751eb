"""What may be written back at all, which keys a path means, and what counts as exactly one field changed."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.change import ABSENT
from fairlead.model.drift import Drift, DriftKind, FieldDrift
from fairlead.model.objects import ObjectRef
from fairlead.model.secret import SecretText
from fairlead.planning.write_back import find_rendered, parts_for, sort_out, stray_change

WEB = ObjectRef(group="apps", kind="Deployment", namespace="web", name="web")
SERVICE = ObjectRef(kind="Service", namespace="web", name="web")


def field(path: str = ".spec.replicas", found: Any = 5, kind: DriftKind = DriftKind.CHANGED) -> FieldDrift:
    return FieldDrift(path=path, kind=kind, wanted=2, found=found)


def drift(*fields: FieldDrift, target: ObjectRef | None = WEB, kind: DriftKind = DriftKind.CHANGED) -> Drift:
    return Drift(component="web", kind=kind, reason="", target=target, name="release web", fields=fields)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (drift(kind=DriftKind.DELETED), "it is gone"),
        (drift(kind=DriftKind.RECREATED), "every value is as the files say"),
        (drift(target=None, kind=DriftKind.REVISION), "a revision of helm's is no file"),
        (drift(target=None), "it is no object"),
        (drift(field(kind=DriftKind.OWNERSHIP)), "its value is as the files say"),
        (drift(field(found=SecretText("x"))), "a secret value is never written in clear"),
        (drift(field(found=[{"value": SecretText("x")}])), "a secret value is never written in clear"),
        (drift(field(), target=ObjectRef(kind="Secret", name="web")), "a secret value is never written in clear"),
        (drift(field(path="")), "the API server did not say which field"),
    ],
)
def test_what_no_file_may_say_is_left(given: Drift, reason: str) -> None:
    found, left = sort_out([given])
    assert not found
    assert left[0].reason.startswith(reason)


def test_each_field_of_an_object_is_judged_by_itself() -> None:
    found, left = sort_out([drift(field(), field(kind=DriftKind.OWNERSHIP, path=".spec.paused"))])
    assert [each.field.path for each in found] == [".spec.replicas"]
    assert [each.path for each in left] == [".spec.paused"]


OBJECT = {
    "metadata": {"name": "web", "labels": {"a.b/c": "d"}},
    "spec": {"replicas": 2, "containers": [{"name": "main", "args": ["x"]}], "template": {"metadata": {}}},
    "data": {},
}


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        (".spec.replicas", ("spec", "replicas")),
        ('.spec.containers[name="main"].image', ("spec", "containers", 0, "image")),
        ('.spec.containers[name="other"]', ("spec", "containers", 1)),
        (".metadata.labels.a.b/c", ("metadata", "labels", "a.b/c")),
        (".metadata.labels.new.b/c", ("metadata", "labels", "new.b/c")),
        (".data.app.conf", ("data", "app.conf")),
        (
            ".spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt",
            ("spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"),
        ),
        (".spec.strategy.type", ("spec", "strategy", "type")),
        ('.spec.volumes[name="x"]', None),
        (".spec.replicas.more", None),
    ],
)
def test_a_path_names_keys_that_are_not_there_yet(path: str, parts: tuple[str | int, ...] | None) -> None:
    assert parts_for(OBJECT, path) == parts


def objects(replicas: Any = 2, **more: Any) -> dict[ObjectRef, dict[str, Any]]:
    return {WEB: {"spec": {"replicas": replicas, **more}}, SERVICE: {"spec": {"port": 80}}}


@pytest.mark.parametrize(
    ("after", "stray"),
    [
        (objects(5), ""),
        (objects(2), ".spec.replicas would be 2"),
        (objects("5"), ".spec.replicas would be 5"),
        (objects(5, paused=True), ".spec.paused would change, too"),
        ({WEB: {"spec": {"replicas": 5}}}, "Service web/web would go"),
        ({**objects(5), SERVICE: {"spec": {"port": 81}}}, ".spec.port of Service web/web would change, too"),
        ({**objects(5), ObjectRef(kind="Secret", name="x"): {}}, "Secret x would come"),
    ],
)
def test_only_the_field_may_change(after: dict[ObjectRef, dict[str, Any]], stray: str) -> None:
    assert stray_change(objects(), after, target=WEB, field=field()) == stray


def test_true_is_not_one() -> None:
    assert stray_change(objects(), objects(True), target=WEB, field=field(found=1)) == ".spec.replicas would be True"


def test_a_field_that_is_gone_must_be_gone() -> None:
    removed = field(found=ABSENT)
    assert stray_change(objects(), {**objects(), WEB: {"spec": {}}}, target=WEB, field=removed) == ""
    assert stray_change(objects(), objects(), target=WEB, field=removed) == ".spec.replicas would be 2"


def test_the_map_round_a_new_key_is_part_of_it() -> None:
    before, after = {WEB: {"metadata": {}}}, {WEB: {"metadata": {"labels": {"a": "b"}}}}
    assert stray_change(before, after, target=WEB, field=field(".metadata.labels.a", "b")) == ""


def test_an_object_is_found_without_its_namespace() -> None:
    bare = ObjectRef(group="apps", kind="Deployment", name="web")
    assert find_rendered({bare: {}}, WEB) == bare
    assert find_rendered({WEB: {}}, WEB) == WEB
    assert find_rendered({SERVICE: {}}, WEB) is None
