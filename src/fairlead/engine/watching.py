"""Looks at objects that are not yet as they should be, again and again, and judges what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from fairlead.engine.surroundings import Surroundings
from fairlead.formats.json_data import dig_text
from fairlead.model.errors import StepFailed
from fairlead.model.health import Health, HealthStatus
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.planning.health_pods import container_of_interest
from fairlead.planning.scene import Scene, waits_for_consumer
from fairlead.planning.symptoms import find_symptoms
from fairlead.planning.unrecoverable import CRASH_LOOP
from fairlead.planning.verdict import Memory, Verdict, judge
from fairlead.planning.waiting import say_waiting
from fairlead.ports import Clock, Cluster

ROUND_SECONDS: Final = 1.0
"""Between two looks at pods and events; most objects are as they should be before the first one."""
LONGEST_LINE: Final = 300
_GONE: Final = Health(status=HealthStatus.IN_PROGRESS, reason="NotFound", message="it is not there")


@dataclass(slots=True, kw_only=True)
class Watch:
    """One step's looks. *before* has the uids of the pods that were there before the step wrote anything."""

    cluster: Cluster
    clock: Clock
    assess: Callable[[Manifest], Health]
    has_logs: bool
    before: frozenset[str] = frozenset()
    _memories: dict[ObjectRef, Memory] = field(default_factory=dict)
    _scenes: dict[ObjectRef, Scene] = field(default_factory=dict)
    _looked: float | None = None

    async def look(self, pending: Iterable[ObjectRef]) -> dict[ObjectRef, Health]:
        """The health of each that is not as it should be. Raises StepFailed where one can never be."""
        refs = tuple(pending)
        lives = await self.cluster.observe(refs)
        found = {ref: self.assess(lives[ref]) if ref in lives else _GONE for ref in refs}
        missing = {ref: health for ref, health in found.items() if not health.is_current}
        now = self.clock.monotonic()
        if self._looked is None:
            self._looked = now
        if missing and now - self._looked >= ROUND_SECONDS:
            self._looked = now
            await self._look_round({ref: lives[ref] for ref in missing if ref in lives}, now=now)
        return {ref: health for ref, health in missing.items() if not self._is_unasked_claim(ref)}

    def progress(self, missing: Mapping[ObjectRef, Health]) -> str:
        """What is waited for, on one line."""
        ref = next((ref for ref in missing if self._memories.get(ref, Memory()).seen), next(iter(missing)))
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        return f"waiting for {say_waiting(ref, missing[ref], self._scenes.get(ref))}{more}"

    async def too_late(self, missing: Mapping[ObjectRef, Health], *, timeout: float) -> StepFailed:
        ref = next((ref for ref in missing if self._memories.get(ref, Memory()).seen), next(iter(missing)))
        more = f" ({len(missing) - 1} more are not ready either)" if len(missing) > 1 else ""
        live = await self.cluster.get(ref)
        scene = (await Surroundings(cluster=self.cluster).look({ref: live}))[ref] if live else None
        said = [say_waiting(ref, missing[ref], scene).removeprefix(f"{ref}: ")]
        subject = scene.unready_pod() or scene.live if scene else None
        if subject is not None:
            container = container_of_interest(subject)
            said += await self._last_words(subject, container, said="; ".join(said), is_previous=False)
        return StepFailed(
            f"{ref} is not ready after {timeout:.0f} s: {'; '.join(said)}{more}",
            hint=f"see `{_describe(ref)}`; where it only needs more time, raise --timeout or the component's timeout",
        )

    async def _look_round(self, lives: Mapping[ObjectRef, Manifest], *, now: float) -> None:
        self._scenes = await Surroundings(cluster=self.cluster).look(lives)
        for ref, scene in self._scenes.items():
            memory = self._memories.get(ref) or Memory(before=self.before)
            self._memories[ref], verdict = judge(find_symptoms(scene), memory, now=now)
            if verdict is not None:
                raise await self._unrecoverable(ref, verdict, scene)

    async def _unrecoverable(self, ref: ObjectRef, verdict: Verdict, scene: Scene) -> StepFailed:
        symptom = verdict.symptom
        shown = symptom.shown_by
        said = symptom.message if shown == ref else f"{shown.kind} {shown.name}: {symptom.message}"
        lasted = f" for {verdict.seconds:.0f} s" if symptom.state.grace_seconds else ""
        known = await self.cluster.get(shown)
        subject = known or scene.live
        is_previous = symptom.state is CRASH_LOOP
        if shown == ref and (pod := scene.unready_pod()) is not None:
            subject = pod
        container = symptom.container or container_of_interest(subject)
        words = await self._last_words(subject, container, said=said, is_previous=is_previous)
        command = _logs(shown, container) if is_previous else _describe(shown)
        return StepFailed(
            f"{ref} cannot recover ({symptom.state.name}{lasted}): {'; '.join([said, *words])}",
            hint=f"{symptom.state.remedy}: `{command}`",
        )

    async def _last_words(self, subject: Manifest, container: str, *, said: str, is_previous: bool) -> list[str]:
        """The newest event and the last log line of *subject*, as far as there are any and *said* lacks them."""
        words = []
        events = await Surroundings(cluster=self.cluster).newest_events([subject])
        for event in events.values():
            message = " ".join(dig_text(event, "message").split())
            told = "" if message in said else f": {message[:LONGEST_LINE]}"
            words.append(f"last event {dig_text(event, 'reason')}{told}")
        if subject.get("kind") == "Pod" and self.has_logs and container:
            line = await self._last_log_line(subject, container, is_previous=is_previous)
            words += [f"last log line: {line}"] if line else []
        return words

    async def _last_log_line(self, pod: Manifest, container: str, *, is_previous: bool) -> str:
        ref = ObjectRef(
            kind="Pod", namespace=dig_text(pod, "metadata", "namespace"), name=dig_text(pod, "metadata", "name")
        )
        said = await self.cluster.pod_logs(ref, container=container, tail=1, previous=is_previous)
        return said.strip()[:LONGEST_LINE]

    def _is_unasked_claim(self, ref: ObjectRef) -> bool:
        """A claim whose class binds on first use, and that no pod uses, is as it should be."""
        scene = self._scenes.get(ref)
        return scene is not None and waits_for_consumer(scene.live, classes=scene.classes, pods=scene.pods)


def _describe(ref: ObjectRef) -> str:
    namespace = f" -n {ref.namespace}" if ref.namespace else ""
    return f"kubectl describe {ref.kind.lower()} {ref.name}{namespace}"


def _logs(ref: ObjectRef, container: str) -> str:
    return f"kubectl logs {ref.name} -n {ref.namespace} -c {container} --previous"
