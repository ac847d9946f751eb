from __future__ import annotations

from typing import Any

from fairlead.formats.ownership import claimed, disowned, give_marks, hand_over, held, is_owned_by, let_go
from fairlead.model.objects import Manifest


def live(*entries: dict[str, Any], **metadata: Any) -> Manifest:
    return {"kind": "ConfigMap", "metadata": {"name": "a", **metadata, "managedFields": list(entries)}}


def entry(manager: str, fields: dict[str, Any], operation: str = "Apply", **more: Any) -> dict[str, Any]:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsV1": fields, **more}


def owned(manifest: Manifest) -> dict[tuple[str, str], Any]:
    return {(e["manager"], e["operation"]): e["fieldsV1"] for e in manifest["metadata"]["managedFields"]}


def test_fields_change_hands_and_join_what_the_taker_has() -> None:
    before = live(entry("old", {"f:data": {"f:a": {}, "f:b": {}}}), entry("new", {"f:data": {"f:c": {}}}))
    assert owned(hand_over(before, givers={"old"}, to="new")) == {
        ("new", "Apply"): {"f:data": {"f:a": {}, "f:b": {}, "f:c": {}}}
    }


def test_updates_become_applied_and_strangers_keep_theirs() -> None:
    before = live(entry("helm", {"f:data": {}}, "Update"), entry("kubectl", {"f:x": {}}, "Update"))
    assert owned(hand_over(before, givers={"helm"}, to="new")) == {
        ("kubectl", "Update"): {"f:x": {}},
        ("new", "Apply"): {"f:data": {}},
    }


def test_subresources_stay_and_nothing_changes_without_a_giver() -> None:
    before = live(entry("old", {"f:status": {}}, "Update", subresource="status"))
    assert hand_over(before, givers={"old"}, to="new") is before


def test_marks_of_a_release_come_and_go() -> None:
    mine = claimed(live(labels={"a": "b"}), release="web", namespace="shop")
    assert is_owned_by(mine, release="web", namespace="shop")
    plain = disowned(mine)
    assert not is_owned_by(plain, release="web", namespace="shop")
    assert (plain["metadata"]["labels"], plain["metadata"]["annotations"]) == ({"a": "b"}, {})
    assert disowned(plain) is plain


def test_label_of_another_tool_is_not_taken_for_a_mark() -> None:
    labels = {"app.kubernetes.io/managed-by": "flux"}
    assert disowned(live(labels=labels))["metadata"]["labels"] == labels


def test_policy_is_taken_away_only_where_we_gave_it() -> None:
    stated = live(annotations={"helm.sh/resource-policy": "keep"})
    assert held(stated) is stated
    assert let_go(stated) is stated
    given = held(live())
    assert given["metadata"]["annotations"]["helm.sh/resource-policy"] == "keep"
    assert let_go(given)["metadata"]["annotations"] == {}


def test_marks_go_to_helm_and_the_policy_stays_ours() -> None:
    marks = {"f:meta.helm.sh/release-name": {}, "f:meta.helm.sh/release-namespace": {}}
    ours = {
        "f:metadata": {
            "f:annotations": {**marks, "f:helm.sh/resource-policy": {}},
            "f:labels": {"f:app.kubernetes.io/managed-by": {}},
        }
    }
    after = owned(give_marks(live(entry("helm", {"f:data": {}}), entry("fairlead", ours, "Update")), giver="fairlead"))
    assert after["fairlead", "Update"] == {"f:metadata": {"f:annotations": {"f:helm.sh/resource-policy": {}}}}
    assert after["helm", "Apply"]["f:metadata"]["f:annotations"] == marks
