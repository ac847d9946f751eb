"""Waits until objects are as they should be (kstatus rules), or until they can never be or the time is over."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fairlead.engine.places import Places
from fairlead.engine.surroundings import Surroundings
from fairlead.engine.watching import Watch
from fairlead.formats.json_data import dig, maps_in
from fairlead.model.errors import InputError, StepFailed
from fairlead.model.frozen import dataclass
from fairlead.model.health import Health
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.health import assess
from fairlead.ports import Clock, Cluster

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """*simulated*: nobody answers behind a Service, so the availability of an APIService is not waited for.
    *gives_addresses*: a LoadBalancer Service is waited for until it has one. Who waits gives its place among *places*
    to another step."""

    cluster: Cluster
    clock: Clock
    places: Places
    simulated: bool
    gives_addresses: bool = True

    def assess(self, live: Manifest) -> Health:
        """The health of *live*. In some clusters nobody gives a LoadBalancer its address."""
        return assess(live, load_balancers=self.gives_addresses and not self.simulated)

    def is_settled(self, live: Manifest) -> bool:
        """Whether *live* is as it should be, so that there is nothing to wait for."""
        return self._is_exempt(live.get("kind")) or self.assess(live).is_current

    def _is_exempt(self, kind: str | None) -> bool:
        return self.simulated and kind == "APIService"

    async def watch(self, refs: Iterable[ObjectRef], *, secrets: frozenset[str] = frozenset()) -> Watch:
        """For a step that is about to write *refs*: what their pods said before says nothing of what it writes.

        *secrets* are the texts that no line may show: a program may have printed them."""
        try:
            before = await Surroundings(cluster=self.cluster).pod_uids(refs)
        except InputError:  # who may not list pods may still deploy
            before = frozenset()
        return Watch(
            cluster=self.cluster,
            clock=self.clock,
            assess=self.assess,
            simulated=self.simulated,
            secrets=secrets,
            before=before,
        )

    async def wait(
        self,
        refs: Iterable[ObjectRef],
        *,
        timeout: float,
        tell: Callable[[str], None],
        watch: Watch | None = None,
    ) -> None:
        """Raises StepFailed when an object cannot recover (the table in planning/unrecoverable.py), or when *timeout*
        seconds are over. *watch* is from before the write."""
        refs = tuple(refs)
        watch = watch or await self.watch(refs)
        async with self.places.left():
            await self._wait(refs, watch, timeout=timeout, tell=tell)

    async def _wait(
        self, refs: Iterable[ObjectRef], watch: Watch, *, timeout: float, tell: Callable[[str], None]
    ) -> None:
        pending = [ref for ref in refs if not self._is_exempt(ref.kind)]
        deadline = self.clock.monotonic() + timeout
        pause, told = FIRST_PAUSE_SECONDS, ""
        while pending:
            missing = await watch.look(pending)
            pending = list(missing)
            if not pending:
                return
            if self.clock.monotonic() >= deadline:
                raise await watch.too_late(missing, timeout=timeout)
            if (text := watch.progress(missing)) != told:
                tell(text)
                told = text
            await self.clock.sleep(min(pause, max(0.0, deadline - self.clock.monotonic())))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def wait_for_endpoints(
        self, services: Iterable[ObjectRef], *, timeout: float, tell: Callable[[str], None]
    ) -> None:
        """Until each Service has a ready endpoint: a webhook that is called before refuses every write."""
        pending = list(dict.fromkeys(services))
        if not pending:
            return
        async with self.places.left():
            await self._wait_for_endpoints(pending, timeout=timeout, tell=tell)

    async def _wait_for_endpoints(
        self, pending: list[ObjectRef], *, timeout: float, tell: Callable[[str], None]
    ) -> None:
        deadline = self.clock.monotonic() + timeout
        told = ""
        while pending := [service for service in pending if not await self._has_endpoint(service)]:
            if (text := f"waiting for an endpoint of {pending[0]}") != told:
                tell(text)
                told = text
            if self.clock.monotonic() >= deadline:
                raise StepFailed(
                    f"{pending[0]} has no ready endpoint after {timeout:.0f} s",
                    hint="the webhook or API service that it serves would refuse every request",
                )
            await self.clock.sleep(0.5)

    async def _has_endpoint(self, service: ObjectRef) -> bool:
        slices = await self.cluster.list_objects(
            group="discovery.k8s.io",
            kind="EndpointSlice",
            namespace=service.namespace,
            labels={"kubernetes.io/service-name": service.name},
        )
        endpoints = (endpoint for found in slices for endpoint in maps_in(found.get("endpoints")))
        return any(dig(endpoint, "conditions", "ready") is not False for endpoint in endpoints)
