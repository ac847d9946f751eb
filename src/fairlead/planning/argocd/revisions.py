"""Sources of Applications that another Git repository may change without a commit in this one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from fairlead.formats.argocd_objects import ArgoApplication, ArgoSource
from fairlead.model.finding import Finding, Severity
from fairlead.planning.argocd.places import ArgoTree, SourceKind

_BRANCH: Final = "refs/heads/"
_TAG: Final = "refs/tags/"
_RANGE: Final = re.compile(r"^[~^<>=]|[*|\s]|[.][xX](?:[.]|$)")
_COMMIT: Final = re.compile(r"[0-9a-f]{7,}")
_DIGIT: Final = re.compile(r"\d")


def check_revisions(applications: Iterable[ArgoApplication], tree: ArgoTree) -> tuple[Finding, ...]:
    """A warning for each source of another repository at what moves there; one for all that an ApplicationSet makes.
    Nothing is said where it is not known which repository this one is."""
    found = (finding for each in applications for finding in _floating(each, tree) if tree.own)
    return tuple(dict.fromkeys(found))


def _floating(application: ArgoApplication, tree: ArgoTree) -> Iterator[Finding]:
    for source in application.sources:
        if tree.kind_of(source) is SourceKind.CHART or not source.url or tree.is_own(source.url):
            continue
        if not _is_open(source) and (moves := _moves(source.revision)):
            # Without a component: what is not here is not left out of the environment because it floats.
            what = source.path or "values"
            who = "" if application.location else f"{application.name} "
            yield Finding(
                rule="argocd-floating-revision",
                message=f"{who}takes {what} from {source.url} {moves}: another repository changes it",
                hint="name a tag or a commit in targetRevision, and let a bot propose the next",
                severity=Severity.WARNING,
                location=application.location,
            )


def _is_open(source: ArgoSource) -> bool:
    """Whether a template has not been filled in."""
    return "{{" in f"{source.url}{source.revision}"


def _moves(revision: str) -> str:
    """How *revision* moves; empty where it may stand still. A branch may be called like a tag (`release-1.2`): nothing
    is said of what has a digit."""
    if revision in ("", "HEAD"):
        return "at the newest commit"
    if revision.startswith(_BRANCH):
        return f"at the branch {revision.removeprefix(_BRANCH)}"
    if revision.startswith(_TAG) or _COMMIT.fullmatch(revision):
        return ""
    if _RANGE.search(revision):
        return f"in the range {revision}"
    return "" if _DIGIT.search(revision) else f"at {revision}, which moves"
