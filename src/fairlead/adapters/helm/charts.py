"""The port `Charts` by the helm 4 command line: fetch, render, dry-run and write one release at a time.

Values go in by a pipe. What helm prints is parsed and never logged: it holds Secrets.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import orjson

from fairlead.adapters.helm import dependencies
from fairlead.adapters.helm.archives import ChartArchives
from fairlead.adapters.helm.chart_tree import ChartTree, load_chart
from fairlead.adapters.helm.command import HelmCommand
from fairlead.adapters.helm.faults import chart_fault, helm_message, rollback_fault, uninstall_fault, write_fault
from fairlead.adapters.helm.supply import FETCHED, ChartSources, ChartSupply
from fairlead.adapters.helm.values import mask, secrets_in, write_values
from fairlead.adapters.process import Finished, TimedOut
from fairlead.adapters.registry.client import Registries
from fairlead.adapters.slots import Slots, store_tree
from fairlead.formats.checkouts import checkout_of
from fairlead.formats.helm_release import is_hook, read_objects, read_release, template_files, templates_by_object
from fairlead.formats.json_data import as_map
from fairlead.model.component import HelmSource
from fairlead.model.errors import FairleadError, InputError, StepFailed, Unavailable
from fairlead.model.lock_file import NOTHING_LOCKED, ChartNeed, ComponentLock
from fairlead.model.objects import Manifest
from fairlead.model.rendering import ChartFiles, ChartRequest, Release, Rendering
from fairlead.ports import Tools

_RENDER_SECONDS: Final = 120
_CLUSTER_SECONDS: Final = 180
_MARGIN_SECONDS: Final = 20
"""What a write gets beyond its timeout, so that helm itself can say what was not ready."""
_API_VERSIONS_PER_FLAG: Final = 200
# helm prints the files of `crds/` first, as they are; each template's output names its file.
_TEMPLATES: Final = re.compile(r"^---\n# Source: (?:[^/\n]+/charts/)*[^/\n]+/templates/", re.MULTILINE)
_RELEASE_NAME: Final = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")
_MAX_RELEASE_NAME: Final = 53


class HelmCharts:
    """*cache* keeps fetched charts and helm's homes; *kubeconfig* None means what kubectl would use. *sources* are
    where charts that another tool's files ask for may be taken from."""

    def __init__(
        self,
        tools: Tools,
        *,
        cache: Path,
        registries: Registries,
        kubeconfig: Path | None,
        context: str = "",
        sources: ChartSources = FETCHED,
        checkouts: Sequence[str] = (),
    ) -> None:
        self._checkouts = tuple(checkouts)
        self._helm = HelmCommand(tools=tools, cache=cache, kubeconfig=kubeconfig, context=context)
        self._cache = Slots(cache / "charts")
        self._archives = ChartArchives(self._cache, registries)
        self._supply = ChartSupply(sources, self._archives)

    async def fetch(self, source: HelmSource, *, folder: Path, locked: ComponentLock = NOTHING_LOCKED) -> ChartFiles:
        """Raises InputError, Unavailable; Refused where an archive is not the one that its index or *locked* says."""
        name = source.chart.rpartition("/")[2]
        if not source.repository:
            root, path = _inside(folder, source.chart, self._checkouts)
            place = source.chart
        elif source.is_read and locked.chart is None:
            path = await self._supply.find(source.repository, name, source.version)
            root, place = path.parent, path.name
        else:
            path = await self._supply.take(source.repository, name, source.version, locked=locked.chart)
            return load_chart(path, root=None, place=path.name).describe(path)
        chart = load_chart(path, root=root, place=place)
        if path.is_dir() and chart.missing_dependencies():
            return await self._complete(chart, path=path, root=root, locked=locked, is_read=source.is_read)
        return chart.describe(path)

    async def versions(self, repository: str, name: str) -> tuple[str, ...]:
        """As the port says. Raises InputError, Unavailable."""
        return await self._archives.versions(repository, name)

    async def archive_digest(self, repository: str, name: str, version: str) -> str:
        """As the port says. Raises InputError, Unavailable, Refused."""
        return await self._archives.take(repository, name, version)

    def needs(self, source: HelmSource, *, folder: Path) -> tuple[ChartNeed, ...]:
        """As the port says. Raises InputError."""
        if source.repository:
            return ()
        root, path = _inside(folder, source.chart, self._checkouts)
        return dependencies.fetched_needs(load_chart(path, root=root, place=source.chart))

    async def template(self, request: ChartRequest, *, kubernetes: str, api_versions: Sequence[str] = ()) -> Rendering:
        """As the port says; `crds` holds those of the subcharts that the values enable."""
        flags = [f"--kube-version={kubernetes}", "--include-crds", *_api_version_flags(api_versions)]
        words = (*_arguments("template", request), *flags)
        with _in_time("render the chart of", request, seconds=_RENDER_SECONDS, error=Unavailable):
            finished = await self._helm.local(*words, stdin=write_values(request.values), timeout=_RENDER_SECONDS)
        if finished.code:
            raise _masked(chart_fault(finished.error_text, chart=_chart_name(request)), request)
        text = finished.stdout.decode(errors="replace")
        templates = _TEMPLATES.search(text)
        end = templates.start() if templates else len(text)
        file = f"helm template {request.release}"
        crds = read_objects(text[:end], file=file)
        return _rendering(tuple(template_files(text[end:], file=file)), crds=crds)

    async def dry_run(self, request: ChartRequest) -> Rendering:
        """As the port says; `crds` is empty. Raises Refused where an object belongs to somebody else."""
        words = (*_arguments("upgrade", request), *_UPGRADE_FLAGS, "--take-ownership", "--dry-run=server")
        with _in_time("try", request, seconds=_CLUSTER_SECONDS, error=Unavailable):
            finished = await self._helm.on_cluster(*words, stdin=write_values(request.values), timeout=_CLUSTER_SECONDS)
        if finished.code:
            raise _as_rendering_fault(_write_fault(finished, request))
        release = read_release(_json(finished))
        return Rendering(objects=release.objects, hooks=release.hooks)

    async def crds(self, chart: ChartFiles) -> tuple[Manifest, ...]:
        """Also those of subcharts that some values would disable; `template` tells them apart."""
        path = Path(chart.path)
        tree = load_chart(path, root=None, place=chart.name)
        return tuple(
            manifest
            for file in tree.crd_files()
            for manifest in read_objects(tree.text(file), file=f"{chart.name}/{file}")
        )

    def texts(self, chart: ChartFiles) -> Mapping[str, str]:
        """As the port says. Raises InputError."""
        tree = load_chart(Path(chart.path), root=None, place=chart.name)
        found = {}
        for path, content in tree.files.items():
            with contextlib.suppress(UnicodeDecodeError):
                found[path] = content.decode("utf-8-sig")
        return found

    def defaults(self, chart: ChartFiles) -> tuple[Mapping[str, Any], ...]:
        return load_chart(Path(chart.path), root=None, place=chart.name).default_values()

    async def upgrade(
        self, request: ChartRequest, *, force_conflicts: bool = False, take_ownership: bool = False
    ) -> Release:
        """As the port says. All hooks together get *timeout_seconds*; cancelled, helm stores the revision as failed.

        Raises Refused where another operation holds the release, Unavailable where the cluster does not answer.
        """
        flags = ["--wait=hookOnly", f"--timeout={request.timeout_seconds:.0f}s"]
        flags += ["--force-conflicts"] if force_conflicts else []
        flags += ["--take-ownership"] if take_ownership else []
        seconds = request.timeout_seconds + _MARGIN_SECONDS
        words = (*_arguments("upgrade", request), *_UPGRADE_FLAGS, *flags)
        with _in_time("write", request, seconds=seconds, error=StepFailed):
            finished = await self._helm.on_cluster(*words, stdin=write_values(request.values), timeout=seconds)
        if finished.code:
            raise _write_fault(finished, request)
        return read_release(_json(finished))

    async def rollback(
        self, release: str, *, namespace: str, revision: int, timeout: float, force_conflicts: bool = False
    ) -> None:
        """As the port says. Helm names what it is about by the release only: no value and no chart goes in."""
        flags = [f"--namespace={namespace}", "--wait=hookOnly", "--server-side=true", f"--timeout={timeout:.0f}s"]
        flags += ["--force-conflicts"] if force_conflicts else []
        seconds = timeout + _MARGIN_SECONDS
        try:
            finished = await self._helm.on_cluster("rollback", release, str(revision), *flags, timeout=seconds)
        except TimedOut:
            raise StepFailed(
                f"helm did not roll release {release} back within {seconds:g} s",
                hint="see the pods of its hooks and the load of the API server, or allow it more time",
            ) from None
        if finished.code:
            raise rollback_fault(finished.error_text, release=release, revision=revision)

    async def uninstall(self, release: str, *, namespace: str, timeout: float) -> None:
        """As the port says. Helm leaves alone what carries no mark of the release (helm 4: measured)."""
        words = ("uninstall", release, f"--namespace={namespace}", "--ignore-not-found", "--wait=hookOnly")
        try:
            finished = await self._helm.on_cluster(
                *words, f"--timeout={timeout:.0f}s", timeout=timeout + _MARGIN_SECONDS
            )
        except TimedOut:
            raise StepFailed(
                f"helm did not uninstall release {release} within {timeout:.0f} s",
                hint="see the pods of its hooks and the load of the API server, or allow it more time",
            ) from None
        if finished.code:
            raise uninstall_fault(finished.error_text, release=release)

    async def test(self, release: str, *, namespace: str, timeout: float) -> None:
        """As the port says. The pods' logs are left to the caller: with `--logs` helm fails where a hook's policy
        has deleted the pod of a test that went well."""
        words = ("test", release, f"--namespace={namespace}", f"--timeout={timeout:.0f}s")
        try:
            finished = await self._helm.on_cluster(*words, timeout=timeout + _MARGIN_SECONDS)
        except TimedOut:
            raise StepFailed(
                f"the tests of release {release} did not end within {timeout:.0f} s", hint="see their pods"
            ) from None
        if finished.code:
            raise StepFailed(
                f"the tests of release {release} failed: {helm_message(finished.error_text)}",
                hint=f"see `helm status {release} -n {namespace}`, and the pods of its tests",
            )

    async def _complete(
        self, chart: ChartTree, *, path: Path, root: Path, locked: ComponentLock, is_read: bool
    ) -> ChartFiles:
        """A copy of *chart* with the dependencies that its folder lacks."""
        local = dependencies.local_dependencies(chart, folder=path, root=root)
        settled = [f"{d.repository} {d.name} {d.version} {d.digest}" for d in locked.dependencies]
        key = (chart.digest, ChartTree(written=local, place=chart.place).digest, *settled)

        async def fetch(repository: str, name: str, version: str) -> bytes:
            if is_read:
                return (await self._supply.find(repository, name, version)).read_bytes()
            found = locked.dependency(name=name, repository=repository)
            ours = found if found and found.version == version else None
            return (await self._supply.take(repository, name, version, locked=ours)).read_bytes()

        async with self._cache.slot(*key, name=str(chart.metadata.get("name", "chart"))) as copy:
            if not copy.exists():
                files = await dependencies.complete(chart, folder=path, root=root, fetch=fetch, locked=locked)
                store_tree(copy, files)
        listed = await self._helm.local("dependency", "list", str(copy), timeout=_RENDER_SECONDS)
        dependencies.check_listed(listed.stdout.decode(errors="replace"), place=chart.place)
        return load_chart(copy, root=None, place=chart.place).describe(copy)


