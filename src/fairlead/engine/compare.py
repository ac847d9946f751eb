"""Asks the cluster what a write would change: read the live objects, dry-run each wanted one, judge the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change
from fairlead.model.finding import Finding
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.planning.changes import is_invalid, judge, precondition_of
from fairlead.ports import Cluster

IMMUTABLE_HINT = "give the object another name, or delete it and deploy again; nothing was written"
LOOKS = 4
"""Looks at one object that somebody writes to all the time; the last one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """*wanted* is what would be applied (secrets in clear: it stays in memory), *live* what is there."""

    ref: ObjectRef
    wanted: Manifest
    live: Manifest | None
    change: Change
    precondition: str
    fault: str = ""

    def finding(self, component: str) -> Finding:
        is_fixed = "field is immutable" in self.fault or "updates to statefulset spec" in self.fault
        return Finding(
            rule="api-server",
            message=f"the API server refuses it: {self.fault}",
            hint=IMMUTABLE_HINT if is_fixed else "correct the object; nothing was written",
            ref=self.ref,
            component=component,
        )


class Comparer:
    """*key* is the environment's HMAC key for secret values."""

    def __init__(self, cluster: Cluster, *, key: bytes) -> None:
        self._cluster = cluster
        self._key = key

    async def compare(self, wanted: Mapping[ObjectRef, Manifest], *, manager: str) -> tuple[Comparison, ...]:
        """One comparison per wanted object, in its order."""
        live = await self._cluster.observe(wanted)
        kinds = await self._cluster.kinds()
        missing = await self._missing_namespaces(wanted)
        return tuple(
            await asyncio.gather(
                *(
                    self._compare_one(
                        ref,
                        manifest,
                        live=live.get(ref),
                        manager=manager,
                        is_possible=kinds.serves(ref) and ref.namespace not in missing,
                    )
                    for ref, manifest in wanted.items()
                )
            )
        )

    async def _missing_namespaces(self, refs: Iterable[ObjectRef]) -> frozenset[str]:
        names = {ref.namespace for ref in refs if ref.namespace}
        found = await self._cluster.observe_metadata(ObjectRef(kind="Namespace", name=name) for name in names)
        return frozenset(names - {ref.name for ref in found})

    async def _compare_one(
        self, ref: ObjectRef, wanted: Manifest, *, live: Manifest | None, manager: str, is_possible: bool
    ) -> Comparison:
        for _ in range(LOOKS):
            answer, forced = await self._ask(ref, wanted, live=live, manager=manager, is_possible=is_possible)
            if not _has_moved(live, forced or answer):
                break
            live = await self._cluster.get(ref)
        return Comparison(
            ref=ref,
            wanted=wanted,
            live=live,
            change=judge(ref, live=live, answer=answer, forced=forced, manager=manager),
            precondition=precondition_of(live, manager, key=self._key),
            fault=answer.message if is_invalid(answer) else "",
        )

    async def _ask(
        self, ref: ObjectRef, wanted: Manifest, *, live: Manifest | None, manager: str, is_possible: bool
    ) -> tuple[ApplyResult, ApplyResult | None]:
        if not is_possible:
            return ApplyResult(ref=ref, status=404, message="its namespace or kind is not there yet"), None
        answer = await self._cluster.apply(wanted, manager=manager, dry_run=True)
        if live is None or not answer.conflicts:
            return answer, None
        return answer, await self._cluster.apply(wanted, manager=manager, dry_run=True, force=True)


def _has_moved(live: Manifest | None, answer: ApplyResult) -> bool:
    """Whether somebody wrote between our look and the dry-run, which answers with the version that it was based on.

    Controllers annotate what was just made: their writes would show as changes of ours.
    """
    if live is None or answer.live is None:
        return False
    return dig_text(answer.live, "metadata", "resourceVersion") != dig_text(live, "metadata", "resourceVersion")
