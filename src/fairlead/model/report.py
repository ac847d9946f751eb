"""What an action that deploys comes to, for people, JSON and JUnit."""

from __future__ import annotations

from fairlead.model.exit_codes import ExitCode
from fairlead.model.frozen import dataclass
from fairlead.model.plan import Plan
from fairlead.model.run import Run

SCHEMA = "fairlead.dev/report/v1"

RESULTS_FILE = "test-results.xml"
"""What `fairlead test` always writes, in the project's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """*changed* says whether anything outside Fairlead's own record was changed. *before* is the failed deployment that
    this run, an automatic rollback, took back; *notes* are said at the end."""

    plan: Plan
    run: Run
    exit_code: ExitCode
    changed: bool
    before: Report | None = None
    notes: tuple[str, ...] = ()