_UPGRADE_FLAGS: Final = (
    "--install",
    "--output=json",
    "--disable-openapi-validation",
    "--skip-crds",
    "--hide-notes",
    # What helm 3 made is applied on the client's side else, where nobody's conflict is seen.
    "--server-side=true",
    # Without it, empty values would mean "those of the last revision".
    "--reset-values",
)


def _arguments(verb: str, request: ChartRequest) -> tuple[str, ...]:
    if len(request.release) > _MAX_RELEASE_NAME or not _RELEASE_NAME.fullmatch(request.release):
        raise InputError(
            f"{request.release!r} is no name of a Helm release",
            hint="use lower-case letters, digits and `-`, at most 53 in all",
        )
    return (verb, request.release, request.chart, f"--namespace={request.namespace}", "--values=-")


def _api_version_flags(api_versions: Sequence[str]) -> list[str]:
    return [
        f"--api-versions={','.join(api_versions[at : at + _API_VERSIONS_PER_FLAG])}"
        for at in range(0, len(api_versions), _API_VERSIONS_PER_FLAG)
    ]


@contextmanager
def _in_time(what: str, request: ChartRequest, *, seconds: float, error: type[FairleadError]) -> Iterator[None]:
    try:
        yield
    except TimedOut:
        # Not chained: it holds helm's output, which may quote a secret.
        raise error(
            f"helm did not {what} release {request.release} within {seconds:g} s",
            hint="see the pods of its hooks and the load of the API server, or allow it more time",
        ) from None


