"""What the inside asks of the outside. Each port has a real adapter; those that are slow or remote also have a fake."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from fairlead.formats.helmfile.text import HelmfileBuild, HelmfileHook
from fairlead.model.component import HelmSource, KustomizeSource
from fairlead.model.event import Event
from fairlead.model.finding import Finding
from fairlead.model.image import BuiltImage, ImageRequest, UnpackedImage
from fairlead.model.infrastructure import Output, StateLock, Surroundings, TerraformDrift, TerraformPlan, TerraformRoot
from fairlead.model.lease import Lease
from fairlead.model.lock_file import NO_BASES, NOTHING_LOCKED, ChartNeed, ComponentLock
from fairlead.model.neighbours import Neighbours
from fairlead.model.objects import ApplyResult, Kinds, Manifest, ObjectRef, ObservedMetadata, ServerVersion
from fairlead.model.plan import Plan
from fairlead.model.probe import HttpAnswer, HttpTarget, NameAnswer
from fairlead.model.record import ComponentRecord, Head
from fairlead.model.rendering import ChartFiles, ChartRequest, Release, Rendering
from fairlead.model.run import Run, RunSummary
from fairlead.ports.machine import Forwarding as Forwarding
from fairlead.ports.machine import ImageTags as ImageTags
from fairlead.ports.machine import LocalDriver as LocalDriver
from fairlead.ports.machine import Names as Names
from fairlead.ports.machine import WebRequests as WebRequests
from fairlead.ports.repository import Repository as Repository
from fairlead.ports.repository import Revisions as Revisions


class Clock(Protocol):
    """Wall time (UTC, aware), monotonic seconds, and waiting. The engine takes time from nowhere else."""

    def now(self) -> datetime: ...

    def monotonic(self) -> float: ...

    async def sleep(self, seconds: float) -> None: ...


class Tools(Protocol):
    """The pinned command-line tools."""

    async def path(self, name: str) -> Path:
        """The program *name* at its pinned version, fetched or built first if it must be. Raises Unavailable."""

    def version(self, name: str) -> str:
        """The pinned version, e.g. `4.3.1`; goes into input digests."""


class Cluster(Protocol):
    """One Kubernetes API server. Its silence raises Unavailable, read or write; what it *says* of an object is data."""

    async def version(self) -> ServerVersion: ...

    async def kinds(self, *, refresh: bool = False) -> Kinds:
        """Discovery; a broken aggregated API is named in `broken`, never an error."""

    async def get(self, ref: ObjectRef) -> Manifest | None: ...

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        """The live objects, by LIST where that is less; without those that are missing or whose kind is not served."""

    async def observe_metadata(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, ObservedMetadata]:
        """As `observe`, but uid, resourceVersion and the names of the managers only (PartialObjectMetadata)."""

    async def list_objects(
        self,
        *,
        group: str,
        kind: str,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        """All objects of a kind, in one namespace or in all; empty when the kind is not served."""

    async def list_metadata(
        self, *, group: str, kind: str, namespace: str = "", labels: Mapping[str, str] | None = None
    ) -> list[Manifest]:
        """As `list_objects`, but `{"metadata": …}` only."""

    async def apply(
        self, manifest: Manifest, *, manager: str, force: bool = False, dry_run: bool = False
    ) -> ApplyResult:
        """Server-side apply. `metadata.uid` and `metadata.resourceVersion` in *manifest* are preconditions."""

    async def create(self, manifest: Manifest) -> ApplyResult:
        """POST; status 409 when it is there already."""

    async def replace(self, manifest: Manifest, *, manager: str = "", dry_run: bool = False) -> ApplyResult:
        """PUT as field manager *manager*; with `metadata.resourceVersion` a compare-and-swap: status 409 when it
        moved."""

    async def hand_over(self, live: Manifest, managed_fields: Sequence[Mapping[str, Any]]) -> ApplyResult:
        """Set who owns which field of *live*, and nothing else; status 409 when it moved since it was read."""

    async def delete(
        self, ref: ObjectRef, *, uid: str = "", resource_version: str = "", propagation: str = "Background"
    ) -> ApplyResult:
        """DELETE with preconditions; status 404 when it was gone already (`live` is then an empty manifest)."""

    async def pod_logs(self, ref: ObjectRef, *, container: str = "", tail: int = 1, previous: bool = False) -> str:
        """The last lines of a pod's log, or of its *previous* start; empty too where the kubelet does not answer."""

    async def close(self) -> None: ...


