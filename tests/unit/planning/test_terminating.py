"""What is said of objects that are being deleted and do not go."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.model.objects import Kind, Kinds, Manifest
from fairlead.planning.terminating import find_terminating, remaining_kinds, say_remaining

SINCE = "2026-01-01T00:00:00Z"
REMAINING = (
    "Some resources are remaining: configmaps. has 2 resource instances, widgets.example.test has 1 resource instances"
)


def deleted(kind: str = "ConfigMap", *, finalizers: tuple[str, ...] = (), **more: Any) -> Manifest:
    metadata = {"name": "x", "uid": "u", "deletionTimestamp": SINCE, "finalizers": list(finalizers)}
    return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **more}


def namespace(**conditions: str) -> Manifest:
    listed = [{"type": kind, "status": "True", "message": message} for kind, message in conditions.items()]
    healthy = {"type": "NamespaceDeletionContentFailure", "status": "False", "message": "all well"}
    return deleted("Namespace", spec={"finalizers": ["kubernetes"]}, status={"conditions": [*listed, healthy]})


@pytest.mark.parametrize("live", [None, {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}}])
def test_what_is_not_being_deleted_is_not_named(live: Manifest | None) -> None:
    assert find_terminating(live) is None


def test_an_object_is_named_with_its_finalizers_and_since_when() -> None:
    found = find_terminating(deleted(finalizers=("example.test/hold", "other.test/hold")))
    assert str(found) == f"ConfigMap x is being deleted since {SINCE}, held by example.test/hold, other.test/hold"
    assert found is not None
    assert found.remedy == (
        "the controller behind example.test/hold, other.test/hold must run and finish; Fairlead removes no finalizer"
    )


def test_what_kubernetes_itself_waits_for_is_said() -> None:
    found = find_terminating(deleted("PersistentVolumeClaim", finalizers=("kubernetes.io/pvc-protection",)))
    assert found is not None
    assert found.remedy.startswith("a pod still uses the claim: delete the pod first")


def test_a_namespace_says_what_remains_and_what_holds_it() -> None:
    live = namespace(NamespaceContentRemaining=REMAINING, NamespaceFinalizersRemaining="Some content has finalizers")
    found = find_terminating(live)
    assert found is not None
    assert found.conditions == (
        f"NamespaceContentRemaining: {REMAINING}",
        "NamespaceFinalizersRemaining: Some content has finalizers",
    )
    assert "let what remains in it go" in found.remedy


def test_an_api_that_does_not_answer_is_named_with_its_meaning() -> None:
    found = find_terminating(namespace(NamespaceDeletionDiscoveryFailure="unable to retrieve metrics.k8s.io/v1beta1"))
    assert found is not None
    assert "unable to retrieve metrics.k8s.io/v1beta1 (an aggregated API does not answer" in str(found)


def kind(group: str, name: str, plural: str) -> Kind:
    return Kind(group=group, version="v1", kind=name, plural=plural, namespaced=True)


def test_the_kinds_of_what_remains_are_found_in_the_words_of_the_condition() -> None:
    found = find_terminating(namespace(NamespaceContentRemaining=REMAINING))
    assert found is not None
    served = [kind("", "ConfigMap", "configmaps"), kind("example.test", "Widget", "widgets"), kind("", "Pod", "pods")]
    kinds = Kinds({(one.group, one.kind): one for one in served})
    assert [one.kind for one in remaining_kinds(found, kinds)] == ["ConfigMap", "Widget"]


def test_what_remains_is_named_with_what_is_held_first() -> None:
    listed = [("Pod", {"name": f"p{n}"}) for n in range(3)] + [("Widget", {"name": "w", "finalizers": ["a/b"]})]
    assert say_remaining(listed) == ("Widget w (a/b)", "Pod p0", "Pod p1", "1 more")