def _write_fault(finished: Finished, request: ChartRequest) -> FairleadError:
    return _masked(write_fault(finished.error_text, release=request.release, chart=_chart_name(request)), request)


def _masked(fault: FairleadError, request: ChartRequest) -> FairleadError:
    """Masked last: a short secret, such as a port, may look like part of what helm's messages are recognised by."""
    fault.message = mask(fault.message, secrets_in(request.values))
    fault.args = (fault.message,)
    return fault


def _as_rendering_fault(fault: FairleadError) -> FairleadError:
    """A dry-run writes nothing, so that nothing of it is a failed step."""
    return InputError(fault.message, hint=fault.hint) if isinstance(fault, StepFailed) else fault


def _chart_name(request: ChartRequest) -> str:
    return Path(request.chart).name


def _json(finished: Finished) -> Mapping[str, Any]:
    try:
        return as_map(orjson.loads(finished.stdout))
    except orjson.JSONDecodeError as err:
        raise StepFailed(
            f"helm ended well, but its answer is no JSON: {helm_message(finished.error_text)}", hint="run again"
        ) from err


def _rendering(made: Sequence[tuple[Manifest, str]], *, crds: tuple[Manifest, ...]) -> Rendering:
    return Rendering(
        objects=tuple(manifest for manifest, _ in made if not is_hook(manifest)),
        hooks=tuple(manifest for manifest, _ in made if is_hook(manifest)),
        crds=crds,
        templates=templates_by_object(made),
    )


def _inside(folder: Path, chart: str, checkouts: Sequence[str]) -> tuple[Path, Path]:
    """The project's folder, or the checkout, and the chart in it, both without links."""
    root = Path(checkout_of(chart, checkouts) or folder.resolve())
    path = (root / chart).resolve()
    if not path.is_relative_to(root):
        raise InputError(f"the chart {chart} lies outside the project", hint="copy it into the project")
    return root, path