class Probes(Protocol):
    """Asks what runs inside the cluster, by way of its API server: works from any machine that reaches that one.

    Both raise Unavailable when the API server does not answer, and InputError where it refuses us.
    """

    async def http(self, target: HttpTarget, *, scheme: str, timeout: float) -> HttpAnswer:
        """GET *target* once, redirects not followed. What the API server says instead of the Service is an answer."""

    async def resolve(self, name: str, *, pod: ObjectRef, timeout: float) -> NameAnswer:
        """The addresses of *name*, as the DNS server in *pod* says."""

    async def close(self) -> None: ...


class Charts(Protocol):
    """Helm, as writer and renderer. A chart that does not render raises InputError; a write that fails, StepFailed."""

    async def fetch(self, source: HelmSource, *, folder: Path, locked: ComponentLock = NOTHING_LOCKED) -> ChartFiles:
        """The chart at hand: a folder of the project (*folder* is the project's) or fetched once from its repository,
        with its dependencies built. Raises Refused where an archive is not the one that *locked* says."""

    async def versions(self, repository: str, name: str) -> tuple[str, ...]:
        """Every version of a chart that its repository offers now; empty where it has no such chart."""

    async def archive_digest(self, repository: str, name: str, version: str) -> str:
        """The digest of the archive that the repository has now, which is fetched and kept."""

    def needs(self, source: HelmSource, *, folder: Path) -> tuple[ChartNeed, ...]:
        """The dependencies of a chart of the project that come from repositories, and are not in its folder."""

    async def template(self, request: ChartRequest, *, kubernetes: str, api_versions: Sequence[str] = ()) -> Rendering:
        """Render without a cluster (`helm template`)."""

    async def dry_run(self, request: ChartRequest) -> Rendering:
        """Render as the next upgrade would, with the cluster's capabilities and `lookup` (server dry-run). Raises
        MissingKinds (an InputError) where a kind is not served yet."""

    def texts(self, chart: ChartFiles) -> Mapping[str, str]:
        """Every file of the chart and its subcharts that is text, by path; archives of subcharts are like folders."""

    async def crds(self, chart: ChartFiles) -> tuple[Manifest, ...]:
        """What the `crds/` folders of the chart and its subcharts hold."""

    def defaults(self, chart: ChartFiles) -> tuple[Mapping[str, Any], ...]:
        """The values that the chart gives itself, lowest first: its subcharts', then its own. Raises InputError."""

    async def upgrade(
        self, request: ChartRequest, *, force_conflicts: bool = False, take_ownership: bool = False
    ) -> Release:
        """`helm upgrade --install`, waiting for hooks only; *take_ownership* of objects that no release has."""

    async def rollback(
        self, release: str, *, namespace: str, revision: int, timeout: float, force_conflicts: bool = False
    ) -> None:
        """`helm rollback` to *revision*, as a new one, waiting for hooks only. Raises StepFailed with helm's reason."""

    async def uninstall(self, release: str, *, namespace: str, timeout: float) -> None:
        """`helm uninstall`, without waiting for the objects; one that is gone is fine. Raises StepFailed."""

    async def test(self, release: str, *, namespace: str, timeout: float) -> None:
        """`helm test`: run the tests that the installed release brings. Raises StepFailed when one fails."""


class Overlays(Protocol):
    """Kustomize."""

    async def build(
        self, source: KustomizeSource, *, root: Path, bases: Mapping[str, str] = NO_BASES
    ) -> tuple[Manifest, ...]:
        """Build *source*, a folder below *root*; nothing outside *root* is read but remote *bases*, each at its commit.
        Raises InputError with kustomize's reason."""

    def files(self, source: KustomizeSource, *, root: Path, bases: Mapping[str, str] = NO_BASES) -> tuple[Path, ...]:
        """Every file of the project that a build of *source* reads, transitively, without starting a process."""

    async def lay_over(self, objects: Sequence[Manifest], fields: Mapping[str, Any]) -> tuple[Manifest, ...]:
        """*objects* as a kustomization with *fields*, which name no file, changes them. Raises InputError."""

    async def resolve_bases(self, folder: Path, *, root: Path, known: Mapping[str, str]) -> Mapping[str, str]:
        """The commit of every remote base that a build of *folder* needs: as *known*, else as it is now."""


