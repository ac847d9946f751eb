"""Our reader against the table of what kubectl answers (checked by `tests/e2e/test_scalars_against_kubectl.py`)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.manifests import read_documents
from fairlead.formats.scalars import INT64_MAX, INT64_MIN, key_text, resolve_plain, to_json
from fairlead.model.errors import InputError

_TABLE = Path(__file__).parents[2] / "cases" / "scalars.yaml"
_PROBES: list[dict[str, Any]] = [
    probe
    for document in read_documents(_TABLE.read_text(encoding="utf-8"), file=str(_TABLE)).documents
    for group in document.data.values()
    for probe in group
]


def _read(text: str) -> Any:
    return read_documents(f"kind: ConfigMap\nprobe: {text}\n", file="probe.yaml").documents[0].data["probe"]


def _as_api_machinery(text: str) -> Any:
    """JSON as the API machinery decodes it: whole numbers that do not fit an int64 are floats."""
    return json.loads(text, parse_int=lambda digits: n if INT64_MIN <= (n := int(digits)) <= INT64_MAX else float(n))


def test_the_table_holds_at_least_300_probes() -> None:
    assert len(_PROBES) >= 300


@pytest.mark.parametrize("probe", [p for p in _PROBES if set(p) == {"text", "json"}], ids=lambda p: repr(p["text"]))
def test_reads_as_kubectl(probe: dict[str, Any]) -> None:
    # repr tells 1 from True and from 1.0, which == does not.
    expected = _as_api_machinery(probe["json"])
    found = _read(probe["text"])
    assert repr(_sorted(found)) == repr(_sorted(expected))


@pytest.mark.parametrize(
    "probe", [p for p in _PROBES if "refused" in p or "stricter" in p], ids=lambda p: repr(p["text"])
)
def test_refuses_with_a_place(probe: dict[str, Any]) -> None:
    with pytest.raises(InputError) as caught:
        _read(probe["text"])
    assert caught.value.location is not None
    assert caught.value.location.line >= 2


@given(st.integers(min_value=INT64_MIN, max_value=INT64_MAX))
def test_every_int64_reads_as_itself(number: int) -> None:
    assert to_json(resolve_plain(str(number))) == number
    assert key_text(resolve_plain(str(number))) == str(number)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_float_reads_as_its_value(number: float) -> None:
    read = to_json(resolve_plain(repr(number)))
    assert isinstance(read, (int, float))
    assert float(read) == number


@given(st.text())
def test_no_text_crashes_the_rules(text: str) -> None:
    assert isinstance(resolve_plain(text), (str, int, float, bool, type(None)))


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(item) for item in value] if isinstance(value, list) else value
