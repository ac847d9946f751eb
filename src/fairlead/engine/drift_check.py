"""Looks for drift in what the record holds: metadata of all, what moved in full, a dry-run only where ours moved.

Nothing is rendered and nothing written: what was recorded is what is wanted.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping

from fairlead.engine.compare import Answers, Comparer
from fairlead.formats.field_paths import value_at
from fairlead.formats.secret_masking import is_masked
from fairlead.formats.secret_restoring import Restored, restore_secrets
from fairlead.model.drift import Drift, DriftKind, DriftNote, FieldDrift, IgnoredField
from fairlead.model.frozen import dataclass, field, replace
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.maintenance import Maintenance
from fairlead.model.objects import Kinds, Manifest, ObjectRef, ref_of
from fairlead.model.record import Baseline, ComponentRecord
from fairlead.model.secret import SecretText
from fairlead.planning.autoscaling import ScaleTarget, hpa_targets, is_scaled_by
from fairlead.planning.by_hand import find_extra_keys, note_of_scaling
from fairlead.planning.drift import gone, is_suspect, judge_object, look_at_metadata
from fairlead.planning.drift_fields import find_field_drift, last_touch, parse_time
from fairlead.planning.ignoring import Ignores
from fairlead.planning.maintenance import as_before
from fairlead.ports import Cluster

SPARSE = 8
"""Objects of one kind and namespace are read one by one where fewer than one in so many moved."""
SPARSE_MOST = 200
"""More than so many are read by LIST in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """An object of the record: whose it is, and how it was left."""

    component: str
    ref: ObjectRef
    baseline: Baseline


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was found of one object at one resourceVersion. *used* are the entries that silenced something."""

    drift: Drift | None = None
    used: tuple[IgnoreEntry, ...] = ()
    notes: tuple[DriftNote, ...] = ()
    ignored: tuple[IgnoredField, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """*verdicts* of the objects that are not simply as they were left; *read* were read in full, *asked* dry-run."""

    objects: int
    verdicts: Mapping[ObjectRef, Verdict] = field(default_factory=dict)
    read: int = 0
    asked: int = 0

    @property
    def used(self) -> frozenset[IgnoreEntry]:
        """The entries of the ignore file that silenced something."""
        return frozenset(entry for verdict in self.verdicts.values() for entry in verdict.used)


class DriftCheck:
    """Several looks at one record. What was found of an object holds until its resourceVersion moves."""

    def __init__(self, cluster: Cluster, *, key: bytes, ignores: Ignores) -> None:
        self._cluster = cluster
        self._key = key
        self._comparer = Comparer(cluster, key=key)
        self._ignores = ignores
        self._known: dict[ObjectRef, tuple[Baseline, str, Verdict]] = {}
        self._asked = 0

    async def look(self, records: Mapping[str, ComponentRecord], maintenance: Maintenance | None = None) -> Looked:
        """What *maintenance* scaled is no drift. Raises Unavailable."""
        held = {
            ref: Held(component=name, ref=ref, baseline=baseline)
            for name, record in records.items()
            for ref, baseline in record.baselines.items()
        }
        baselines = {ref: each.baseline for ref, each in held.items()}
        metadata = await self._cluster.observe_metadata(baselines)
        # What the ignore file kept us from writing is told again, and is drift where its entry ended.
        due = {ref for ref, baseline in baselines.items() if baseline.ignored}
        first = look_at_metadata(baselines, metadata, due=due)
        known = {
            ref: found for ref in first.moved if (found := self._recall(held[ref], metadata[ref].resource_version))
        }
        unread = [ref for ref in first.moved if ref not in known]
        lives = as_before(await self._read(unread, held), maintenance)
        self._asked = 0
        judged = await self._judge([held[ref] for ref in unread], lives, _recorded(records, unread))
        lost = (*first.gone, *(ref for ref in unread if ref not in lives))
        verdicts = {**known, **judged, **await self._gone([held[ref] for ref in lost])}
        ordered = {ref: verdicts[ref] for ref in held if ref in verdicts}
        return Looked(objects=len(held), verdicts=ordered, read=len(lives), asked=self._asked)

    def _recall(self, held: Held, version: str) -> Verdict | None:
        baseline, at, verdict = self._known.get(held.ref, (None, "", None))
        return verdict if baseline == held.baseline and at == version else None

    async def _read(self, refs: Collection[ObjectRef], held: Collection[ObjectRef]) -> dict[ObjectRef, Manifest]:
        """A LIST would fetch what did not move as well: few of many are read one by one."""
        there = Counter((ref.group, ref.kind, ref.namespace) for ref in held)
        moved = Counter((ref.group, ref.kind, ref.namespace) for ref in refs)

        def is_sparse(ref: ObjectRef) -> bool:
            place = (ref.group, ref.kind, ref.namespace)
            return moved[place] * SPARSE < there[place] and moved[place] <= SPARSE_MOST

        single = [ref for ref in refs if is_sparse(ref)]
        listed = await self._cluster.observe(ref for ref in refs if not is_sparse(ref))
        lives = await asyncio.gather(*(self._cluster.get(ref) for ref in single))
        return {**listed, **{ref: live for ref, live in zip(single, lives, strict=True) if live is not None}}

    async def _gone(self, lost: Iterable[Held]) -> dict[ObjectRef, Verdict]:
        missing = list(lost)
        if not missing:
            return {}
        kinds = await self._cluster.kinds()
        return {held.ref: self._gone_verdict(held, kinds) for held in missing}

    def _gone_verdict(self, held: Held, kinds: Kinds) -> Verdict:
        entry = self._ignores.covering(held.component, held.ref, "")
        if entry is not None:
            told = IgnoredField(component=held.component, subject=str(held.ref), path="", owner="", reason=entry.reason)
            return Verdict(ignored=(told,), used=(entry,))
        return Verdict(drift=gone(held.component, held.ref, is_served=kinds.find(held.ref) is not None))

    async def _judge(
        self, moved: Collection[Held], lives: Mapping[ObjectRef, Manifest], recorded: Mapping[ObjectRef, Manifest]
    ) -> dict[ObjectRef, Verdict]:
        there = [held for held in moved if held.ref in lives]
        scaled = hpa_targets(await self._autoscalers()) if there else frozenset()
        found = await asyncio.gather(
            *(self._judge_one(held, lives[held.ref], recorded.get(held.ref), scaled) for held in there)
        )
        for held, verdict in zip(there, found, strict=True):
            version = lives[held.ref]["metadata"]["resourceVersion"]
            self._known[held.ref] = (held.baseline, version, verdict)
        return {held.ref: verdict for held, verdict in zip(there, found, strict=True)}

    async def _autoscalers(self) -> list[Manifest]:
        return await self._cluster.list_objects(group="autoscaling", kind="HorizontalPodAutoscaler")

    async def _judge_one(
        self, held: Held, live: Manifest, recorded: Manifest | None, scaled: frozenset[ScaleTarget]
    ) -> Verdict:
        fields: tuple[FieldDrift, ...] = ()
        if recorded is not None and is_suspect(live, held.baseline, recorded, key=self._key):
            fields, live = await self._ask(held, live, recorded)
        if recorded is not None:
            fields += find_extra_keys(held.ref, live, recorded)
        is_scaled = is_scaled_by(scaled, live)
        if is_scaled:
            fields = tuple(each for each in fields if each.path != ".spec.replicas")
        found = [(each, self._ignores.covering(held.component, held.ref, each.path)) for each in fields]
        ignored = tuple(_ignored(held, each, entry) for each, entry in found if entry is not None)
        silenced = {told.path for told in ignored}
        drift = judge_object(
            held.component,
            held.ref,
            live=live,
            baseline=held.baseline,
            fields=(each for each in fields if each.path not in silenced),
        )
        note = None
        if recorded is not None and not is_scaled:
            note = note_of_scaling(held.component, held.ref, live, recorded, manager=held.baseline.manager)
        used = tuple(dict.fromkeys(entry for _, entry in found if entry is not None))
        return Verdict(drift=drift, notes=(note,) if note else (), ignored=ignored, used=used)

    async def _ask(self, held: Held, live: Manifest, recorded: Manifest) -> tuple[tuple[FieldDrift, ...], Manifest]:
        """The fields that a write of what was recorded would change, and the object as it was then."""
        self._asked += 1
        manager = held.baseline.manager
        is_hidden = is_masked(recorded)
        restored = restore_secrets(recorded, live, key=self._key) if is_hidden else Restored(manifest=recorded)
        said = await self._comparer.ask(held.ref, restored.manifest, live=live, manager=manager)
        live = said.live or live
        fields = _fields_of(said, live, restored.manifest, manager)
        return tuple(_hidden(each, restored) for each in fields) if is_hidden else fields, live


def _ignored(held: Held, each: FieldDrift, entry: IgnoreEntry) -> IgnoredField:
    return IgnoredField(
        component=held.component, subject=str(held.ref), path=each.path, owner=each.owner, reason=entry.reason
    )


def _fields_of(said: Answers, live: Manifest, wanted: Manifest, manager: str) -> tuple[FieldDrift, ...]:
    after = said.forced.live if said.forced is not None else said.answer.live
    if after is not None:
        return find_field_drift(live, after, manager=manager)
    # The API server would not even try: what it says of the owners is all there is.
    return tuple(
        _conflicting(live, wanted, path=conflict.path, manager=manager) for conflict in said.answer.conflicts
    ) or (FieldDrift(path="", kind=DriftKind.CHANGED, found=said.answer.message),)


def _conflicting(live: Manifest, wanted: Manifest, *, path: str, manager: str) -> FieldDrift:
    owner = last_touch(live, path, manager)
    return FieldDrift(
        path=path,
        kind=DriftKind.CHANGED,
        wanted=value_at(wanted, path),
        found=value_at(live, path),
        owner=owner.manager if owner else "",
        since=parse_time(owner.time) if owner else None,
    )


def _hidden(each: FieldDrift, restored: Restored) -> FieldDrift:
    """*each* as it may be shown: what is or may be a secret is masked on both sides."""
    is_unknown = restored.touches_unknown(each.path)
    if not is_unknown and not restored.holds_secret(each.wanted) and not restored.holds_secret(each.found):
        return each
    return replace(each, wanted=SecretText("wanted"), found=SecretText("found"))


def _recorded(records: Mapping[str, ComponentRecord], refs: Collection[ObjectRef]) -> dict[ObjectRef, Manifest]:
    """The recorded objects among *refs*."""
    wanted = set(refs)
    if not wanted:
        return {}
    return {
        ref: manifest
        for record in records.values()
        for manifest in record.objects
        if (ref := ref_of(manifest)) in wanted
    }