class Helmfile(Protocol):
    """helmfile, as the evaluator of its own files. No command that they name is run, and no network is asked."""

    async def build(self, file: str, *, environment: str, root: Path, embed: bool = True) -> HelmfileBuild:
        """What `helmfile build` prints of *file* (or folder) below *root* for *environment*, which is helmfile's name;
        with *embed* the values files stand in it, evaluated. Empty where the environment has no release. Raises
        InputError whose findings name the class of the cause."""

    def hooks(self, root: Path) -> tuple[HelmfileHook, ...]:
        """The hooks of every helmfile below *root*, none of which is run."""


class RenderCache(Protocol):
    """What was rendered before, on this machine. It holds secrets; losing it loses time only."""

    def load(self, key: bytes) -> bytes | None: ...

    def store(self, key: bytes, content: bytes) -> None: ...


class Images(Protocol):
    """Container images, made on this machine and kept in the user's cache."""

    def input_digest(self, request: ImageRequest) -> str:
        """Over everything that the image is made of, without starting a process. Raises InputError."""

    def find(self, request: ImageRequest) -> BuiltImage | None:
        """The image if it was built before from the same input, without starting a process."""

    async def build(self, request: ImageRequest, *, tell: Callable[[str], None]) -> BuiltImage:
        """The image, built if it must be; *tell* gets a line of progress every few seconds. Raises InputError for what
        the request names wrongly, StepFailed with the last words of what failed, Unavailable where something outside
        did not answer."""

    def unpacked(self, request: ImageRequest, image: BuiltImage) -> AbstractAsyncContextManager[UnpackedImage]:
        """The files of *image* for its test, in a folder that is removed at the end of the block."""

    def called(self, image: BuiltImage, references: Sequence[str]) -> AbstractAsyncContextManager[Path]:
        """An archive of *image* under other names, removed at the end of the block."""

    async def push(self, image: BuiltImage, repository: str, *, tell: Callable[[str], None]) -> bool:
        """Put the image into *repository* under its short digest; whether there was anything to send. Raises InputError
        where the registry refuses us, Unavailable where it does not answer."""


class Infrastructure(Protocol):
    """Terraform or OpenTofu on one root at a time. Raises StepFailed with the diagnostic's summary and place;
    InputError where the configuration does not parse; Refused where the state is locked or the plan is stale."""

    def files(self, root: TerraformRoot) -> tuple[Path, ...]:
        """Every file that determines the root's plan, in path order, without starting a process."""

    def surroundings(self, root: TerraformRoot) -> Surroundings:
        """What determines the root's plan besides its files and stated variables, without starting a process."""

    async def init(self, root: TerraformRoot) -> None: ...

    async def plan(self, root: TerraformRoot, *, destroy: bool = False) -> TerraformPlan:
        """What an apply would do, or with *destroy* the end of all that the root made."""

    async def apply(
        self, root: TerraformRoot, plan: TerraformPlan, *, on_event: Callable[[str], None]
    ) -> Mapping[str, Output]:
        """Apply a saved plan; *on_event* gets one line of text per event."""

    async def drift(self, root: TerraformRoot) -> TerraformDrift:
        """Compare the state with what is really there. Takes no lock and writes no state; `init` comes before it."""

    async def outputs(self, root: TerraformRoot) -> Mapping[str, Output]: ...

    async def lock(self, root: TerraformRoot) -> StateLock | None:
        """Who holds the state's lock now; None where nobody does, and where it cannot be looked at."""

    def shows_locks(self, root: TerraformRoot) -> bool:
        """Whether the root's backend lets us look who holds its lock."""

    async def unlock(self, root: TerraformRoot, lock: StateLock) -> None:
        """Release the lock of a holder that is known to be dead."""

    async def close(self) -> None:
        """Remove the saved plans that nobody applied: they hold secrets."""


