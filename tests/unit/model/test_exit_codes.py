from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fairlead.model.exit_codes import ExitCode, worst

DOCUMENTED = [70, 130, 5, 1, 4, 3, 2, 0]


def test_the_order_names_every_code() -> None:
    assert sorted(DOCUMENTED) == sorted(ExitCode)


@given(st.lists(st.sampled_from(DOCUMENTED)))
def test_the_worst_of_a_mixed_result_is_by_the_documented_order(codes: list[int]) -> None:
    assert worst(codes) == min(codes, key=DOCUMENTED.index, default=0)
