"""Asks the cluster what a write would change: read the live objects, dry-run each wanted one, judge the answers."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Collection, Iterable, Mapping

from fairlead.formats.json_data import dig_text
from fairlead.model.change import Change, ChangeAction
from fairlead.model.finding import Finding
from fairlead.model.frozen import dataclass
from fairlead.model.ignore import IgnoreEntry
from fairlead.model.objects import ApplyResult, Manifest, ObjectRef
from fairlead.planning.adoption import Adoption, find_adoption, whose_files
from fairlead.planning.autoscaling import keep_replicas, owns_replicas
from fairlead.planning.changes import is_invalid, judge, precondition_of
from fairlead.planning.drift_fields import lost_fields
from fairlead.planning.ignoring import NO_IGNORES, Ignores
from fairlead.planning.immutability import immutable_hint, judge_replace, says_immutable
from fairlead.planning.left_out import WHOLE, leave_out, loses
from fairlead.planning.moves import Move
from fairlead.planning.transfer import is_same, judge_move, speaks_as
from fairlead.ports import Cluster

LOOKS = 4
"""Looks at one object that somebody writes to all the time; the last one counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """*wanted* is what would be applied (secrets in clear: it stays in memory), *live* what is there. *adoption* says
    whose fields come over to us before it is written; *move* who has it until now, where it comes from another
    component. *is_scaled*: an autoscaler sets its replicas. *lost* are fields that are as wanted, and not ours any
    more."""

    ref: ObjectRef
    wanted: Manifest
    live: Manifest | None
    change: Change
    precondition: str
    fault: str = ""
    adoption: Adoption | None = None
    move: Move | None = None
    ignored: tuple[str, ...] = ()
    is_scaled: bool = False
    lost: tuple[str, ...] = ()

    def finding(self, component: str) -> Finding:
        hint = "correct the object; nothing was written"
        if says_immutable(self.fault):
            hint = immutable_hint(self.ref, live=self.live, wanted=self.wanted)
        return Finding(
            rule="api-server",
            message=f"the API server refuses it: {self.fault}",
            hint=hint,
            ref=self.ref,
            component=component,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """What the API server says of one object: as it is, what a write would make of it, and the same *forced*, where
    other managers hold fields. It was asked as *speaker*."""

    live: Manifest | None
    answer: ApplyResult
    forced: ApplyResult | None = None
    speaker: str = ""


class Comparer:
    """*key* is the environment's HMAC key for secret values. What *ignores* covers is neither compared nor
    written; but for Helm, which writes a release as a whole."""

    def __init__(self, cluster: Cluster, *, key: bytes, ignores: Ignores = NO_IGNORES) -> None:
        self._cluster = cluster
        self._key = key
        self.ignores = ignores

    async def compare(
        self,
        wanted: Mapping[ObjectRef, Manifest],
        *,
        manager: str,
        moves: Mapping[ObjectRef, Move] | None = None,
        may_replace: bool = False,
        scaled: Collection[ObjectRef] = (),
    ) -> tuple[Comparison, ...]:
        """One comparison per wanted object, in its order. *moves* are those that come from other components.
        *may_replace*: where a change is not possible, the object may be deleted and made again. *scaled* are those
        whose replicas an autoscaler sets."""
        kinds = await self._cluster.kinds()
        missing = await self._missing_namespaces(wanted)
        live = await self._cluster.observe(ref for ref in wanted if ref.namespace not in missing)
        return tuple(
            await asyncio.gather(
                *(
                    self._compare_one(
                        ref,
                        manifest,
                        live=live.get(ref),
                        manager=manager,
                        move=(moves or {}).get(ref),
                        may_replace=may_replace,
                        is_scaled=ref in scaled,
                        is_possible=kinds.serves(ref) and ref.namespace not in missing,
                    )
                    for ref, manifest in wanted.items()
                )
            )
        )

    def taken(self, comparison: Comparison, live: Manifest, *, manager: str) -> Comparison:
        """*comparison* once what the adoption moves is ours in *live*: nothing but the ownership has changed."""
        precondition = precondition_of(live, manager, key=self._key)
        return dataclasses.replace(comparison, live=live, adoption=None, precondition=precondition)

    async def _missing_namespaces(self, refs: Iterable[ObjectRef]) -> frozenset[str]:
        names = {ref.namespace for ref in refs if ref.namespace}
        found = await self._cluster.observe_metadata(ObjectRef(kind="Namespace", name=name) for name in names)
        return frozenset(names - {ref.name for ref in found})

    async def _compare_one(
        self,
        ref: ObjectRef,
        wanted: Manifest,
        *,
        live: Manifest | None,
        manager: str,
        move: Move | None,
        may_replace: bool,
        is_scaled: bool,
        is_possible: bool,
    ) -> Comparison:
        ignored: tuple[str, ...] = ()
        if live is not None and (entries := self._entries(ref, manager)):
            wanted, ignored = leave_out(wanted, live, entries, manager=manager)
            if WHOLE in ignored:
                return self._as_it_is(ref, wanted, live, manager=manager, reason=entries[0].reason)
        asked = _without_loss(wanted, live, speaks_as(move, live, manager)) if is_scaled else wanted
        said = await self.ask(ref, asked, live=live, manager=manager, is_possible=is_possible, move=move)
        live, answer, forced, speaker = said.live, said.answer, said.forced, said.speaker
        if move is not None and live is not None and not is_same(move, live):
            move = None
        adoption = None
        if move is None:
            adoption, forced = await self._adopt(wanted, live, answer, forced, manager=manager, ignored=ignored)
        change = judge(ref, live=live, answer=answer, forced=forced, manager=speaker, adoption=adoption)
        fault = answer.message if is_invalid(answer) else ""
        if move is not None and live is not None:
            change = judge_move(change, move, manager=manager)
        if may_replace and live is not None:
            replacing = judge_replace(ref, answer, live=live, wanted=wanted)
            change, fault = (replacing, "") if replacing is not None else (change, fault)
        return Comparison(
            ref=ref,
            wanted=wanted,
            live=live,
            change=change,
            precondition=precondition_of(live, speaker, key=self._key),
            fault=fault,
            adoption=adoption,
            move=move,
            ignored=ignored,
            is_scaled=is_scaled,
            lost=_lost(change, live, answer, wanted, manager=speaker),
        )

    def _entries(self, ref: ObjectRef, manager: str) -> tuple[IgnoreEntry, ...]:
        prefix, _, component = manager.partition(":")
        return self.ignores.of(component, ref) if prefix == "fairlead" and component else ()

    def _as_it_is(self, ref: ObjectRef, wanted: Manifest, live: Manifest, *, manager: str, reason: str) -> Comparison:
        return Comparison(
            ref=ref,
            wanted=wanted,
            live=live,
            change=Change(target=ref, action=ChangeAction.NOOP, reason=f"ignored: {reason}"),
            precondition=precondition_of(live, manager, key=self._key),
            ignored=(WHOLE,),
        )

    async def ask(
        self,
        ref: ObjectRef,
        wanted: Manifest,
        *,
        live: Manifest | None,
        manager: str,
        is_possible: bool = True,
        move: Move | None = None,
    ) -> Answers:
        """Dry-run *wanted*; *live* is read again where it moved meanwhile. *is_possible*: its namespace and kind are
        there."""
        for _ in range(LOOKS):
            speaker = speaks_as(move, live, manager)
            answer, forced = await self._ask(ref, wanted, live=live, manager=speaker, is_possible=is_possible)
            if not _has_moved(live, forced or answer):
                break
            live = await self._cluster.get(ref)
        return Answers(live=live, answer=answer, forced=forced, speaker=speaker)

    async def _adopt(
        self,
        wanted: Manifest,
        live: Manifest | None,
        answer: ApplyResult,
        forced: ApplyResult | None,
        *,
        manager: str,
        ignored: tuple[str, ...],
    ) -> tuple[Adoption | None, ApplyResult | None]:
        """Whose fields come over, and what the write would leave then: a dry-run of ours alone would keep the fields
        that only the predecessors hold. Nobody's come over where an *ignored* one would go with them."""
        result = forced or answer
        if live is None or result.live is None:
            return None, forced
        from_files = whose_files(wanted, live, manager=manager)
        adoption = find_adoption(live, result.live, manager=manager, from_files=from_files)
        if adoption is None or not adoption.lost:
            return adoption, forced
        if loses(adoption, result.live, ignored):
            return None, forced
        foretold = await self._cluster.replace(adoption.foretell(result.live), dry_run=True)  # fills defaults in
        return adoption, foretold if foretold.live is not None else forced

    async def _ask(
        self, ref: ObjectRef, wanted: Manifest, *, live: Manifest | None, manager: str, is_possible: bool
    ) -> tuple[ApplyResult, ApplyResult | None]:
        if not is_possible:
            return ApplyResult(ref=ref, status=404, message="its namespace or kind is not there yet"), None
        answer = await self._cluster.apply(wanted, manager=manager, dry_run=True)
        if live is None or not answer.conflicts:
            return answer, None
        return answer, await self._cluster.apply(wanted, manager=manager, dry_run=True, force=True)


def _lost(
    change: Change, live: Manifest | None, answer: ApplyResult, wanted: Manifest, *, manager: str
) -> tuple[str, ...]:
    if change.action is not ChangeAction.NOOP or live is None or answer.live is None:
        return ()
    return lost_fields(live, answer.live, wanted, manager=manager)


def _without_loss(wanted: Manifest, live: Manifest | None, speaker: str) -> Manifest:
    """*wanted* with the live replicas where we own them: they are handed over before the write, and stay."""
    return keep_replicas(wanted, live) if live is not None and owns_replicas(live, speaker) else wanted


def _has_moved(live: Manifest | None, answer: ApplyResult) -> bool:
    """Whether somebody wrote between our look and the dry-run, which answers with the version that it was based on.

    Controllers annotate what was just made: their writes would show as changes of ours.
    """
    if live is None or answer.live is None:
        return False
    return dig_text(answer.live, "metadata", "resourceVersion") != dig_text(live, "metadata", "resourceVersion")
