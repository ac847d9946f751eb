"""Looks at objects that are not yet as they should be, again and again, and judges what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from fairlead.engine.surroundings import Surroundings
from fairlead.formats.json_data import dig_text
from fairlead.formats.secret_masking import star_texts
from fairlead.model.errors import StepFailed
from fairlead.model.frozen import dataclass, field
from fairlead.model.health import Health, HealthStatus
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.health_pods import brief, container_of_interest
from fairlead.planning.scene import Scene, is_ready, is_replaced, is_unproved, restarts_of, uid_of, waits_for_consumer
from fairlead.planning.symptoms import Symptom, find_symptoms
from fairlead.planning.unrecoverable import CRASH_LOOP, Command
from fairlead.planning.verdict import Memory, Verdict, judge
from fairlead.planning.waiting import say_waiting
from fairlead.ports import Clock, Cluster

ROUND_SECONDS: Final = 1.0
"""Before the first look at pods and events: most objects are as they should be by then."""
LONGEST_ROUND_SECONDS: Final = 3.0
"""Between two of them in the end. 60 components that wait at once ask the API server some 80 times a second."""
LONGEST_LINE: Final = 300
PROOF_SECONDS: Final = 3.0
"""A container without a readiness probe is ready from its start on: one that ends at once was ready before."""
_PROVING: Final = Health(
    status=HealthStatus.IN_PROGRESS,
    reason="Unproved",
    message=f"ready, but without a readiness probe: looked at once more after {PROOF_SECONDS:g} s",
)
_GONE: Final = Health(status=HealthStatus.IN_PROGRESS, reason="NotFound", message="it is not there")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Proof:
    """The restarts of each new pod, by uid, when all was ready first."""

    since: float
    pods: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Watch:
    """One step's looks. *before* has the uids of the pods that were there before the step wrote anything. Of
    *simulated* pods there is no log, and none of them ever ends by itself. No line shows one
    of the texts *secrets*."""

    cluster: Cluster
    clock: Clock
    assess: Callable[[Manifest], Health]
    simulated: bool
    secrets: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    _memories: dict[ObjectRef, Memory] = field(default_factory=dict)
    _scenes: dict[ObjectRef, Scene] = field(default_factory=dict)
    _symptoms: dict[ObjectRef, str] = field(default_factory=dict)
    _proofs: dict[ObjectRef, _Proof] = field(default_factory=dict)
    _proved: set[ObjectRef] = field(default_factory=set)
    _looked: float | None = None
    _round: float = ROUND_SECONDS

    async def look(self, pending: Iterable[ObjectRef]) -> dict[ObjectRef, Health]:
        """The health of each that is not as it should be. Raises StepFailed where one can never be."""
        refs = tuple(pending)
        lives = await self.cluster.observe(refs)
        found = {ref: self.assess(lives[ref]) if ref in lives else _GONE for ref in refs}
        missing = {ref: health for ref, health in found.items() if not health.is_current}
        if not self.simulated:
            missing |= await self._unproved({ref: lives[ref] for ref in lives if ref not in missing})
        now = self.clock.monotonic()
        if self._looked is None:
            self._looked = now
        if any(health is not _PROVING for health in missing.values()) and now - self._looked >= self._round:
            self._looked = now
            self._round = min(self._round * 1.2, LONGEST_ROUND_SECONDS)
            await self._look_round({ref: lives[ref] for ref in missing if ref in lives}, now=now)
        return {ref: health for ref, health in missing.items() if not self._is_unasked_claim(ref)}

    async def _unproved(self, lives: Mapping[ObjectRef, Manifest]) -> dict[ObjectRef, Health]:
        """Those of *lives* that are ready, but whose new pods have no probe and run for less than PROOF_SECONDS."""
        now = self.clock.monotonic()
        asked = {ref: live for ref, live in lives.items() if ref not in self._proved and is_unproved(live)}
        due = {
            ref: live
            for ref, live in asked.items()
            if ref not in self._proofs or now - self._proofs[ref].since >= PROOF_SECONDS
        }
        for ref, scene in (await Surroundings(cluster=self.cluster).look(due) if due else {}).items():
            new = [pod for pod in scene.own_pods() if uid_of(pod) not in self.before and not is_replaced(pod)]
            seen = _Proof(since=now, pods={uid_of(pod): restarts_of(pod) for pod in new})
            if not new or (ref in self._proofs and self._proofs[ref].pods == seen.pods and all(map(is_ready, new))):
                self._proved.add(ref)
            else:
                self._proofs[ref] = seen
        return dict.fromkeys((ref for ref in asked if ref not in self._proved), _PROVING)

    def progress(self, missing: Mapping[ObjectRef, Health]) -> str:
        """What is waited for, on one line."""
        ref = next((ref for ref in missing if self._memories.get(ref, Memory()).seen), next(iter(missing)))
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        if missing[ref] is _PROVING:
            return f"waiting for {say_waiting(ref, _PROVING, None)}{more}"
        said = say_waiting(ref, missing[ref], self._scenes.get(ref), symptom=self._symptoms.get(ref, ""))
        return f"waiting for {self._hide(said)}{more}"

    async def too_late(self, missing: Mapping[ObjectRef, Health], *, timeout: float) -> StepFailed:
        ref = next((ref for ref in missing if self._memories.get(ref, Memory()).seen), next(iter(missing)))
        more = f" ({len(missing) - 1} more are not ready either)" if len(missing) > 1 else ""
        live = await self.cluster.get(ref)
        scene = (await Surroundings(cluster=self.cluster).look({ref: live}))[ref] if live else None
        said = [say_waiting(ref, missing[ref], scene, symptom=self._symptoms.get(ref, "")).removeprefix(f"{ref}: ")]
        subject = scene.unready_pod() or scene.live if scene else None
        if subject is not None:
            container = container_of_interest(subject)
            said += await self._last_words(subject, container, said="; ".join(said), is_previous=False)
        return StepFailed(
            f"{ref} is not ready after {timeout:.0f} s: {self._hide('; '.join(said))}{more}",
            hint=f"see `{_command(Command.DESCRIBE, ref)}`; where it only needs more time, raise --timeout or the "
            "component's timeout",
        )

    async def _look_round(self, lives: Mapping[ObjectRef, Manifest], *, now: float) -> None:
        self._scenes = await Surroundings(cluster=self.cluster).look(lives)
        for ref, scene in self._scenes.items():
            symptoms = tuple(find_symptoms(scene))
            memory = self._memories.get(ref) or Memory(before=self.before)
            self._memories[ref], verdict = judge(symptoms, memory, now=now)
            self._symptoms[ref] = next((_say_symptom(s, ref) for s in symptoms if _is_own(s, ref, scene)), "")
            if verdict is not None:
                raise await self._unrecoverable(ref, verdict, scene)

    async def _unrecoverable(self, ref: ObjectRef, verdict: Verdict, scene: Scene) -> StepFailed:
        symptom = verdict.symptom
        shown = symptom.shown_by
        said = _say_symptom(symptom, ref)
        lasted = f" for {verdict.seconds:.0f} s" if symptom.state.grace_seconds else ""
        known = await self.cluster.get(shown)
        subject = known or scene.live
        is_previous = symptom.state is CRASH_LOOP
        if shown == ref and (pod := scene.unready_pod()) is not None:
            subject = pod
        container = symptom.container or container_of_interest(subject)
        words = await self._last_words(subject, container, said=said, is_previous=is_previous)
        return StepFailed(
            f"{ref} cannot recover ({symptom.state.name}{lasted}): {self._hide('; '.join([said, *words]))}",
            hint=f"{symptom.state.remedy}: `{_command(symptom.state.command, shown, container)}`",
        )

    async def _last_words(self, subject: Manifest, container: str, *, said: str, is_previous: bool) -> list[str]:
        """The newest event and the last log line of *subject*, as far as there are any and *said* lacks them."""
        line = ""
        if subject.get("kind") == "Pod" and not self.simulated and container:
            line = await self._last_log_line(subject, container, is_previous=is_previous)
        event = await Surroundings(cluster=self.cluster).last_event(subject)
        is_telling = dig_text(event, "type") == "Warning" or not line
        words = [_say_event(event, said=said)] if event and is_telling else []
        return [*words, f"last log line: {line}"] if line else words

    async def _last_log_line(self, pod: Manifest, container: str, *, is_previous: bool) -> str:
        ref = ObjectRef(
            kind="Pod", namespace=dig_text(pod, "metadata", "namespace"), name=dig_text(pod, "metadata", "name")
        )
        said = await self.cluster.pod_logs(ref, container=container, tail=1, previous=is_previous)
        return said.strip()[:LONGEST_LINE]

    def _hide(self, said: str) -> str:
        return star_texts(said, self.secrets)

    def _is_unasked_claim(self, ref: ObjectRef) -> bool:
        """A claim whose class binds on first use, and that no pod uses, is as it should be."""
        scene = self._scenes.get(ref)
        return scene is not None and waits_for_consumer(scene.live, classes=scene.classes, pods=scene.pods)


def _is_own(symptom: Symptom, ref: ObjectRef, scene: Scene) -> bool:
    """Whether *symptom* is no pod's that the progress names anyway."""
    return symptom.shown_by == ref or scene.unready_pod() is None


def _say_symptom(symptom: Symptom, ref: ObjectRef) -> str:
    shown = symptom.shown_by
    return symptom.message if shown == ref else f"{shown.kind} {shown.name}: {symptom.message}"


def _say_event(event: Manifest, *, said: str) -> str:
    """Its reason, and its message where *said* lacks it."""
    message = brief(" ".join(dig_text(event, "message").split()))
    is_said = message.removeprefix("Error: ") in said
    return f"last event {dig_text(event, 'reason')}{'' if is_said else f': {message[:LONGEST_LINE]}'}"


def _command(command: Command, ref: ObjectRef, container: str = "") -> str:
    place = f" -n {ref.namespace}" if ref.namespace else ""
    if command is Command.LOGS:
        return f"kubectl logs {ref.name}{place} -c {container} --previous"
    return f"kubectl {command} {ref.kind.lower()} {ref.name}{place}"
