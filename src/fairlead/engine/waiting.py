"""Waits until objects are as they should be (kstatus rules), and says what it waits for and why it gave up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fairlead.formats.json_data import dig, dig_map, dig_text, maps_in
from fairlead.model.errors import StepFailed
from fairlead.model.health import Health, HealthStatus
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.health import assess
from fairlead.planning.health_pods import explain_pod
from fairlead.ports import Clock, Cluster

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiter:
    """*simulated*: nobody answers behind a Service, so the availability of an APIService is not waited for."""

    cluster: Cluster
    clock: Clock
    simulated: bool

    def assess(self, live: Manifest) -> Health:
        """The health of *live*. On simulated nodes nobody gives a LoadBalancer its address."""
        return assess(live, load_balancers=not self.simulated)

    async def wait(self, refs: Iterable[ObjectRef], *, timeout: float, tell: Callable[[str], None]) -> None:
        """Raises StepFailed when an object failed for good, at once, or when *timeout* seconds are over."""
        pending = [ref for ref in refs if not (self.simulated and ref.kind == "APIService")]
        deadline = self.clock.monotonic() + timeout
        pause, told = FIRST_PAUSE_SECONDS, ""
        while pending:
            found = await self._look(pending)
            for ref, health in found.items():
                if health.status is HealthStatus.FAILED:
                    raise StepFailed(
                        f"{ref} failed: {await self._explain(ref, health)}", hint=f"see `{_describe(ref)}`"
                    )
            pending = list(found)
            if not pending:
                return
            if self.clock.monotonic() >= deadline:
                raise await self._too_late(found, timeout)
            if (text := _say(found)) != told:
                tell(text)
                told, pause = text, FIRST_PAUSE_SECONDS
            await self.clock.sleep(min(pause, max(0.0, deadline - self.clock.monotonic())))
            pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)

    async def wait_for_endpoints(
        self, services: Iterable[ObjectRef], *, timeout: float, tell: Callable[[str], None]
    ) -> None:
        """Until each Service has a ready endpoint: a webhook that is called before refuses every write."""
        pending = list(dict.fromkeys(services))
        deadline = self.clock.monotonic() + timeout
        while pending:
            pending = [service for service in pending if not await self._has_endpoint(service)]
            if not pending:
                return
            tell(f"waiting for an endpoint of {pending[0]}")
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

    async def _look(self, pending: list[ObjectRef]) -> dict[ObjectRef, Health]:
        """The health of each object that is not yet as it should be."""
        live = await self.cluster.observe(pending)
        found = {ref: self.assess(live[ref]) if ref in live else _GONE for ref in pending}
        return {ref: health for ref, health in found.items() if health.status is not HealthStatus.CURRENT}

    async def _too_late(self, found: Mapping[ObjectRef, Health], timeout: float) -> StepFailed:
        ref, health = next(iter(found.items()))
        more = f" ({len(found) - 1} more are not ready either)" if len(found) > 1 else ""
        return StepFailed(
            f"{ref} is not ready after {timeout:.0f} s: {await self._explain(ref, health)}{more}",
            hint=f"see `{_describe(ref)}`; where it only needs more time, raise --timeout or the component's timeout",
        )

    async def _explain(self, ref: ObjectRef, health: Health) -> str:
        """Condition or reason, the worst pod, the last event, the last log line: what is known of them."""
        said = [health.message or health.reason]
        live = await self.cluster.get(ref)
        pod = await self._worst_pod(live) if live else None
        if pod is not None:
            said.append(f"pod {pod['metadata']['name']}: {explain_pod(pod)}")
        subject = pod or live
        if subject is not None:
            said.append(await self._last_event(subject, said="; ".join(said)))
        if pod is not None and not self.simulated:
            said.append(await self._last_log_line(pod))
        return "; ".join(part for part in dict.fromkeys(said) if part)

    async def _worst_pod(self, live: Manifest) -> Manifest | None:
        selector = dig_map(live, "spec", "selector", "matchLabels")
        if live.get("kind") == "Pod":
            return live
        if not selector:
            return None
        pods = await self.cluster.list_objects(
            group="", kind="Pod", namespace=live["metadata"].get("namespace", ""), labels=dict(selector)
        )
        return next((pod for pod in pods if self.assess(pod).status is not HealthStatus.CURRENT), None)

    async def _last_event(self, live: Manifest, *, said: str) -> str:
        """Its reason and message; the message only where *said* does not hold it."""
        events = await self.cluster.list_objects(
            group="",
            kind="Event",
            namespace=live["metadata"].get("namespace", ""),
            fields={"involvedObject.name": live["metadata"]["name"]},
        )
        if not events:
            return ""
        last = max(events, key=_event_time)
        message = dig_text(last, "message")
        return f"last event {dig_text(last, 'reason')}{'' if message in said else f': {message}'}"

    async def _last_log_line(self, pod: Manifest) -> str:
        ref = ObjectRef(kind="Pod", namespace=pod["metadata"].get("namespace", ""), name=pod["metadata"]["name"])
        line = (await self.cluster.pod_logs(ref, tail=1)).strip()
        return f"last log line: {line}" if line else ""


_GONE = Health(status=HealthStatus.IN_PROGRESS, reason="NotFound", message="it is not there")


def _describe(ref: ObjectRef) -> str:
    namespace = f" -n {ref.namespace}" if ref.namespace else ""
    return f"kubectl describe {ref.kind.lower()} {ref.name}{namespace}"


def _say(found: Mapping[ObjectRef, Health]) -> str:
    ref, health = next(iter(found.items()))
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"waiting for {ref}{more}: {health.message or health.reason}"


def _event_time(event: Mapping[str, Any]) -> str:
    names = ("lastTimestamp", "eventTime", "firstTimestamp")
    return next((event[name] for name in names if event.get(name)), "")
