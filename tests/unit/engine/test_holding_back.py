"""The mark that has helm keep an object: there for one write, and gone after it, also where a run was killed before."""

from __future__ import annotations

import dataclasses
from typing import Any, cast

from fairlead.engine.compare import Comparison
from fairlead.engine.handover import Handover
from fairlead.engine.holding_back import HoldingBack
from fairlead.engine.preparing import Prepared
from fairlead.formats.ownership import HELD_MARK, POLICY, held
from fairlead.model.change import Change, ChangeAction
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.planning.holding import says_keep
from fairlead.testing.clock import FakeClock
from unit.engine.cluster import StagedCluster
from unit.engine.test_dropped import TEXT, WEB, plain

OTHER = dataclasses.replace(TEXT, name="other")
MARKED = held(plain(TEXT))


class Cluster(StagedCluster):
    async def replace(self, manifest: Manifest, **_: Any) -> ApplyResult:
        self.put(manifest)
        return ApplyResult(ref=ref_of(manifest), live=manifest)

    async def observe_metadata(self, refs: Any) -> dict[ObjectRef, None]:
        return dict.fromkeys(await self.observe(refs))


class Stage:
    def __init__(self, *live: Manifest) -> None:
        self.cluster = Cluster(clock=FakeClock())
        self.cluster.put(*live)
        self.holding = HoldingBack(handover=Handover(cluster=cast("Any", self.cluster), fence=lambda: None))

    @property
    def marked(self) -> set[str]:
        return {ref.name for ref, live in self.cluster.now().items() if HELD_MARK in notes_on(live)}

    @property
    def kept_by_helm(self) -> set[str]:
        return {ref.name for ref, live in self.cluster.now().items() if notes_on(live).get(POLICY) == "keep"}

    async def end(
        self, prepared: Prepared, *, left: tuple[ObjectRef, ...] = (), claimed: Any = (), uid: str = "u"
    ) -> None:
        baseline = Baseline(manager="helm", owned_hash="", manifest_hash="", resource_version="", uid=uid)
        record = ComponentRecord(component="web", orphans=left, left=dict.fromkeys(left, baseline))
        await self.holding.end(prepared, record, claimed=claimed)


def notes_on(live: Manifest) -> dict[str, str]:
    return live["metadata"].get("annotations") or {}


def prepared(*, held: tuple[ObjectRef, ...] = (), wanted: Manifest | None = None, going: ObjectRef = OTHER) -> Prepared:
    found: tuple[Comparison, ...] = ()
    if wanted is not None:
        ref = ref_of(wanted)
        noop = Change(target=ref, action=ChangeAction.NOOP, reason="")
        found = (Comparison(ref=ref, wanted=plain(ref), live=wanted, change=noop, precondition=""),)
    delete = Change(target=going, action=ChangeAction.DELETE, reason="helm removes it")
    return Prepared(component=WEB, changes=(delete,), comparisons=found, held=held)


async def test_mark_is_there_for_the_write_only() -> None:
    stage = Stage(plain(TEXT))
    await stage.holding.begin(prepared(held=(TEXT,)))
    assert stage.kept_by_helm == {"text"}
    await stage.end(prepared(held=(TEXT,)))
    assert stage.kept_by_helm == set()


async def test_what_a_killed_run_marked_and_helm_is_to_remove_now_loses_the_mark_before() -> None:
    stage = Stage(MARKED)
    assert await stage.holding.begin(prepared(going=TEXT)) == (TEXT,)
    assert stage.kept_by_helm == set()
    assert await stage.holding.kept([TEXT]) == (TEXT,)


async def test_what_a_killed_run_marked_and_is_wanted_again_loses_the_mark() -> None:
    stage = Stage(MARKED)
    await stage.end(prepared(wanted=MARKED))
    assert stage.marked == set()


async def test_what_a_killed_run_marked_and_was_left_behind_loses_the_mark() -> None:
    stage = Stage(MARKED)
    await stage.end(prepared(), left=(TEXT,))
    assert stage.marked == set()


async def test_what_another_component_may_hold_now_keeps_its_mark() -> None:
    stage = Stage(MARKED)
    await stage.end(prepared(wanted=MARKED), left=(TEXT,), claimed={TEXT})
    assert stage.marked == {"text"}


async def test_what_was_only_attempted_is_not_looked_at() -> None:
    stage = Stage(MARKED)
    await stage.end(prepared(), left=(TEXT,), uid="")
    assert stage.marked == {"text"}


async def test_policy_of_its_owner_stays() -> None:
    owned = plain(TEXT)
    owned["metadata"]["annotations"] = {POLICY: "keep"}
    stage = Stage(owned)
    await stage.holding.begin(prepared(held=(TEXT,)))
    await stage.end(prepared(held=(TEXT,)))
    assert stage.kept_by_helm == {"text"}


def test_mark_that_stayed_keeps_nothing_from_being_pruned() -> None:
    assert not says_keep(MARKED)
    assert says_keep({"metadata": {"annotations": {POLICY: "keep"}}})
