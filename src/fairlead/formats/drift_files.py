"""A drift report for programs, for a page, and for a CI system's test view."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree as ET

import orjson

from fairlead.formats.codec import to_json
from fairlead.formats.drift_text import aside_lines, format_checked, format_drift, format_field_drift
from fairlead.formats.plain_text import one_line
from fairlead.formats.styled import text_of
from fairlead.model.drift import SCHEMA, Drift, DriftReport
from fairlead.model.exit_codes import ExitCode
from fairlead.model.report import Report


def format_report(report: DriftReport, form: str) -> bytes:
    """*form* is `text`, `json`, `markdown` or `junit`."""
    match form:
        case "json":
            return format_drift_json(report)
        case "junit":
            return format_drift_junit(report)
        case "markdown":
            return format_drift_markdown(report).encode()
        case _:
            return format_drift(report).encode()


def form_of(suffix: str) -> str:
    """By the ending of a file's name; JSON where that says nothing."""
    return {".xml": "junit", ".md": "markdown", ".txt": "text"}.get(suffix, "json")


def format_drift_json(report: DriftReport) -> bytes:
    code = ExitCode.CHANGES if report.has_drift else ExitCode.DONE
    return orjson.dumps({"schema": SCHEMA, "exit_code": int(code), "counts": dict(report.count()), **to_json(report)})


def format_reverted_json(
    found: DriftReport, run: Report | None, left: Iterable[tuple[Drift, str]], *, exit_code: int
) -> bytes:
    """What was found, as above, with the run that put it back and what it left."""
    said = {"counts": dict(found.count()), **to_json(found)}
    named = [{"component": drift.component, "subject": drift.subject, "reason": reason} for drift, reason in left]
    done = {"run": to_json(run.run), "changed": run.changed} if run else {"run": None, "changed": False}
    return orjson.dumps({"schema": SCHEMA, **said, **done, "left": named, "exit_code": exit_code})


def format_drift_markdown(report: DriftReport) -> str:
    """A table of the drifted fields, for a pull request or an issue."""
    return "\n".join(_markdown(report)) + "\n"


def _markdown(report: DriftReport) -> Iterator[str]:
    yield f"## Drift in {_cell(report.environment)}"
    yield ""
    yield format_checked(report)
    if report.drifts:
        yield ""
        yield "| component | object | drift | fields | by | since |"
        yield "| --- | --- | --- | --- | --- | --- |"
        yield from (_row(drift) for drift in report.drifts)
    asides = [text_of(one) for one in aside_lines(report)]
    if asides:
        yield ""
        yield from (f"- {_cell(aside)}" for aside in asides)


def _row(drift: Drift) -> str:
    fields = "<br>".join(f"`{_cell(format_field_drift(field))}`" for field in drift.fields)
    since = f"{drift.since:%Y-%m-%d %H:%M} UTC" if drift.since else ""
    cells = (drift.component, drift.subject, f"{drift.kind.value}: {drift.reason}", None, drift.owner, since)
    return f"| {' | '.join(fields if cell is None else _cell(cell) for cell in cells)} |"


def _cell(text: str) -> str:
    return one_line(text).replace("\\", "\\\\").replace("|", "\\|").replace("`", "'").replace("<", "&lt;")


def format_drift_junit(report: DriftReport) -> bytes:
    """A suite per environment, a case per drifted object, and one case for all that are as they were left."""
    root = ET.Element("testsuites", name=f"fairlead drift {report.environment}")
    calm = max(0, report.objects - sum(drift.target is not None for drift in report.drifts))
    suite = ET.SubElement(root, "testsuite", name="drift", tests=str(len(report.drifts) + 1), errors="0")
    suite.set("failures", str(len(report.drifts)))
    case = ET.SubElement(suite, "testcase", classname="fairlead.drift", name=f"{calm} objects as they were left")
    ET.SubElement(case, "system-out").text = _clean(format_checked(report))
    for drift in report.drifts:
        name = f"{drift.component}: {drift.subject}"
        case = ET.SubElement(suite, "testcase", classname=f"fairlead.drift.{drift.component}", name=_clean(name))
        failure = ET.SubElement(case, "failure", message=_clean(drift.reason), type=drift.kind.value)
        failure.text = _clean("\n".join(format_field_drift(field) for field in drift.fields) or drift.reason)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _clean(text: str) -> str:
    return "\n".join(one_line(part) for part in text.split("\n"))
