"""A cluster that kind, k3d or minikube keeps: which of their command lines is run when, and what is written down."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable
from pathlib import Path

from fairlead.adapters.clusters.embedded.control_plane import KUBECONFIG
from fairlead.adapters.clusters.embedded.crew import free_port
from fairlead.adapters.clusters.embedded.pki import write_private
from fairlead.adapters.clusters.folder import claim, exclusive, names_of, refuse_foreign, remove
from fairlead.adapters.clusters.made import MadeCluster, read_made, write_made
from fairlead.adapters.clusters.product import Command, Order, Product, Survey, cluster_name
from fairlead.adapters.clusters.programs import Programs
from fairlead.adapters.kube.context import read_connection
from fairlead.model.errors import InputError, Refused, Unavailable
from fairlead.model.local_cluster import ClusterState, LocalCluster
from fairlead.ports import Clock

_LOCK_PATIENCE = 1800.0
"""Seconds: a first start downloads node images."""


def _is_file(path: Path) -> bool:
    return path.is_file()


class ContainerCluster:
    """One cluster of *product*, known by *folder* (see `cluster_folder`), where its record and kubeconfig are kept."""

    def __init__(
        self,
        folder: Path,
        *,
        product: Product,
        programs: Programs,
        clock: Clock,
        progress: Callable[[str], None],
        nodes: int,
        kubernetes: str,
        engine: str = "",
    ) -> None:
        self._folder = folder.absolute()
        self._product = product
        self._programs = programs
        self._clock = clock
        self._progress = progress
        self._nodes = nodes
        self._kubernetes = kubernetes
        self._engine = engine

    @property
    def kubeconfig(self) -> Path:
        return self._folder / KUBECONFIG

    async def up(self) -> LocalCluster:
        wanted = self._wanted()
        self._product.check(self._order(wanted))
        async with self._locked():
            claim(self._folder)
            recorded = self._accept(read_made(self._folder))
            made = recorded or wanted
            survey = await self._survey(made)
            if recorded is None and survey.state is not ClusterState.ABSENT:
                raise Refused(
                    f"there is a cluster {made.name} already that was not made from here",
                    hint=f"run it again: it gets another name; or remove that one with {made.driver.value}",
                )
            if not (survey.state is ClusterState.RUNNING and self.kubeconfig.exists() and made.since):
                await self._bring_up(made, survey)
        return await self.status()

    async def down(self) -> None:
        if not self._folder.exists():
            return
        async with self._locked():
            refuse_foreign(self._folder)
            made = read_made(self._folder)
            if made is not None:
                await self._delete(made)
            remove(self._folder)

    async def status(self) -> LocalCluster:
        """As its container engine tells; one whose engine or program does not answer counts as stopped, with a note."""
        made = read_made(self._folder)
        if made is None:
            return self._describe(None, Survey(state=ClusterState.ABSENT))
        try:
            survey = await self._survey(made)
        except Unavailable as err:
            return self._describe(made, Survey(state=ClusterState.STOPPED), notes=(str(err),))
        if survey.state is ClusterState.ABSENT:
            # Half made, or removed behind our back.
            survey = Survey(state=ClusterState.STOPPED)
            note = f"{made.driver.value} knows no cluster {made.name}: `up` makes it anew, `down` forgets it"
            return self._describe(made, survey, notes=(note,))
        if made.since is None:
            survey = dataclasses.replace(survey, state=ClusterState.BROKEN)
        return self._describe(made, survey)

    async def load(self, archive: Path, *, reference: str) -> None:
        if not _is_file(archive):
            raise InputError(f"there is no image archive {archive}", hint="name a tar file")
        made, _ = await self._running()
        self._progress(f"loading {reference} into {made.name}")
        await self._programs.run(self._product.load(self._order(made), archive))

    async def pull(self, reference: str) -> None:
        made, survey = await self._running()
        self._progress(f"pulling {reference} on {made.name}")
        for command in self._product.pull(self._order(made), reference, survey.nodes):
            await self._programs.run(command)

    # --- making and starting ---------------------------------------------------------------------

    async def _bring_up(self, made: MadeCluster, survey: Survey) -> None:
        write_made(self._folder, dataclasses.replace(made, since=None))
        order = self._order(made)
        if survey.state is ClusterState.ABSENT:
            await self._create(made)
        elif survey.state is not ClusterState.RUNNING:
            self._progress(f"starting {made.name} with {made.driver.value}")
            await self._programs.run(self._product.start(order, survey.nodes), is_told=True)
        if command := self._product.kubeconfig(order):
            write_private(self.kubeconfig, await self._programs.run(command))
        if not self.kubeconfig.exists():
            raise Unavailable(
                f"{made.driver.value} made {made.name}, but wrote no kubeconfig",
                hint="run `fairlead local down`, then `fairlead local up`",
            )
        self.kubeconfig.chmod(0o600)
        write_made(self._folder, dataclasses.replace(made, since=self._clock.now()))

    async def _create(self, made: MadeCluster) -> None:
        self._progress(f"making {made.name} with {made.driver.value}: the first time it downloads its node image")
        try:
            await self._programs.run(self._product.create(self._order(made)), is_told=True)
        except BaseException:
            # Also Ctrl-C: half a cluster is of no use, and would be in the way of the next one.
            with contextlib.suppress(Unavailable):
                await self._programs.run(self._product.delete(self._order(made)))
            raise

    async def _delete(self, made: MadeCluster) -> None:
        survey = await self._survey(made)
        if survey.state is not ClusterState.ABSENT:
            self._progress(f"removing {made.name} with {made.driver.value}")
            await self._programs.run(self._product.delete(self._order(made)))
            # k3d ends with 0 also where it removed nothing.
            survey = await self._survey(made)
        if survey.state is not ClusterState.ABSENT:
            raise Unavailable(
                f"{made.driver.value} says it removed {made.name}, but it is there still",
                hint=f"remove it with {made.driver.value} by hand, then run `fairlead local down` again",
            )

    def _accept(self, made: MadeCluster | None) -> MadeCluster | None:
        if made is None:
            return None
        asked, there = (self._kubernetes, self._nodes), (made.kubernetes, made.nodes)
        if asked != there:
            raise InputError(
                f"the cluster {made.name} was made with Kubernetes {there[0]} and {there[1]}"
                f" {'node' if there[1] == 1 else 'nodes'}, not {asked[0]} and {asked[1]}",
                hint="remove it with `fairlead local down`, then start it again",
            )
        return made

    # --- looking ---------------------------------------------------------------------------------

    async def _survey(self, made: MadeCluster) -> Survey:
        command = self._product.survey(self._order(made))
        return self._read(command, await self._programs.run(command), made)

    def _read(self, command: Command, stdout: bytes, made: MadeCluster) -> Survey:
        try:
            return self._product.read_survey(stdout, self._order(made))
        except (ValueError, KeyError, TypeError, AttributeError) as err:
            raise Unavailable(
                f"the answer of {command.program} {' '.join(command.arguments[:2])} cannot be read: {err}",
                hint=f"is this {command.program} of another version? see `fairlead tools list`",
            ) from err

    async def _running(self) -> tuple[MadeCluster, Survey]:
        made = read_made(self._folder)
        survey = await self._survey(made) if made else None
        if made is None or survey is None or survey.state is not ClusterState.RUNNING:
            raise Unavailable("the local cluster is not running", hint="start it with `fairlead local up`")
        return made, survey

    def _wanted(self) -> MadeCluster:
        if self._nodes < 1:
            raise InputError(f"a cluster cannot have {self._nodes} nodes", hint="ask for one or more")
        project, environment = names_of(self._folder)
        return MadeCluster(
            driver=self._product.driver,
            name=cluster_name(project, environment),
            kubernetes=self._kubernetes,
            nodes=self._nodes,
            web_port=free_port(),
            engine=self._engine,
        )

    def _order(self, made: MadeCluster) -> Order:
        return Order(
            name=made.name,
            kubernetes=made.kubernetes,
            nodes=made.nodes,
            web_port=made.web_port,
            kubeconfig=self.kubeconfig,
        )

    def _locked(self) -> contextlib.AbstractAsyncContextManager[None]:
        return exclusive(self._folder, clock=self._clock, progress=self._progress, patience=_LOCK_PATIENCE)

    def _describe(self, made: MadeCluster | None, survey: Survey, *, notes: tuple[str, ...] = ()) -> LocalCluster:
        project, environment = names_of(self._folder)
        return LocalCluster(
            state=survey.state,
            project=project,
            environment=environment,
            driver=self._product.driver,
            name=made.name if made else "",
            folder=str(self._folder),
            kubeconfig=str(self.kubeconfig),
            audit_log="",
            api_url=self._api_url(),
            web_url=f"http://127.0.0.1:{made.web_port}" if made else "",
            kubernetes=made.kubernetes if made else "",
            nodes=made.nodes if made else 0,
            nodes_are_simulated=False,
            since=made.since if made else None,
            notes=notes,
        )

    def _api_url(self) -> str:
        try:
            return read_connection(path=self.kubeconfig, environ={}, home=self._folder).server
        except (InputError, Unavailable):
            return ""
