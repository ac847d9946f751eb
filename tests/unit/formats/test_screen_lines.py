"""The live screen: whole pictures at 80 and 160 columns with 5 and 100 components, and what holds for any run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairlead.formats.heartbeat_text import format_heartbeat
from fairlead.formats.screen_lines import Look, final_lines, planning_lines, screen_lines
from fairlead.formats.styled import Line, cells, text_of
from fairlead.model.progress import Progress
from fairlead.model.tier import Tier
from fairlead.planning.progress import begin, find_blockers, follow
from unit.formats.sample_progress import FAILURE, NOW, done, five, hundred, progress, running
from unit.planning.test_progress import LOCAL, events, plan, step

Golden = Callable[[str, str], None]
RUNS = {"5": five(), "100": hundred()}


def picture(run: Progress, *, columns: int = 80, rows: int = 23) -> list[str]:
    lines = screen_lines(run, find_blockers(run), Look(now=NOW, columns=columns), rows=rows)
    return [text_of(one) for one in lines]


def text(lines: list[str]) -> str:
    return "".join(f"{one}\n" for one in lines)


@pytest.mark.parametrize("components", RUNS)
@pytest.mark.parametrize(("columns", "rows"), [(80, 23), (160, 49)])
def test_picture(components: str, columns: int, rows: int, golden: Golden) -> None:
    golden(f"screen_{components}_at_{columns}.txt", text(picture(RUNS[components], columns=columns, rows=rows)))


@pytest.mark.parametrize("components", RUNS)
def test_final_state(components: str, golden: Golden) -> None:
    lines = final_lines(RUNS[components], Look(now=NOW, columns=80))
    golden(f"screen_{components}_final.txt", text([text_of(one) for one in lines]))


def test_heartbeat(golden: Golden) -> None:
    lines = [*format_heartbeat(five(), NOW), *format_heartbeat(hundred(at_work=10), NOW)]
    golden("heartbeat.txt", text(lines))


def fits(lines: tuple[Line, ...], columns: int) -> bool:
    return all(sum(cells(part.text) for part in one) <= columns for one in lines)


@given(st.lists(events, max_size=40), st.integers(1, 200), st.integers(0, 60))
def test_any_run_fits_any_terminal(told: list[object], columns: int, rows: int) -> None:
    run = begin(plan(step("a"), step("b", after=("a",)), step("c", tier=Tier.STORAGE)), LOCAL)
    for event in told:
        run = follow(run, event)  # type: ignore[arg-type]  # the strategy makes events
    look = Look(now=NOW, columns=columns)
    lines = screen_lines(run, find_blockers(run), look, rows=rows)
    assert len(lines) <= rows
    assert fits(lines, columns)
    assert fits(final_lines(run, look), columns)
    assert fits(planning_lines("planning", 1.0, look), columns)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(0, 60))
def test_what_runs_or_failed_is_shown_or_counted(at_work: int, failed: int, rows: int) -> None:
    lines = picture(hundred(at_work=at_work, failed=failed), rows=rows)
    shown = sum("component-" in one and (one.lstrip()[0] in "✗⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏") for one in lines)
    hidden = at_work + failed - shown
    if rows > at_work + failed + 1:
        assert hidden == 0
    elif rows:
        assert any("more at work or failed" in one for one in lines)


def test_more_at_work_than_rows_still_shows_the_phase() -> None:
    lines = picture(hundred(at_work=30))
    assert "deploy " in lines[1]
    assert lines[-1] == "  … 12 more at work or failed"


@given(st.integers(1, 30))
def test_what_is_left_out_is_counted(rows: int) -> None:
    lines = picture(hundred(), rows=rows)
    if rows >= 18:
        assert any(one.split()[:3] == ["applications", "25", "waiting"] for one in lines)


def test_a_failure_is_told_in_full_where_there_is_room() -> None:
    said = " ".join("".join(picture(five(), columns=120)).split())
    assert FAILURE.rsplit(" ", 1)[-1] in said


def test_a_failure_keeps_its_line_where_there_is_none() -> None:
    lines = picture(five(), rows=8)
    assert sum("Deployment shop/cache failed" in one for one in lines) == 1
    assert next(one for one in lines if "cache" in one).endswith("…")


def test_a_phase_over_its_budget_says_so() -> None:
    assert "1m11s of 1m" in "".join(picture(five()))
    assert "over budget" in "".join(picture(five()))


def test_a_run_that_is_being_ended_says_so() -> None:
    look = Look(now=NOW, columns=80, is_stopping=True)
    assert "interrupted" in text_of(screen_lines(five(), {}, look, rows=9)[0])


def test_a_clock_set_back_does_not_show_negative_times() -> None:
    run = progress(running("web", Tier.STORAGE, "", since=-60), done("dns", Tier.STORAGE))
    assert "-" not in text(picture(run)).replace("20260102-030405-abcdef", "")
