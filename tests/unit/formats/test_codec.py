"""Model values as JSON and back: whatever the record or a plan file holds comes back as it was; no secret leaves."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fairlead.formats.codec import from_json, to_json
from fairlead.model.change import ABSENT, Change, ChangeAction, FieldChange
from fairlead.model.infrastructure import Output
from fairlead.model.objects import ObjectRef
from fairlead.model.plan import Phase, Plan
from fairlead.model.record import Baseline, ComponentRecord, Head
from fairlead.model.rendering import ChartRequest
from fairlead.model.run import Run, RunState
from fairlead.model.secret import SecretText, SecretValue
from unit import records

quick = settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
SECRET = "t0p-s3cret-value"


def there_and_back(kind: type[Any], value: Any) -> Any:
    return from_json(kind, orjson.loads(orjson.dumps(to_json(value))))


def versions(value: Any) -> list[str]:
    """The version of each reference: equality of references leaves it out."""
    if isinstance(value, ObjectRef):
        return [value.version]
    if dataclasses.is_dataclass(value):
        return [v for f in dataclasses.fields(value) for v in versions(getattr(value, f.name))]
    if isinstance(value, dict):
        return [v for pair in value.items() for item in pair for v in versions(item)]
    return [v for item in value for v in versions(item)] if isinstance(value, tuple) else []


@quick
@given(records.plans)
def test_a_plan_comes_back_as_it_was(plan: Plan) -> None:
    found = there_and_back(Plan, plan)
    assert found == plan
    assert versions(found) == versions(plan)


@quick
@given(records.runs)
def test_a_run_comes_back_as_it_was(run: Run) -> None:
    assert there_and_back(Run, run) == run


@quick
@given(records.heads)
def test_a_head_comes_back_as_it_was(head: Head) -> None:
    assert there_and_back(Head, head) == head


@quick
@given(records.records)
def test_a_record_comes_back_as_it_was(record: ComponentRecord) -> None:
    found = there_and_back(ComponentRecord, record)
    assert found == record
    assert versions(found) == versions(record)


def test_what_is_at_its_default_is_left_out() -> None:
    assert to_json(Head(environment="local")) == {"environment": "local"}


def test_null_and_nothing_are_told_apart() -> None:
    assert to_json(FieldChange(path=".a", wanted=None)) == {"path": ".a", "wanted": None}
    assert from_json(FieldChange, {"path": ".a"}).wanted is ABSENT
    assert from_json(FieldChange, {"path": ".a", "wanted": None}).wanted is None


def test_false_is_not_taken_for_a_default_of_zero() -> None:
    change = Change(action=ChangeAction.UPDATE, reason="", fields=(FieldChange(path=".a", wanted=False, found=0),))
    assert there_and_back(Change, change).fields[0].wanted is False


def test_fields_of_a_newer_version_are_left_out() -> None:
    assert from_json(Head, {"environment": "local", "of_tomorrow": 1}) == Head(environment="local")


def test_mappings_with_keys_that_are_no_texts_are_pairs() -> None:
    ref = ObjectRef(kind="Pod", namespace="x", name="y")
    baseline = Baseline(manager="m", owned_hash="o", manifest_hash="h", resource_version="1", uid="u")
    record = ComponentRecord(component="c", baselines={ref: baseline})
    assert to_json(record)["baselines"][0][0] == {"kind": "Pod", "namespace": "x", "name": "y"}


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        (Head, {}),
        (Head, {"environment": 1}),
        (Head, []),
        (Head, {"environment": "local", "components": 3}),
        (Head, {"environment": "local", "components": [1]}),
        (Plan, {"project": "p", "environment": "e", "intent": "i", "steps": (), "notes": "text"}),
        (Run, {"id": "x"}),
        (RunState, "unheard of"),
        (datetime, "yesterday"),
    ],
)
def test_data_of_another_shape_is_refused(kind: type, data: Any) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(kind, data)


@pytest.mark.parametrize("value", [object(), b"bytes", bytearray(b"x"), 1j, Head])
def test_what_has_no_json_form_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        to_json(value)


def test_sets_are_sorted() -> None:
    assert to_json(frozenset({"c", "a", "b"})) == ["a", "b", "c"]


def test_moments_keep_their_zone() -> None:
    assert from_json(datetime, to_json(datetime(2026, 1, 2, 3, 4, tzinfo=UTC))) == datetime(
        2026, 1, 2, 3, 4, tzinfo=UTC
    )


def test_whole_seconds_come_back_as_floats() -> None:
    assert isinstance(from_json(Plan, to_json(Plan(project="p", environment="e", intent="i", steps=()))), Plan)
    assert isinstance(from_json(float, 3), float)


def test_enums_are_their_values() -> None:
    assert to_json({Phase.DEPLOY: ChangeAction.NOOP}) == {"deploy": "no-op"}


# -- secrets

secrets = st.sampled_from([SecretText(SECRET), SecretValue(f'"{SECRET}"')])
trees: st.SearchStrategy[Any] = st.recursive(
    secrets | st.integers(0, 9),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.lists(inner, min_size=1, max_size=3).map(tuple)
        | st.dictionaries(records.names, inner, min_size=1, max_size=3)
        | inner.map(lambda value: Output(value=value, is_sensitive=True))
        | inner.map(lambda value: FieldChange(path=".data", wanted=value, found=value))
        | inner.map(lambda value: ChartRequest(release="r", namespace="n", chart="c", values={"v": value}))
    ),
    max_leaves=6,
)


@given(trees)
def test_no_secret_leaves(tree: Any) -> None:
    assert SECRET not in orjson.dumps(to_json(tree)).decode()


def test_a_secret_shows_that_it_is_one() -> None:
    assert to_json({"password": SecretText(SECRET)}) == {"password": "***"}


@pytest.mark.parametrize("value", [{SecretText(SECRET)}, frozenset({SecretText(SECRET)}), {SecretText(SECRET): 1}])
def test_secrets_in_places_where_nobody_expects_them_do_not_leave_either(value: Any) -> None:
    try:
        shown = orjson.dumps(to_json(value)).decode()
    except TypeError as err:
        shown = str(err)
    assert SECRET not in shown
