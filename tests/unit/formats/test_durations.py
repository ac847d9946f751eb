from __future__ import annotations

import pytest

from fairlead.formats.durations import format_duration


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0s"),
        (0.04, "0.0s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m"),
        (65, "1m05s"),
        (600, "10m"),
        (3599.6, "1h"),
        (7800, "2h10m"),
    ],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert format_duration(seconds) == text
