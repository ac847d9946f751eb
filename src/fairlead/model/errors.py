"""Every error that Fairlead raises on purpose, and the exit code it ends with.

FairleadError
├── StepFailed    a step failed for good                                      exit 1
├── Unavailable   an outside system did not answer (only the executor retries) exit 1
├── Refused       a gate, a conflict, a held lock or a stale plan said no      exit 3
├── InputError    the files or the flags are wrong                             exit 4
└── Interrupted   Ctrl-C or SIGTERM; the run can be resumed                    exit 130

Anything else is a bug and ends with 70 (see cli/main.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fairlead.model.finding import Finding, Location


class FairleadError(Exception):
    """One sentence of cause, one of remedy."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "", location: Location | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.location = location

    def __str__(self) -> str:
        return f"{self.location}: {self.message}" if self.location else self.message


class StepFailed(FairleadError):
    """A step failed for good; the record says how far the run went."""


class Unavailable(FairleadError):
    """An outside system did not answer; only the executor retries it."""


class Refused(FairleadError):
    """A gate, a conflict, a lock or a stale plan said no; *changed* says whether anything was changed before."""

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "", changed: bool = False) -> None:
        super().__init__(message, hint=hint)
        self.changed = changed


class InputError(FairleadError):
    """The files or the flags are wrong; *findings* lists every fault that was seen, not only the first. *rule* is the
    id that its finding has where there is only one."""

    exit_code = 4

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        location: Location | None = None,
        findings: Sequence[Finding] = (),
        rule: str = "input",
    ) -> None:
        super().__init__(message, hint=hint, location=location)
        self.findings = tuple(findings)
        self.rule = rule

    def as_findings(self, *, component: str = "") -> tuple[Finding, ...]:
        """Every fault of it, of *component* where they do not say."""
        if self.findings:
            return self.findings
        return (
            Finding(rule=self.rule, message=self.message, hint=self.hint, location=self.location, component=component),
        )


class NoWayIn(InputError):
    """Nothing on this machine says how to reach the cluster: no kubeconfig, or none with the context."""


class MissingKinds(InputError):
    """Kinds that the cluster does not serve yet; *kinds* holds pairs such as `("example.com/v1", "Widget")`."""

    def __init__(self, kinds: Sequence[tuple[str, str]]) -> None:
        named = ", ".join(f"{kind} ({api_version})" for api_version, kind in kinds)
        super().__init__(
            f"the cluster does not serve {named}",
            hint="install the CustomResourceDefinitions first, or correct the apiVersion",
        )
        self.kinds = tuple(kinds)


class Interrupted(FairleadError):
    """Ctrl-C or SIGTERM; `fairlead resume` continues."""

    exit_code = 130
