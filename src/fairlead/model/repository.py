"""A repository as somebody wrote it: in which dialects, and what was read from them."""

from __future__ import annotations

from enum import StrEnum

from fairlead.model.component import Component
from fairlead.model.finding import Finding, Location
from fairlead.model.frozen import dataclass
from fairlead.model.project import Project


class Dialect(StrEnum):
    """A way to write down what is deployed."""

    FAIRLEAD = "fairlead"
    HELMFILE = "helmfile"
    KUSTOMIZE = "kustomize"
    FLUX = "flux"
    ARGOCD = "argocd"
    TERRAFORM = "terraform"
    MANIFESTS = "manifests"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """Another repository of the platform: *source* is its URL, or what its source is called; *folder*, absolute and
    without links, has its files."""

    source: str
    folder: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that was inferred; one that is not sure asks to be looked at. *of*: what *text* goes on to say
    something of, where that may be said of many."""

    text: str
    of: str = ""
    location: Location | None = None
    is_sure: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one dialect says of one environment. *is_whole*: it could be read; else the findings say why not. *taken*
    are folders that something builds of which nothing else is known, and files that are no objects by themselves."""

    components: tuple[Component, ...] = ()
    remarks: tuple[Remark, ...] = ()
    findings: tuple[Finding, ...] = ()
    is_whole: bool = True
    taken: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """*project* with the components that its environments are read from; *dialects* in the order they were found.
    *stated* are those of its components that a project file must name, for no source of an environment brings them.
    *put_away* are folders of what nobody deploys, and what its parts have taken."""

    project: Project
    dialects: tuple[Dialect, ...] = ()
    remarks: tuple[Remark, ...] = ()
    findings: tuple[Finding, ...] = ()
    stated: tuple[Component, ...] = ()
    put_away: tuple[str, ...] = ()
