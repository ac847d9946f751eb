from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

from fairlead.model.image import ImageOutput
from fairlead.model.objects import ObjectRef
from fairlead.model.record import Baseline, ComponentRecord, Standing
from fairlead.model.run import Rollback, Run, RunState
from fairlead.planning.moves import Move, find_moves, present_in, settle_records

TEXT = ObjectRef(kind="ConfigMap", namespace="shop", name="text")
OTHER = ObjectRef(kind="ConfigMap", namespace="shop", name="other")


def baseline(manager: str) -> Baseline:
    return Baseline(manager=manager, owned_hash="h", manifest_hash="m", resource_version="1", uid="u1")


def record(name: str, *refs: ObjectRef, manager: str = "", **given: Any) -> ComponentRecord:
    baselines = {ref: baseline(manager or f"fairlead:{name}") for ref in refs}
    return ComponentRecord(**{"component": name, "input_digest": "i", "baselines": baselines, **given})


def test_object_moves_from_the_component_that_has_it_and_does_not_want_it() -> None:
    found = find_moves({"one": [], "two": [TEXT]}, {"one": record("one", TEXT)})
    assert found.into("two") == {TEXT: Move(ref=TEXT, source="one", target="two", manager="fairlead:one", uid="u1")}
    assert found.claimed("one", [TEXT, OTHER]) == {TEXT}


def test_what_moved_before_a_run_failed_is_not_left_to_helm() -> None:
    records = {"one": record("one", TEXT, OTHER, manager="helm"), "two": record("two", TEXT)}
    for desired in ({"one": [], "two": [TEXT]}, {"one": []}):
        found = find_moves(desired, records, unseen={"one", "two"} - desired.keys())
        assert not found.by_ref
        assert found.claimed("one", [TEXT, OTHER]) == {TEXT}


def test_what_a_component_that_is_gone_had_is_claimed_by_nobody() -> None:
    assert not find_moves({"two": []}, {"gone": record("gone", TEXT)}).claimed("two", [TEXT])


def test_object_of_a_component_that_is_gone_moves_too() -> None:
    assert find_moves({"two": [TEXT]}, {"one": record("one", TEXT)}).into("two")


def test_object_that_was_left_behind_moves_too() -> None:
    (move,) = find_moves({"two": [TEXT]}, {"one": record("one", orphans=(TEXT,))}).into("two").values()
    assert (move.manager, move.uid) == ("fairlead:one", "")


def test_nothing_moves_that_is_there_already_or_whose_wish_is_not_known() -> None:
    records = {"one": record("one", TEXT), "two": record("two", TEXT)}
    assert not find_moves({"one": [], "two": [TEXT]}, records).by_ref
    assert not find_moves({"two": [TEXT]}, {"one": record("one", TEXT)}, unseen=["one"]).by_ref


def test_release_that_only_changes_its_component_moves_nothing() -> None:
    before = record("one", TEXT, manager="helm", release="web", standing=Standing(namespace="shop"))
    assert not find_moves({"two": [TEXT]}, {"one": before}, releases={"two": ("shop", "web")}).by_ref
    assert find_moves({"two": [TEXT]}, {"one": before}, releases={"two": ("shop", "other")}).by_ref


def test_release_takes_back_what_it_left_behind() -> None:
    left = record("one", orphans=(TEXT,), left={TEXT: baseline("helm")})
    (move,) = find_moves({"one": [TEXT]}, {"one": left}).into("one").values()
    assert (move.source, move.target) == ("one", "one")


def test_records_lose_what_went_elsewhere_and_those_of_gone_components_go_when_empty() -> None:
    records = {
        "gone": record("gone", TEXT),
        "half": record("half", TEXT, OTHER),
        "new": record("new", TEXT),
        "there": record("there", orphans=(TEXT,)),
    }
    changed = settle_records(records, present=["new", "there"])
    assert changed["gone"] is None
    assert "new" not in changed
    there, half = changed["there"], changed["half"]
    assert there is not None and there.orphans == ()  # noqa: PT018 - for the type checker
    assert half is not None and (set(half.baselines), half.input_digest) == ({OTHER}, "")  # noqa: PT018 - as above


def test_rollback_of_some_components_forgets_no_other() -> None:
    run = Run(
        id="r", environment="e", state=RunState.RUNNING, intent="", holder="", token=0, started=datetime.now(tz=UTC)
    )
    records = {"web": record("web", TEXT), "image": record("image", outputs=dict.fromkeys(ImageOutput, "x"))}
    assert settle_records(records, present=present_in(run, ["web"], records)) == {"image": None}
    back = dataclasses.replace(run, rollback=Rollback(to="r0", digest="sha256:0", components=("web",)))
    assert not settle_records(records, present=present_in(back, ["web"], records))


def test_record_of_a_release_stays_until_helm_has_removed_it() -> None:
    release = {"release": "web", "standing": Standing(namespace="shop")}
    records = {"gone": record("gone", TEXT, manager="helm", **release), "new": record("new", TEXT)}
    after = settle_records(records, present=["new"])["gone"]
    assert after is not None
    assert (after.release, after.baselines) == ("web", {})
    records["new"] = record("new", TEXT, manager="helm", **release)
    assert settle_records(records, present=["new"])["gone"] is None


def test_record_of_terraform_stays() -> None:
    assert not settle_records({"root": record("root", outputs={"host": "a"})}, present=[])
