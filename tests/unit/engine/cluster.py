"""A cluster in memory for the tests of waiting: objects are there from a time to a time of the fake clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fairlead.formats.json_data import dig
from fairlead.model.errors import InputError
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef, ref_of
from fairlead.testing.clock import FakeClock


@dataclass(kw_only=True)
class StagedCluster:
    """*stages* holds (from second, objects that replace those of the same name); *requests* notes every LIST."""

    clock: FakeClock
    stages: list[tuple[float, Manifest]] = field(default_factory=list)
    gone: dict[ObjectRef, float] = field(default_factory=dict)
    logs: dict[str, str] = field(default_factory=dict)
    forbidden: frozenset[str] = frozenset()
    requests: list[str] = field(default_factory=list)
    answers: list[ApplyResult] = field(default_factory=list)

    def put(self, *manifests: Manifest, at: float = 0.0) -> None:
        self.stages += [(at, manifest) for manifest in manifests]

    def remove(self, manifest: Manifest, *, at: float) -> None:
        self.gone[ref_of(manifest)] = at

    def now(self) -> dict[ObjectRef, Manifest]:
        time = self.clock.monotonic()
        found = {ref_of(m): m for at, m in sorted(self.stages, key=lambda stage: stage[0]) if at <= time}
        return {ref: m for ref, m in found.items() if time < self.gone.get(ref, time + 1)}

    async def get(self, ref: ObjectRef) -> Manifest | None:
        return self.now().get(ref)

    async def observe(self, refs: Iterable[ObjectRef]) -> dict[ObjectRef, Manifest]:
        live = self.now()
        return {ref: live[ref] for ref in refs if ref in live}

    async def list_objects(
        self,
        *,
        group: str,
        kind: str,
        namespace: str = "",
        labels: Mapping[str, str] | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> list[Manifest]:
        self.requests.append(kind)
        if kind in self.forbidden:
            raise InputError(f"refused: {kind}")
        found = [m for ref, m in self.now().items() if (ref.group, ref.kind) == (group, kind)]
        found = [m for m in found if not namespace or dig(m, "metadata", "namespace") == namespace]
        return [m for m in found if _fits(m, labels or {}, fields or {})]

    async def list_metadata(self, *, group: str, kind: str, namespace: str = "", **_: Any) -> list[Manifest]:
        return [{"metadata": m["metadata"]} for m in await self.list_objects(group=group, kind=kind)]

    async def pod_logs(self, ref: ObjectRef, *, container: str = "", tail: int = 1, previous: bool = False) -> str:
        return self.logs.get(f"{ref.name}/{container}{' previous' if previous else ''}", "")

    async def apply(self, manifest: Manifest, **_: Any) -> ApplyResult:
        return self.answers.pop(0) if self.answers else ApplyResult(ref=ref_of(manifest), live=manifest)


def _fits(manifest: Manifest, labels: Mapping[str, str], fields: Mapping[str, str]) -> bool:
    own = dig(manifest, "metadata", "labels") or {}
    is_labelled = all(own.get(name) == value for name, value in labels.items())
    return is_labelled and all(dig(manifest, *path.split(".")) == value for path, value in fields.items())
