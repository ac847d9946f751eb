"""What an action that deploys comes to, for people, JSON and JUnit."""

from __future__ import annotations

from dataclasses import dataclass

from fairlead.model.exit_codes import ExitCode
from fairlead.model.plan import Plan
from fairlead.model.run import Run

SCHEMA = "fairlead.dev/report/v1"

RESULTS_FILE = "test-results.xml"
"""What `fairlead test` always writes, in the project's folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """*changed* says whether anything outside Fairlead's own record was changed."""

    plan: Plan
    run: Run
    exit_code: ExitCode
    changed: bool
