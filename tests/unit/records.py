"""Strategies for what the record holds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan, Step, StepKind, Waits
from fairlead.model.record import Baseline, ComponentRecord, Evidence, Head
from fairlead.model.run import Bundle, Outcome, PhaseResult, Run, RunState, StepRecord, StepResult
from fairlead.model.tier import Tier

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
names = st.text(st.sampled_from("abc-/.ü*"), max_size=6)
moments = st.datetimes(
    min_value=datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    max_value=datetime(2100, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone itself
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=2))]),
)
numbers = st.integers(min_value=-(2**53), max_value=2**53)
seconds = st.floats(min_value=0, max_value=1e6, allow_nan=False)
json_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)


def few(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, max_size=2).map(tuple)


def maps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(names, strategy, max_size=2)


refs = st.builds(ObjectRef, group=names, kind=names, namespace=names, name=names, version=st.sampled_from(["v1", "v2"]))
# The default of a value is ABSENT, which `just` cannot be told from: fields are built with and without one.
fields = st.builds(FieldChange, path=names, wanted=json_values, found=json_values, owner=names) | st.builds(
    FieldChange, path=names
)
changes = st.builds(
    Change,
    action=st.sampled_from(ChangeAction),
    reason=texts,
    target=st.none() | refs,
    name=names,
    fields=few(fields),
    conflicts=few(fields),
)
steps = st.builds(
    Step,
    name=names,
    kind=st.sampled_from(StepKind),
    phase=st.sampled_from(Phase),
    component=names,
    changes=few(changes),
    after=few(names),
    waits=st.sampled_from(Waits),
    tier=st.none() | st.sampled_from(Tier),
    timeout_seconds=seconds,
    source_digest=names,
    left_out=texts,
    notes=few(texts),
)
plans = st.builds(
    Plan,
    project=names,
    environment=names,
    intent=names,
    steps=few(steps),
    preconditions=maps(names),
    commit=names,
    dirty=st.booleans(),
    cluster_observed=st.booleans(),
    simulated=st.booleans(),
    left_out=few(texts),
    notes=few(texts),
)
places = st.builds(Location, names, numbers, numbers)
findings = st.builds(
    Finding,
    rule=names,
    message=texts,
    hint=texts,
    severity=st.sampled_from(Severity),
    location=st.none() | places,
    ref=st.none() | refs,
    component=names,
)
results = st.builds(
    StepResult,
    outcome=st.sampled_from(Outcome),
    reason=texts,
    hint=texts,
    seconds=seconds,
    checked=numbers,
    written=numbers,
    findings=few(findings),
    exit_code=numbers,
    is_left_out=st.booleans(),
)
entries = st.builds(
    StepRecord,
    kind=st.sampled_from(StepKind),
    phase=st.sampled_from(Phase),
    component=names,
    begin=st.none() | moments,
    end=st.none() | moments,
    result=st.none() | results,
)
phase_results = st.builds(
    PhaseResult,
    phase=st.sampled_from(Phase),
    outcome=st.sampled_from(Outcome),
    seconds=seconds,
    budget_seconds=seconds,
    steps=numbers,
    checked=numbers,
    left_out=numbers,
)
bundles = st.builds(Bundle, digest=names, components=maps(names), commit=names, unpromotable=few(texts))
runs = st.builds(
    Run,
    id=names,
    environment=names,
    state=st.sampled_from(RunState),
    intent=names,
    holder=names,
    token=numbers,
    started=moments,
    ended=st.none() | moments,
    commit=names,
    dirty=st.booleans(),
    simulated=st.booleans(),
    resumed=numbers,
    left_out=few(texts),
    destructive=few(texts),
    steps=maps(entries),
    phases=few(phase_results),
    bundle=st.none() | bundles,
    cause=texts,
    state_locks=maps(names),
)
evidence = st.builds(Evidence, bundle=names, when=moments)
heads = st.builds(
    Head,
    environment=names,
    token=numbers,
    generation=numbers,
    components=maps(names),
    run=st.none() | runs,
    bundle=st.none() | bundles,
    evidence=maps(evidence),
)
baselines = st.builds(Baseline, manager=names, owned_hash=names, manifest_hash=names, resource_version=names, uid=names)
records = st.builds(
    ComponentRecord,
    component=names,
    source_digest=names,
    input_digest=names,
    output_digest=names,
    objects=few(st.dictionaries(texts, json_values, max_size=2)),
    baselines=st.dictionaries(refs, baselines, max_size=2),
    release=names,
    revision=numbers,
    outputs=maps(json_values),
    sensitive=few(names),
    refreshed=st.none() | moments,
    written=st.none() | moments,
    orphans=few(refs),
)
