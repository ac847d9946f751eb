from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.errors import InputError
from fairlead.readers.project_fields import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0s", 0),
        ("500ms", 0.5),
        ("90s", 90),
        ("2m", 120),
        ("1h30m", 5400),
        ("7d", 604800),
        ("1.5h", 5400),
        ("62h", 223200),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "5M", "5m ", "5m\n", "1..5h", "1h-2m", "٣m", 5, True, None]
)
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(InputError, match="not a duration"):
        parse_duration(text)


@given(st.integers(0, 999), st.integers(0, 59), st.integers(0, 59))
def test_parts_of_a_duration_add_up(hours: int, minutes: int, seconds: int) -> None:
    assert parse_duration(f"{hours}h{minutes}m{seconds}s") == hours * 3600 + minutes * 60 + seconds
