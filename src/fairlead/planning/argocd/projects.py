"""What the AppProjects of a repository refuse, as Argo CD itself would."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fairlead.formats.argocd_objects import (
    IN_CLUSTER,
    IN_CLUSTER_SERVER,
    ArgoApplication,
    ArgoProject,
    Destination,
)
from fairlead.formats.glob import matches
from fairlead.model.finding import Finding
from fairlead.planning.argocd.places import plain_url


def check_projects(applications: Sequence[ArgoApplication], projects: Mapping[str, ArgoProject]) -> tuple[Finding, ...]:
    """Applications whose project forbids their source or their destination. A project that is not in the repository
    may be in the cluster: it is not judged."""
    return tuple(finding for each in applications for finding in _refusals(each, projects.get(each.project)))


def _refusals(application: ArgoApplication, project: ArgoProject | None) -> Iterator[Finding]:
    if project is None or "{{" in application.name:
        return
    for source in application.sources:
        if source.url and not _permits(project.sources, source.url):
            yield _finding(application, project, f"the source {source.url}", "sourceRepos")
    target = application.destination
    if not _may_go(project, target):
        where = f"{target.name or target.server or IN_CLUSTER}, namespace {target.namespace or 'any'}"
        yield _finding(application, project, f"the destination {where}", "destinations")


def _permits(patterns: Sequence[str], text: str) -> bool:
    """One pattern must cover it, and no pattern with `!` may."""
    plain = plain_url(text)
    wanted = [each for each in patterns if not each.startswith("!")]
    refused = [each[1:] for each in patterns if each.startswith("!")]
    return any(_covers(each, text, plain) for each in wanted) and not any(_covers(e, text, plain) for e in refused)


def _covers(pattern: str, text: str, plain: str) -> bool:
    return matches(text, pattern, crosses=True) or matches(plain, plain_url(pattern), crosses=True)


def _may_go(project: ArgoProject, target: Destination) -> bool:
    wanted = [each for each in project.destinations if not _is_denied(each)]
    refused = [each for each in project.destinations if _is_denied(each)]
    return any(_fits(each, target) for each in wanted) and not any(
        _fits(Destination(name=_bare(e.name), server=_bare(e.server), namespace=_bare(e.namespace)), target)
        for e in refused
    )


def _is_denied(pattern: Destination) -> bool:
    return any(text.startswith("!") for text in (pattern.name, pattern.server, pattern.namespace))


def _bare(text: str) -> str:
    return text.removeprefix("!")


def _fits(pattern: Destination, target: Destination) -> bool:
    """A pattern names the cluster by its server or by its name; which of the two an Application uses does not count
    for the cluster of Argo CD itself. Where one uses the name and one the server of another cluster, nobody here knows
    whether they are the same: that fits."""
    if not (matches(target.namespace, pattern.namespace or "*", crosses=True) or not target.namespace):
        return False
    if target.is_in_cluster:
        return _is_covered(pattern.server, IN_CLUSTER_SERVER) or _is_covered(pattern.name, IN_CLUSTER)
    if target.server and pattern.server:
        return _is_covered(pattern.server, target.server)
    if target.name and pattern.name:
        return _is_covered(pattern.name, target.name)
    return True


def _is_covered(pattern: str, text: str) -> bool:
    return bool(pattern) and matches(text.rstrip("/"), pattern.rstrip("/") or "*", crosses=True)


def _finding(application: ArgoApplication, project: ArgoProject, what: str, where: str) -> Finding:
    return Finding(
        rule="argocd-project-forbids",
        message=f"{application.name}: its project {project.name} does not permit {what}",
        hint=f"add it to {where} of the AppProject",
        location=application.location,
        component=application.name,
    )
