"""The result of trying a cluster, for people, in 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from fairlead.model.cluster_check import CheckStatus, ClusterCheck, ClusterVerification

_WIDTH = 80
_MARGIN = 15
_WORTH_TELLING = 0.1


def format_verification(found: ClusterVerification) -> str:
    return "\n".join(_lines(found)) + "\n"


def _lines(found: ClusterVerification) -> Iterator[str]:
    for check in found.checks:
        yield from _check(check)
    for note in found.notes:
        yield f"note: {note}"
    yield ""
    yield from textwrap.wrap(_verdict(found), _WIDTH)


def _check(check: ClusterCheck) -> Iterator[str]:
    took = f" ({check.seconds:.1f} s)" if check.seconds >= _WORTH_TELLING else ""
    yield from _wrapped(f"{check.status.value:<{_MARGIN}}", f"{check.name}: {check.message}{took}")
    if check.remedy and check.status is not CheckStatus.PASSED:
        yield from _wrapped(" " * _MARGIN, f"remedy: {check.remedy}")


def _wrapped(first: str, text: str) -> list[str]:
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=first,
        subsequent_indent=" " * _MARGIN,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _verdict(found: ClusterVerification) -> str:
    count = {status: sum(check.status is status for check in found.checks) for status in CheckStatus}
    said = ", ".join(f"{number} {status.value}" for status, number in count.items() if number)
    cluster = f"the cluster of {found.environment} ({found.driver})"
    if count[CheckStatus.FAILED]:
        return f"{cluster} is not well: {said}"
    if not found.is_verified:
        return f"{cluster} is not verified, for nothing ran on it: {said}"
    return f"{cluster} is verified: {said}"
