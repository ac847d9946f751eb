"""How a rollback and its pin are shown, beside the golden outputs."""

from __future__ import annotations

import dataclasses
from xml.etree import ElementTree as ET

from fairlead.formats.junit import format_junit
from fairlead.formats.status_text import history_lines, status_lines
from fairlead.formats.styled import text_of
from fairlead.model.record import Pin
from fairlead.model.run import Bundle, Rollback, summary_of
from fairlead.model.status import EnvironmentStatus
from unit.formats.sample_run import START, failed_report, good_report, good_run

BUNDLE = Bundle(digest="sha256:0123456789abcdef", components={"web": "sha256:1"})


def test_history_names_the_run_that_was_returned_to() -> None:
    run = dataclasses.replace(good_run(), rollback=Rollback(to="r7", digest=BUNDLE.digest), cause="it was slow")
    for columns in (0, 80):
        text = "\n".join(text_of(line) for line in history_lines([summary_of(run)], columns=columns))
        assert "rolled back to r7" in text
        assert "it was slow" in text


def test_status_says_what_the_environment_is_pinned_to() -> None:
    pin = Pin(bundle=BUNDLE, to="r7", run="r9", when=START, who="ana@desk", why="it was slow")
    found = EnvironmentStatus(
        environment="local",
        kubernetes="v1.34.2",
        nodes_ready=1,
        nodes=1,
        simulated=False,
        components=(),
        run=good_run(),
        pin=pin,
    )
    text = "\n".join(text_of(line) for line in status_lines(found, now=START))
    assert "pinned to bundle sha256:0123456789ab of run r7, since 2026-01-02 03:04 UTC by ana@desk: it was slow" in text
    assert "`fairlead unpin`" in text


def test_junit_is_about_the_deployment_that_was_asked_for() -> None:
    report = dataclasses.replace(good_report(), before=failed_report())
    assert ET.tostring(ET.fromstring(format_junit(report))) == ET.tostring(ET.fromstring(format_junit(failed_report())))
