from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.field_ownership import give_back, owners_to_remember
from fairlead.formats.managed_fields import owned_hash

KEYS = ("f:spec", "f:replicas")
PATH = ".spec.replicas"
TAKER = "taker"


def entry(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Apply", "apiVersion": "apps/v1", "fieldsV1": fields, **more}


def live(*entries: dict[str, Any], replicas: int = 3) -> dict[str, Any]:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web", "managedFields": list(entries)},
        "spec": {"replicas": replicas, "paused": False},
    }


def taken(before: dict[str, Any], *, replicas: int) -> dict[str, Any]:
    """As the API server leaves it when TAKER changes the number: the others lose it."""
    kept = [{**e, "fieldsV1": {"f:spec": {k: v for k, v in e["fieldsV1"]["f:spec"].items() if k != "f:replicas"}}}
            for e in before["metadata"]["managedFields"]]  # fmt: skip
    kept = [e for e in kept if e["fieldsV1"]["f:spec"]]
    return live(*kept, entry(TAKER, {"f:spec": {"f:replicas": {}}}, operation="Update"), replicas=replicas)


def test_the_owner_has_its_field_again_and_the_taker_is_gone() -> None:
    before = live(entry("helm", {"f:spec": {"f:replicas": {}, "f:paused": {}}}))
    after = taken(before, replicas=0)
    owners = owners_to_remember(before, PATH, but=TAKER)
    assert give_back(after, KEYS, taker=TAKER, owners=owners) == before["metadata"]["managedFields"]


def test_what_else_the_taker_owns_stays() -> None:
    found = live(entry(TAKER, {"f:spec": {"f:replicas": {}, "f:paused": {}}}))
    assert give_back(found, KEYS, taker=TAKER, owners=()) == [entry(TAKER, {"f:spec": {"f:paused": {}}})]


def test_a_number_that_was_nobodys_is_nobodys_again() -> None:
    found = live(entry("helm", {"f:spec": {"f:paused": {}}}), entry(TAKER, {"f:spec": {"f:replicas": {}}}))
    assert give_back(found, KEYS, taker=TAKER, owners=()) == [entry("helm", {"f:spec": {"f:paused": {}}})]


def test_the_subresource_tells_two_entries_of_one_manager_apart() -> None:
    scaler = entry("kubectl", {"f:spec": {"f:replicas": {}}}, operation="Update", subresource="scale")
    assert owners_to_remember(live(scaler), PATH, but=TAKER) == (("kubectl", "Update", "scale"),)


managers = st.lists(st.sampled_from(["helm", "fairlead:a", "kubectl"]), unique=True, min_size=1, max_size=3)


@given(managers, managers, st.integers(min_value=0, max_value=9))
def test_scaling_and_scaling_back_leaves_every_owner_as_it_was(
    names: list[str], owning: list[str], during: int
) -> None:
    before = live(
        *(entry(n, {"f:spec": {"f:paused": {}, **({"f:replicas": {}} if n in owning else {})}}) for n in names)
    )
    owners = owners_to_remember(before, PATH, but=TAKER)
    after = taken(before, replicas=during)
    after = live(*give_back(after, KEYS, taker=TAKER, owners=owners), replicas=3)
    for name in names:
        assert owned_hash(after, name, key=b"k") == owned_hash(before, name, key=b"k")