class EnvironmentState(Protocol):
    """The record of one environment, in its cluster. All writes are compare-and-swap: who lost its place is Refused."""

    async def prepare(self) -> None:
        """Make the namespace of the record if it is not there."""

    async def has_place(self) -> bool:
        """Whether the namespace of the record is there."""

    async def head(self) -> Head | None:
        """The newest head, None where nothing was deployed yet. A later swap is relative to what was read last."""

    async def swap_head(self, head: Head) -> None: ...

    async def components(self, secrets: Collection[str]) -> Mapping[str, ComponentRecord]:
        """The records in *secrets*, by the name of the Secret; those that are not there are left out."""

    async def store_component(self, record: ComponentRecord) -> str:
        """Keep *record*; the name of its Secret goes into the head. The same content has the same name."""

    async def store_plan(self, run_id: str, plan: Plan) -> None:
        """Keep the plan that a run carries out, for as long as the run is kept."""

    async def archive_run(self, run: Run) -> None: ...

    async def runs(self) -> tuple[RunSummary, ...]:
        """Newest first, without the run in the head."""

    async def run(self, run_id: str) -> Run | None:
        """A run that was archived; None where it is not kept any more."""

    async def collect_garbage(self, head: Head) -> None:
        """Delete records, runs and plans that neither *head* nor one of the last runs and good bundles refers to."""

    async def neighbours(self) -> Neighbours:
        """What the other projects and environments on this cluster have on record."""

    async def key(self, *, make: bool) -> bytes:
        """The environment's HMAC key for secret values, made once; a passing one if there is none and *make* is off."""


class Lock(Protocol):
    """The lease of one environment, as the API server keeps it. Times are the holder's business (engine/lease.py)."""

    async def read(self) -> Lease | None: ...

    async def write(self, lease: Lease) -> Lease | None:
        """Create (no version) or replace at `lease.version`; None when another writer was first."""


class EventSink(Protocol):
    def emit(self, event: Event) -> None: ...


class ProjectFiles(Protocol):
    """The files of one project. Paths are relative to it; one that leaves it is an InputError."""

    def root(self) -> Path: ...

    def read_text(self, path: str) -> str:
        """Raises InputError when the file is missing or is no UTF-8 text."""

    def find(self, path: str) -> str | None:
        """*path* if it is a file, else None."""

    def expand(self, paths: Sequence[str]) -> tuple[str, ...]:
        """The manifest files that *paths* name, folders searched in depth in name order."""

    def walk(self) -> tuple[str, ...]:
        """Every file of the project, in name order; none in hidden folders and in those that tools fill."""

    def links(self) -> Mapping[str, str]:
        """The symbolic links that `walk` met, each with its real path: empty where that is outside the project."""

    def elsewhere(self) -> tuple[str, ...]:
        """Every file of the checkouts of other repositories, by its absolute path."""

    def digest(self, files: Iterable[Path]) -> str:
        """Over the relative path and content of each file, in path order."""


class Drafts(Protocol):
    """Files of the project with other texts, by path relative to it."""

    def draft(self, files: Iterable[Path], texts: Mapping[str, str]) -> AbstractContextManager[Path]:
        """A copy of *files* with *texts* in their places, in a folder that is removed after the block."""

    def write(self, texts: Mapping[str, str], *, before: Mapping[str, str]) -> None:
        """Write *texts*, each file whole or not at all, with the mode it has. Raises InputError, and writes nothing,
        where one is no longer as *before*, which lacks those that are new."""


class SecretFiles(Protocol):
    """Encrypted value files."""

    def decrypt(self, text: str, *, file: str) -> Mapping[str, object]:
        """The tree, with SecretText leaves. Raises InputError, without a secret in its message."""


class SchemaCheck(Protocol):
    """Kubernetes' own schemas, offline."""

    def validate(
        self, manifests: Sequence[Manifest], *, kubernetes: str
    ) -> tuple[tuple[tuple[int, Finding, tuple[str | int, ...]], ...], tuple[int, ...]]:
        """Faults as (index of the manifest, finding, JSON path), and the indexes of those that no schema covers."""


class Commands(Protocol):
    """Commands of the project itself: checks and tests."""

    async def run(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        timeout: float,
        tell: Callable[[str], None],
        folder: Path | None = None,
    ) -> tuple[int, str]:
        """In *folder*, else in the project's. The exit code and the last lines of what it said. Raises StepFailed on a
        timeout."""
