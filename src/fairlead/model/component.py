"""A component: what is deployed and promoted as one. Paths are relative to the project folder and never leave it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field
from fairlead.model.image import ImageSource
from fairlead.model.plan import Phase
from fairlead.model.pod_security import PodSecurityLevel
from fairlead.model.probe import HttpCheck
from fairlead.model.tier import Tier


class CrdPolicy(StrEnum):
    """What is done with the CRDs that a component brings."""

    UPGRADE = "upgrade"
    CREATE = "create"
    SKIP = "skip"


class ReplacePolicy(StrEnum):
    """What is done where a change cannot be made to an object as it is."""

    REFUSE = "refuse"
    ALLOW = "allow"
    """The object is deleted and made again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelmSource:
    """*chart* is a folder of the project, or `repository/name` with *repository* a URL and *version* one version or a
    range, which the lock file settles. *is_layered*: the project's value files for the environment apply. *unknown*
    names values that lie only in the cluster. *post_renderers* are kustomization fields laid over what the chart makes,
    one after the other."""

    chart: str
    repository: str = ""
    version: str = ""
    release: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    value_files: tuple[str, ...] = ()
    is_layered: bool = True
    unknown: tuple[str, ...] = ()
    post_renderers: tuple[Mapping[str, Any], ...] = ()

    @property
    def is_read(self) -> bool:
        """Whether another tool's file says it: that tool settles the version, so that no lock file must."""
        return not self.is_layered


@dataclass(frozen=True, slots=True, kw_only=True)
class Substitution:
    """What Flux puts in the place of `${NAME}` in the built objects (`postBuild`). *unknown* are names whose values lie
    only in the cluster: their places stay as they are."""

    values: Mapping[str, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    is_open: bool = False
    """Whether a source that is not in the repository may bring further names."""
    has_optional: bool = False
    """Whether one that need not be there may: what has a default is taken to have it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KustomizeSource:
    """*overlay* are kustomization fields that a GitOps engine lays over the folder's build. With *is_generated* the
    folder has no kustomization: every manifest below it is built, as Flux does. With *is_free* kustomizations may name
    any file of the project, as in Flux; kustomize alone takes those of their own folder only. With *is_partial* what
    lies on another machine and is not at hand is left out."""

    folder: str
    overlay: Mapping[str, Any] = field(default_factory=dict)
    substitution: Substitution | None = None
    is_generated: bool = False
    is_free: bool = False
    is_partial: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestsSource:
    """Files or folders (all `*.yaml`, `*.yml`, `*.json` below, in name order)."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TerraformSource:
    """*program* is `tofu` or `terraform`."""

    folder: str
    program: str = "tofu"
    variables: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSource:
    """A command of phase validate; it gets FAIRLEAD_ENVIRONMENT and must end with 0."""

    command: tuple[str, ...]


class TestKind(StrEnum):
    __test__ = False

    ROLLOUTS = "rollouts"
    JOB = "job"
    COMMAND = "command"
    HTTP = "http"
    DNS = "dns"
    HELM = "helm"


@dataclass(frozen=True, slots=True, kw_only=True)
class TestSource:
    """A test of phase test: *job* is a manifest file, *command* gets FAIRLEAD_ENVIRONMENT and KUBECONFIG, *names* must
    have addresses inside the cluster, *helm* is a component whose chart's own tests are run."""

    __test__ = False

    kind: TestKind
    job: str = ""
    command: tuple[str, ...] = ()
    http: HttpCheck | None = None
    names: tuple[str, ...] = ()
    helm: str = ""
    max_age_seconds: float = 24 * 3600


Source = HelmSource | KustomizeSource | ManifestsSource | TerraformSource | ImageSource | CheckSource | TestSource


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """*set* maps a value path to an expression: `outputs.COMPONENT.NAME` or `global.PATH` (explicit mappings).

    *images* maps the name of an image in the component's pods to the image component that stands in for it. *prune*:
    what it no longer wants may be removed when pruning is asked for. *labels* are for selecting it
    only."""

    name: str
    source: Source
    tier: Tier = Tier.APPLICATIONS
    namespace: str = ""
    needs: tuple[str, ...] = ()
    environments: tuple[str, ...] = ()
    set: Mapping[str, str] = field(default_factory=dict)
    images: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    crds: CrdPolicy = CrdPolicy.UPGRADE
    prune: bool = True
    replace: ReplacePolicy = ReplacePolicy.REFUSE
    pod_security: PodSecurityLevel | None = None
    timeout_seconds: float = 600
    labels: Mapping[str, str] = field(default_factory=dict)
    location: Location | None = None

    @property
    def phase(self) -> Phase:
        match self.source:
            case CheckSource():
                return Phase.VALIDATE
            case TerraformSource() | ImageSource():
                return Phase.PROVISION
            case TestSource():
                return Phase.TEST
            case _:
                return Phase.DEPLOY

    @property
    def release(self) -> str:
        """The Helm release's name."""
        return (self.source.release if isinstance(self.source, HelmSource) else "") or self.name

    @property
    def field_manager(self) -> str:
        return "helm" if isinstance(self.source, HelmSource) else f"fairlead:{self.name}"

    @property
    def waits_for(self) -> tuple[str, ...]:
        """What it needs: what is stated, and the component that it tests."""
        tested = self.source.helm if isinstance(self.source, TestSource) else ""
        return (*self.needs, tested) if tested and tested not in self.needs else self.needs

    def is_in(self, environment: str) -> bool:
        return not self.environments or environment in self.environments

    def output_sources(self) -> tuple[str, ...]:
        """Names of the Terraform and image components whose outputs this one uses."""
        named = {e.split(".")[1] for e in self.set.values() if e.startswith("outputs.")}
        return tuple(sorted(named | set(self.images.values())))
