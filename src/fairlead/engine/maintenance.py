"""Closes an environment for maintenance and opens it again: scales workloads, announces it, and takes both back.

What is scaled is written into the record before it is scaled, so that whoever opens the environment after a crash
knows what to scale back to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from fairlead.engine.changing import Swapper
from fairlead.engine.refusal import refused
from fairlead.formats.field_ownership import give_back, owners_to_remember
from fairlead.model.frozen import dataclass
from fairlead.model.maintenance import MANAGER, Maintenance, MaintenanceSettings, Scaled
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.record import ComponentRecord
from fairlead.planning.maintenance import (
    CONFIG_MAP,
    annotated_namespace,
    config_map,
    refuse_autoscaled,
    replicas_of,
    wanted_replicas,
    with_replicas,
)
from fairlead.ports import Cluster

_REPLICAS: Final = ".spec.replicas"
_REPLICAS_KEYS: Final = ("f:spec", "f:replicas")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caretaker:
    """*fence* raises where another run may hold the lock by now; it stands before each write."""

    cluster: Cluster
    environment: str
    fence: Callable[[], None]
    tell: Callable[[str], None]

    async def find(self, settings: MaintenanceSettings, records: dict[str, ComponentRecord]) -> tuple[Scaled, ...]:
        """What is to be scaled, and how it is now. Raises InputError for what an autoscaler would scale back."""
        wanted = wanted_replicas(settings, records)
        autoscalers = await self.cluster.list_objects(group="autoscaling", kind="HorizontalPodAutoscaler")
        refuse_autoscaled(wanted, autoscalers)
        live = await self.cluster.observe(wanted)
        for ref in wanted.keys() - live.keys():
            self.tell(f"{ref} is not there: nothing to scale")
        return tuple(
            Scaled(
                ref=ref,
                before=replicas_of(found),
                during=wanted[ref],
                owners=owners_to_remember(found, _REPLICAS, but=MANAGER),
            )
            for ref, found in live.items()
            if replicas_of(found) != wanted[ref]
        )

    async def announced_in(self, settings: MaintenanceSettings) -> tuple[str, ...]:
        """Of the namespaces that are to say so, those that are there."""
        refs = [ObjectRef(kind="Namespace", name=name) for name in settings.announce]
        return tuple(sorted(ref.name for ref in await self.cluster.observe_metadata(refs)))

    async def announce(self, maintenance: Maintenance) -> None:
        for namespace in maintenance.announced:
            await self._apply(config_map(maintenance, environment=self.environment, namespace=namespace))
            await self._apply(annotated_namespace(namespace, str(maintenance)))

    async def withdraw(self, maintenance: Maintenance) -> None:
        """Take the announcement back."""
        there = [ObjectRef(kind="Namespace", name=name) for name in maintenance.announced]
        for ref in await self.cluster.observe_metadata(there):
            self.fence()
            await self.cluster.delete(ObjectRef(kind="ConfigMap", namespace=ref.name, name=CONFIG_MAP))
            await self._apply(annotated_namespace(ref.name, ""))

    async def scale(self, maintenance: Maintenance) -> dict[ObjectRef, Manifest]:
        """Scale to what holds meanwhile; the live object of each."""
        return await self._scale_all((each, each.during) for each in maintenance.scaled)

    async def scale_back(self, maintenance: Maintenance) -> dict[ObjectRef, Manifest]:
        """Scale what still has its passing number back; what a step of the run wrote, or somebody scaled, stays."""
        live = await self.cluster.observe(each.ref for each in maintenance.scaled)
        still = [s for s in maintenance.scaled if s.ref in live and replicas_of(live[s.ref]) == s.during]
        return await self._scale_all((each, each.before) for each in still)

    async def _scale_all(self, wanted: Iterable[tuple[Scaled, int]]) -> dict[ObjectRef, Manifest]:
        found: dict[ObjectRef, Manifest] = {}
        for scaled, replicas in wanted:
            live = await self._scale_one(scaled, replicas)
            if live is not None:
                self.tell(f"{scaled.ref} scaled to {replicas}")
                found[scaled.ref] = live
        return found

    async def _scale_one(self, scaled: Scaled, replicas: int) -> Manifest | None:
        """None where it is gone. The number belongs to its owners again afterwards: nobody's next write conflicts."""
        swapper = Swapper(cluster=self.cluster, fence=self.fence, purpose="be scaled", manager=MANAGER)
        scaled_to = await swapper.replace(scaled.ref, lambda live: with_replicas(live, replicas))
        if scaled_to is None:
            return None
        return await swapper.hand_over(scaled.ref, lambda live: _given_back(live, scaled))

    async def _apply(self, manifest: Manifest) -> None:
        self.fence()
        result = await self.cluster.apply(manifest, manager=MANAGER, force=True)
        if result.live is None:
            raise refused(result.ref, result.message)


def _given_back(live: Manifest, scaled: Scaled) -> Manifest:
    entries = give_back(live, _REPLICAS_KEYS, taker=MANAGER, owners=scaled.owners)
    return {**live, "metadata": {**live["metadata"], "managedFields": entries}}
