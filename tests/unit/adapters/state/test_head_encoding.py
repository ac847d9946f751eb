"""One encoder gives for each head of a run what a fresh encoding gives."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from fairlead.adapters.state.head_encoding import HeadEncoder
from fairlead.formats.codec import to_json
from fairlead.model.plan import Phase, StepKind
from fairlead.model.record import Head
from fairlead.model.run import Outcome, Run, RunState, StepRecord, StepResult
from unit.engine.steps import START, running

NAMES = st.sampled_from(["a", "b", "c"])
ENTRIES = st.builds(
    StepRecord,
    kind=st.just(StepKind.APPLY),
    phase=st.just(Phase.DEPLOY),
    component=NAMES,
    begin=st.none() | st.just(START),
    result=st.none() | st.builds(StepResult, outcome=st.sampled_from(Outcome), reason=st.text(max_size=5)),
)


@given(st.lists(st.dictionaries(NAMES, ENTRIES), min_size=1, max_size=5), st.booleans())
def test_each_head_of_a_run_is_encoded_as_a_fresh_one(changes: list[dict[str, StepRecord]], forgets: bool) -> None:
    encoder, run = HeadEncoder(), running()
    for changed in changes:
        run = dataclasses.replace(run, steps=changed if forgets else {**run.steps, **changed})
        head = Head(environment="local", run=run, components={"web": "x"})
        assert encoder.encode(head) == to_json(head)


def test_an_entry_that_stayed_is_not_encoded_again() -> None:
    encoder = HeadEncoder()
    entry = StepRecord(kind=StepKind.APPLY, phase=Phase.DEPLOY)
    first, second = (
        encoder.encode(Head(environment="local", run=state))
        for state in (running(steps={"a": entry}), running(steps={"a": entry, "b": entry}))
    )
    assert second["run"]["steps"]["a"] is first["run"]["steps"]["a"]


def test_a_head_without_a_run_is_encoded_too() -> None:
    head = Head(environment="local")
    assert HeadEncoder().encode(head) == to_json(head)
    ended: Run = running(state=RunState.SUCCEEDED)
    assert HeadEncoder().encode(Head(environment="local", run=ended)) == to_json(Head(environment="local", run=ended))
