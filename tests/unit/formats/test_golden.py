"""The whole output of each format, compared with tests/golden; `pytest --update-golden` writes the files anew."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from fairlead.formats.event_lines import format_event, format_event_json
from fairlead.formats.junit import format_junit
from fairlead.formats.plan_file import format_plan_json
from fairlead.formats.plan_text import format_plan
from fairlead.formats.rendered_text import format_origin, format_rendered, format_unknown
from fairlead.formats.report_json import format_report_json
from fairlead.formats.report_text import format_report
from fairlead.formats.status_text import history_lines, status_lines
from fairlead.formats.styled import Line, text_of
from fairlead.model.event import Event, EventKind
from fairlead.model.exit_codes import ExitCode
from fairlead.model.health import HealthStatus
from fairlead.model.lease import Lease
from fairlead.model.plan import Phase, Plan
from fairlead.model.report import Report
from fairlead.model.run import Bundle, Outcome, RunState, summary_of
from fairlead.model.status import ComponentStatus, EnvironmentStatus
from unit.formats.sample_run import (
    SECRET,
    START,
    calm_plan,
    failed_report,
    failed_run,
    good_report,
    good_run,
    offline_plan,
    sample_plan,
)

Golden = Callable[[str, str], None]
NOW = START + timedelta(days=2)
PLANS = {"plan": sample_plan(), "plan_calm": calm_plan(), "plan_offline": offline_plan()}
REPORTS = {
    "report_failed": failed_report(),
    "report_good": good_report(),
    "report_rolled_back": dataclasses.replace(
        good_report(),
        plan=dataclasses.replace(calm_plan(), notes=("returns to bundle sha256:0123, which run r0 deployed",)),
        exit_code=ExitCode.ROLLED_BACK,
        before=failed_report(),
    ),
    "report_stopped": dataclasses.replace(failed_report(), notes=("not rolled back: nothing here to roll back to",)),
}


def pretty(content: bytes) -> str:
    return json.dumps(json.loads(content), indent=2, ensure_ascii=False) + "\n"


@pytest.mark.parametrize(("name", "plan"), PLANS.items())
def test_plan_for_people(name: str, plan: Plan, golden: Golden) -> None:
    golden(f"{name}.txt", format_plan(plan))


@pytest.mark.parametrize(("name", "plan"), PLANS.items())
def test_plan_as_json(name: str, plan: Plan, golden: Golden) -> None:
    golden(f"{name}.json", pretty(format_plan_json(plan)))


@pytest.mark.parametrize(("name", "report"), REPORTS.items())
def test_report_for_people(name: str, report: Report, golden: Golden) -> None:
    golden(f"{name}.txt", format_report(report))


@pytest.mark.parametrize(("name", "report"), REPORTS.items())
def test_report_as_json(name: str, report: Report, golden: Golden) -> None:
    golden(f"{name}.json", pretty(format_report_json(report)))


@pytest.mark.parametrize(("name", "report"), REPORTS.items())
def test_report_as_junit(name: str, report: Report, golden: Golden) -> None:
    root = ET.fromstring(format_junit(report))
    ET.indent(root)
    golden(f"{name}.xml", ET.tostring(root, encoding="unicode") + "\n")


def test_junit_counts_what_it_lists() -> None:
    root = ET.fromstring(format_junit(failed_report()))
    for suite in root.iter("testsuite"):
        assert int(suite.get("tests", "")) == len(suite.findall("testcase"))
        assert int(suite.get("failures", "")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))


def test_junit_lists_a_step_without_a_result_as_not_run() -> None:
    report = failed_report()
    steps = {name: entry for name, entry in report.run.steps.items() if name != "shop"}
    root = ET.fromstring(format_junit(dataclasses.replace(report, run=dataclasses.replace(report.run, steps=steps))))
    case = root.find(".//testcase[@name='shop']/skipped")
    assert case is not None
    assert case.get("message") == "it did not run"
    for suite in root.iter("testsuite"):
        assert int(suite.get("skipped", "")) == len(suite.findall("testcase/skipped"))


def events() -> Iterator[Event]:
    def event(kind: EventKind, **given: object) -> Event:
        fields = {"time": START, "kind": kind, "run": "r1", "environment": "local", **given}
        return Event(**fields)  # type: ignore[arg-type]  # the fields of the event

    yield event(EventKind.RUN_STARTED, text="deploying local, run r1")
    yield event(EventKind.PHASE_STARTED, phase=Phase.DEPLOY)
    yield event(EventKind.STEP_STARTED, phase=Phase.DEPLOY, step="shop")
    yield event(
        EventKind.STEP_PROGRESS, phase=Phase.DEPLOY, step="shop", text="waiting for Deployment shop/web: 0 of 2"
    )
    for outcome, seconds in zip(Outcome, (0.0, 0.04, 0.05, 61.0, None), strict=True):
        yield event(
            EventKind.STEP_ENDED, phase=Phase.DEPLOY, step="shop", outcome=outcome, text="so it is", seconds=seconds
        )
    yield event(EventKind.PHASE_ENDED, phase=Phase.DEPLOY, outcome=Outcome.CHANGED, seconds=61.0)
    yield event(
        EventKind.PHASE_ENDED, phase=Phase.TEST, outcome=Outcome.PASSED, seconds=500.0, text="over its budget of 480 s"
    )
    yield event(EventKind.RUN_ENDED, text="succeeded", seconds=75.5)


def test_events_for_people(golden: Golden) -> None:
    golden("events.txt", "".join(f"{line}\n" for event in events() if (line := format_event(event))))


def test_events_as_json_lines(golden: Golden) -> None:
    golden("events.jsonl", "".join(f"{format_event_json(event).decode()}\n" for event in events()))


def test_every_kind_of_event_is_in_the_golden_file() -> None:
    assert {event.kind for event in events()} == set(EventKind)


def text(lines: Iterable[Line]) -> str:
    return "".join(f"{text_of(one)}\n" for one in lines)


def components() -> tuple[ComponentStatus, ...]:
    def one(name: str, version: str, ago: timedelta, **given: Any) -> ComponentStatus:
        fields = {"objects": 3, "health": HealthStatus.CURRENT, "since": NOW - ago, **given}
        return ComponentStatus(name=name, version=version, **fields)

    return (
        one("database", "0a1b2c3d4e5f", timedelta(days=40), images=("postgres:17", "exporter:0.17")),
        one("gateway", "revision 12", timedelta(minutes=3), chart="gateway-0.1.0", images=("gateway:1",)),
        one("infra", "1b1b1b1b1b1b", timedelta(hours=30)),
        one(
            "shop",
            "revision 3",
            timedelta(seconds=9),
            chart="shop-with-a-long-name-12.34.56",
            health=HealthStatus.IN_PROGRESS,
            problem="Deployment shop/web: 1 of 3 replicas are ready",
            problems=2,
            look="kubectl describe deployment web -n shop",
        ),
    )


def environment_status(**given: Any) -> EnvironmentStatus:
    fields = {"nodes_ready": 2, "nodes": 2, "simulated": True, "components": components(), **given}
    return EnvironmentStatus(environment="local", kubernetes="v1.34.2", **fields)


@pytest.mark.parametrize("columns", [0, 80, 160])
def test_status(columns: int, golden: Golden) -> None:
    at_work = failed_run(state=RunState.RUNNING, ended=None, cause="")
    doubtful = {
        name: dataclasses.replace(entry, end=None) if name == "shop" else entry for name, entry in at_work.steps.items()
    }
    good = good_run(commit="", dirty=False)
    locked = Lease(holder="ann@laptop pid 7", token=1, renewed="", duration_seconds=30)
    promotable = Bundle(digest="sha256:fedcba9876543210fedcba9876543210", components={"a": "b"})
    shown = [
        environment_status(run=failed_run(), bundle=promotable),
        environment_status(run=good, bundle=good.bundle, components=components()[:3], simulated=False),
        environment_status(run=dataclasses.replace(at_work, steps=doubtful), components=(), lock=locked),
        environment_status(components=()),
    ]
    texts = [text(status_lines(one, now=NOW, columns=columns)) for one in shown]
    golden(f"status_at_{columns}.txt" if columns else "status.txt", "\n".join(texts))


@pytest.mark.parametrize("columns", [0, 80, 160])
def test_history(columns: int, golden: Golden) -> None:
    runs = [
        failed_run(id="r3", started=START + timedelta(days=1), ended=START + timedelta(days=1, seconds=9)),
        good_run(id="r2", state=RunState.RUNNING, ended=None),
        good_run(id="r1", steps={}, dirty=False, simulated=False),
    ]
    name = f"history_at_{columns}.txt" if columns else "history.txt"
    golden(name, text(history_lines((summary_of(run) for run in runs), columns=columns)))


def test_history_of_nothing() -> None:
    assert text(history_lines([])) == "nothing was deployed here yet\n"


def test_rendered(golden: Golden) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s"},
        "data": {"a": "czNjcmV0"},
        "stringData": {"b": SECRET},
    }
    plain = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"yes": "no", "n": "1e3"}}
    text = "".join(format_rendered("shop", [secret, plain], show_secrets=False))
    text += format_unknown("pages", ["ingress.host"])
    text += format_origin(path="replicas", value=3, layer="environments/local/shop.yaml", overridden_by="--set") + "\n"
    text += format_origin(path="replicas", value=4, layer="--set", overridden_by="") + "\n"
    golden("rendered.txt", text)


def test_secrets_are_shown_when_asked_for() -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": {"b": SECRET}}
    assert SECRET in "".join(format_rendered("shop", [secret], show_secrets=True))


def test_no_output_holds_a_secret(pytestconfig: pytest.Config) -> None:
    files = list(pytestconfig.rootpath.joinpath("tests", "golden").iterdir())
    assert len(files) > 10
    assert not [file.name for file in files if SECRET in file.read_text(encoding="utf-8")]


def test_no_output_for_people_holds_control_characters(pytestconfig: pytest.Config) -> None:
    """What a program said may hold an escape sequence; on a terminal it would be obeyed."""
    files = pytestconfig.rootpath.joinpath("tests", "golden").glob("*.txt")
    assert not [file.name for file in files if "\x1b" in file.read_text(encoding="utf-8")]
