"""What lives in the objects that are to be removed, and what became of those."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from fairlead.formats.json_data import dig_text
from fairlead.model.neighbours import Neighbours
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.removal import Item
from fairlead.planning.desired import CRD_KEY
from fairlead.planning.prune import Surrounding
from fairlead.ports import Cluster, EnvironmentState


async def look_around(
    cluster: Cluster, items: Iterable[Item], *, wanted: Collection[ObjectRef], state: EnvironmentState
) -> Surrounding:
    """The objects of *items* as they are now, what lives in those that hold others, and who else has some."""
    live = await cluster.observe(item.ref for item in items)
    definitions = {ref: manifest for ref, manifest in live.items() if (ref.group, ref.kind) == CRD_KEY}
    namespaces = [ref.name for ref in live if (ref.group, ref.kind) == ("", "Namespace")]
    return Surrounding(
        live=live,
        instances={ref: await _instances(cluster, definition) for ref, definition in definitions.items()},
        claims={
            name: await _found(cluster, group="", kind="PersistentVolumeClaim", namespace=name) for name in namespaces
        },
        wanted=frozenset(wanted),
        neighbours=await state.neighbours() if live else Neighbours(),
    )


async def _instances(cluster: Cluster, definition: Manifest) -> frozenset[ObjectRef]:
    kind = dig_text(definition, "spec", "names", "kind")
    return await _found(cluster, group=dig_text(definition, "spec", "group"), kind=kind)


async def _found(cluster: Cluster, *, group: str, kind: str, namespace: str = "") -> frozenset[ObjectRef]:
    found = await cluster.list_metadata(group=group, kind=kind, namespace=namespace)
    return frozenset(
        ObjectRef(
            group=group,
            kind=kind,
            namespace=dig_text(item, "metadata", "namespace"),
            name=dig_text(item, "metadata", "name"),
        )
        for item in found
    )
