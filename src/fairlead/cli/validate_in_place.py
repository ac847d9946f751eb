"""`fairlead validate --pre-deployment`: phase validate of a deployment, against the environment's cluster."""

from __future__ import annotations

from pathlib import Path

from fairlead.actions.check import CheckOptions
from fairlead.bootstrap.settings import holder_name, new_run_id, request_timeout
from fairlead.cli.checking import Showing, check_and_report
from fairlead.cli.options import choose_environment, open_here
from fairlead.model.finding import Severity
from fairlead.model.plan import Phase


def validate_in_place(
    environment: str | None,
    *,
    output: str,
    report_file: Path | None,
    events_file: Path | None,
    fail_on: Severity,
    parallelism: int,
    quiet: bool,
) -> int:
    opened = open_here()
    target = choose_environment(opened.project, environment)
    files = (report_file,) if report_file else ()
    showing = Showing(output=output, files=files, events_file=events_file, quiet=quiet)
    options = CheckOptions(
        phase=Phase.VALIDATE,
        run_id=new_run_id(),
        holder=holder_name(),
        fail_on=fail_on,
        parallelism=parallelism,
        request_timeout=request_timeout(),
    )
    return check_and_report(opened, target, options, showing)
