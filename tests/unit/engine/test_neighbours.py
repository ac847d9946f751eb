"""Two projects on one cluster with components of the same name: neither takes what the other has."""

from __future__ import annotations

from typing import Any

import pytest

from fairlead.engine.compare import Comparison
from fairlead.engine.neighbours import with_neighbours
from fairlead.engine.preparing import Prepared
from fairlead.formats.conflict_text import conflict_lines
from fairlead.model.change import Change, ChangeAction
from fairlead.model.component import Component, HelmSource, ManifestsSource
from fairlead.model.neighbours import Neighbours, neighbours_of
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.record import Baseline, ComponentRecord, Standing
from fairlead.planning.desired import CRD_KEY
from fairlead.testing.state import MemoryState

WEB = Component(name="web", source=ManifestsSource(paths=()))
CHART = Component(name="web", namespace="shop", source=HelmSource(chart="web"))
TEXT = ObjectRef(kind="ConfigMap", namespace="shop", name="text")
WIDGETS = ObjectRef(group=CRD_KEY[0], kind=CRD_KEY[1], name="widgets.example.test")
PLACE = ObjectRef(kind="Namespace", name="shop")


def recorded(*refs: ObjectRef, release: str = "", uid: str = "u1") -> ComponentRecord:
    baseline = Baseline(manager="fairlead:web", owned_hash="h", manifest_hash="m", resource_version="1", uid=uid)
    standing = Standing(namespace="shop")
    return ComponentRecord(component="web", baselines=dict.fromkeys(refs, baseline), release=release, standing=standing)


def compared(ref: ObjectRef, action: ChangeAction, *, uid: str = "u1", ignored: tuple[str, ...] = ()) -> Comparison:
    live: Manifest = {"kind": ref.kind, "metadata": {"name": ref.name, "uid": uid}}
    change = Change(target=ref, action=action, reason="differs")
    is_new = action is ChangeAction.CREATE
    return Comparison(
        ref=ref, wanted=live, live=None if is_new else live, change=change, precondition="", ignored=ignored
    )


def prepared(*comparisons: Comparison, component: Component = WEB, more: tuple[Change, ...] = ()) -> Prepared:
    changes = (*more, *(c.change for c in comparisons))
    return Prepared(component=component, changes=changes, comparisons=comparisons)


class Elsewhere(MemoryState):
    """Counts how often the records of the others are read."""

    def __init__(self, *records: ComponentRecord) -> None:
        super().__init__()
        self.shelf.neighbours = neighbours_of(("a", "local", record) for record in records)
        self.reads = 0

    async def neighbours(self) -> Neighbours:
        self.reads += 1
        return await super().neighbours()


async def looked_at(one: Prepared, theirs: ComponentRecord, ours: ComponentRecord | None = None) -> Prepared:
    records = {"web": ours} if ours else {}
    return (await with_neighbours({"web": one}, records, Elsewhere(theirs)))["web"]


@pytest.mark.parametrize("action", [ChangeAction.NOOP, ChangeAction.UPDATE, ChangeAction.ADOPT, ChangeAction.REPLACE])
async def test_object_of_another_project_is_a_conflict_that_names_it(action: ChangeAction) -> None:
    (change,) = (await looked_at(prepared(compared(TEXT, action)), recorded(TEXT))).changes
    assert change.action.is_change
    assert change.reason == "conflict: it belongs to component web of project a (environment local)"
    assert [c.path for c in change.conflicts] == ["*"]


async def test_conflict_says_what_can_be_done() -> None:
    (change,) = (await looked_at(prepared(compared(TEXT, ChangeAction.UPDATE)), recorded(TEXT))).changes
    step = Step(name="web", kind=StepKind.APPLY, phase=Phase.DEPLOY, component="web", changes=(change,))
    plan = Plan(project="b", environment="local", intent="", steps=(step,), preconditions={})
    said = "\n".join("".join(s.text for s in one) for one in conflict_lines(plan))
    assert "it belongs to component web of project a (environment local)" in said
    assert "remove it from component web of project a (environment local) and deploy there first" in said
    assert "fields: ['*']" in said


async def test_object_made_anew_after_their_write_is_not_theirs() -> None:
    one = prepared(compared(TEXT, ChangeAction.UPDATE, uid="u2"))
    assert (await looked_at(one, recorded(TEXT))) == one


async def test_object_both_have_is_a_conflict_when_it_would_change_and_calm_otherwise() -> None:
    calm = prepared(compared(TEXT, ChangeAction.NOOP))
    assert (await looked_at(calm, recorded(TEXT), recorded(TEXT))) == calm
    moving = prepared(compared(TEXT, ChangeAction.UPDATE))
    assert (await looked_at(moving, recorded(TEXT), recorded(TEXT))).changes[0].conflicts


async def test_deletion_by_helm_of_what_another_project_has_is_a_conflict() -> None:
    gone = Change(target=TEXT, action=ChangeAction.DELETE, reason="no longer in the chart")
    one = prepared(component=CHART, more=(gone,))
    assert (await looked_at(one, recorded(TEXT))).changes[0].conflicts


async def test_release_of_another_project_is_a_conflict() -> None:
    own = Change(name="release shop/web", action=ChangeAction.ADOPT, reason="exists at revision 1")
    one = prepared(component=CHART, more=(own,))
    assert (await looked_at(one, recorded(release="web"))).changes[0].conflicts
    assert not (await looked_at(one, recorded(release="other"))).changes[0].conflicts


@pytest.mark.parametrize("ref", [WIDGETS, PLACE])
async def test_definitions_and_namespaces_are_shared(ref: ObjectRef) -> None:
    agreed = prepared(compared(ref, ChangeAction.NOOP))
    assert (await looked_at(agreed, recorded(ref))) == agreed


async def test_definition_may_be_upgraded_by_each_and_a_namespace_must_be_agreed_on() -> None:
    upgraded = prepared(compared(WIDGETS, ChangeAction.UPDATE))
    assert (await looked_at(upgraded, recorded(WIDGETS))) == upgraded
    assert (await looked_at(prepared(compared(PLACE, ChangeAction.UPDATE)), recorded(PLACE))).changes[0].conflicts


async def test_object_that_is_left_to_others_is_no_conflict() -> None:
    one = prepared(compared(TEXT, ChangeAction.NOOP, ignored=("",)))
    assert (await looked_at(one, recorded(TEXT))) == one


async def test_records_of_others_are_read_only_where_something_that_is_there_is_touched() -> None:
    state = Elsewhere(recorded(TEXT))
    new = prepared(compared(TEXT, ChangeAction.CREATE))
    calm = prepared(compared(TEXT, ChangeAction.NOOP))
    known: dict[str, Any] = {"web": recorded(TEXT)}
    await with_neighbours({"web": new}, known, state)
    await with_neighbours({"web": calm}, known, state)
    assert state.reads == 0
    await with_neighbours({"web": calm}, {}, state)
    assert state.reads == 1


def test_what_was_only_left_behind_is_nobodys() -> None:
    left = ComponentRecord(component="web", orphans=(TEXT,))
    assert neighbours_of([("a", "local", left)]) == Neighbours()
