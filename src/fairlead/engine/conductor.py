"""Carries out a plan: journal, lease, events and phases round the executor, and what the run comes to in the end."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field

from fairlead.engine.attempting import attempt_of
from fairlead.engine.deployment import Deployment, Done
from fairlead.engine.executor import Executor, Observer
from fairlead.engine.lease_keeper import Keeper, LockLost
from fairlead.engine.places import Places
from fairlead.engine.recording import record_as_it_was
from fairlead.engine.refusal import masked
from fairlead.engine.steps.table import MUTATING, STEPS
from fairlead.engine.steps.terraform_apply import record_refreshed
from fairlead.model.errors import FairleadError
from fairlead.model.event import Event, EventKind
from fairlead.model.plan import Phase, Plan, Step, StepKind
from fairlead.model.record import ComponentRecord, Evidence
from fairlead.model.run import Bundle, Outcome, Run, RunState, StepResult
from fairlead.planning.moves import present_in, settle_records
from fairlead.planning.outcome import bundle_of, cause_of, entry_after, phase_result, phase_results, state_of
from fairlead.planning.versions import version_of
from fairlead.ports import EventSink


@dataclass(slots=True, kw_only=True)
class Conductor:
    """Runs the steps of one deployment. *keeper* is confirmed before each step that may change something. *purpose*
    says what the run does, for people. *is_mending*: what was deployed stays what is deployed, with its evidence."""

    deployment: Deployment
    keeper: Keeper
    events: EventSink
    places: Places
    purpose: str = "deploying"
    is_mending: bool = False
    _records: dict[str, ComponentRecord] = field(default_factory=dict)
    _forgotten: set[str] = field(default_factory=set)
    _doubtful: frozenset[str] = frozenset()
    _open_phases: dict[Phase, float] = field(default_factory=dict)
    _seconds: dict[Phase, float] = field(default_factory=dict)
    _results: dict[str, StepResult] = field(default_factory=dict)

    async def run(self) -> Run:
        """Carry out the plan; the run as recorded at its end. Raises LockLost."""
        plan = self.deployment.planned.plan
        entries = self.deployment.journal.run.steps
        self._doubtful = frozenset(name for name, entry in entries.items() if entry.is_in_doubt)
        self._emit(
            EventKind.RUN_STARTED, text=f"{self.purpose} {plan.environment}, run {self.deployment.journal.run.id}"
        )
        executor = Executor(
            clock=self.deployment.site.clock,
            places=self.places,
            perform=self._perform,
            observer=Observer(started=self._started, ended=self._ended),
        )
        results = await self._until_lost(executor)
        return await self._finish(results)

    async def _until_lost(self, executor: Executor) -> Mapping[str, StepResult]:
        """Run until done or until the lock is lost: then every step is cancelled, its children end."""
        steps = self.deployment.planned.plan.steps
        working = asyncio.ensure_future(executor.run(steps))
        losing = asyncio.ensure_future(self.keeper.lost.wait())
        try:
            await asyncio.wait({working, losing}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                return _result_of(working)
            raise LockLost(self.keeper.lost_to)
        finally:
            losing.cancel()
            await _end(working)

    async def _started(self, step: Step) -> None:
        self._open_phase(step.phase)
        if step.is_noop:
            return
        await self.keeper.confirm()
        if step.kind in MUTATING:
            record = attempt_of(step, self.deployment)
            if record is not None:
                self.deployment.records[step.component] = record
            await self.deployment.journal.begin(step, record=record)
        self._emit(EventKind.STEP_STARTED, step=step)

    async def _perform(self, step: Step) -> StepResult:
        done = await self._perform_or_pass(step)
        if step.name in self._doubtful and done.result.outcome is Outcome.NOOP:
            done = dataclasses.replace(done, result=_found_done(done.result))
        if done.is_forgotten:
            self._forgotten.add(step.name)
            self.deployment.records.pop(step.component, None)
        if done.record is None:
            return done.result
        result = self._versioned(step, done.result, done.record)
        self._records[step.name] = done.record
        self.deployment.records[step.component] = done.record
        return result

    def _versioned(self, step: Step, result: StepResult, record: ComponentRecord) -> StepResult:
        """*result* with the versions before and after, where it changed something."""
        if result.outcome is not Outcome.CHANGED:
            return result
        before = self.deployment.records.get(step.component)
        return dataclasses.replace(result, before=version_of(before) if before else "", after=version_of(record))

    async def _perform_or_pass(self, step: Step) -> Done:
        if not step.is_noop:
            self.keeper.require()  # a second try is a start too
            work = STEPS[step.kind](step, self.deployment)
            return await masked(work, lambda: self.deployment.unprintable(step.component))
        prepared = self.deployment.planned.prepared.get(step.component)
        is_main = prepared is not None and step.kind is not StepKind.CRDS
        record = record_as_it_was(prepared, self.deployment) if prepared is not None and is_main else None
        if step.kind is StepKind.TERRAFORM_APPLY:
            record = await record_refreshed(step, self.deployment)
        reason = step.changes[0].reason
        return Done(result=StepResult(outcome=Outcome.NOOP, reason=reason, checked=len(step.changes)), record=record)

    async def _ended(self, step: Step, result: StepResult) -> None:
        self._open_phase(step.phase)
        record = self._records.pop(step.name, None)
        if record is not None or self._is_news(step, result):
            is_forgotten = step.name in self._forgotten
            await self.deployment.journal.end(step, result, record=record, is_forgotten=is_forgotten)
        self._emit(EventKind.STEP_ENDED, step=step, result=result)
        self._results[step.name] = result
        self._close_phase(step.phase)

    def _is_news(self, step: Step, result: StepResult) -> bool:
        """Whether the record says less, or something else (an earlier try of this run failed). What changes nothing
        and went well is written with the end of the run."""
        known = self.deployment.journal.run.steps.get(step.name)
        if known is not None:
            return known.result is None or known.result.outcome is not result.outcome
        return (step.kind in MUTATING and not step.is_noop) or not result.outcome.is_good

    def _open_phase(self, phase: Phase) -> None:
        now = self.deployment.site.clock.monotonic()
        if phase not in self._open_phases:
            self._open_phases[phase] = now
            self._emit(EventKind.PHASE_STARTED, phase=phase)
        self._seconds[phase] = now - self._open_phases[phase]

    def _close_phase(self, phase: Phase) -> None:
        """Tell what *phase* came to, where the last of its steps has ended."""
        plan = self.deployment.planned.plan
        if any(step.phase is phase and step.name not in self._results for step in plan.steps):
            return
        results = self._of_whole_run(self._results)
        environment = self.deployment.site.environment
        found = phase_result(phase, plan, results, seconds=self._seconds[phase], environment=environment)
        over = f"over its budget of {found.budget_seconds:g} s" if found.is_over_budget else ""
        self._emit(EventKind.PHASE_ENDED, phase=phase, outcome=found.outcome, seconds=found.seconds, text=over)

    async def _finish(self, results: Mapping[str, StepResult]) -> Run:
        deployment, plan = self.deployment, self.deployment.planned.plan
        await self._settle_records()
        phases = phase_results(
            plan, self._of_whole_run(results), seconds=self._seconds, environment=deployment.site.environment
        )
        state = state_of(results)
        bundle = self._bundle(results) if state is RunState.SUCCEEDED else None
        evidence = {
            step.name: Evidence(
                bundle=bundle.digest, when=deployment.site.clock.now(), source_digest=step.source_digest
            )
            for step in plan.steps
            if bundle and step.phase is Phase.TEST and results[step.name].outcome is Outcome.PASSED
        }
        ended = deployment.site.clock.now()

        def finish(run: Run) -> Run:
            # Steps that wrote nothing were not journaled, and what an earlier try left of them is out of date.
            last = {s.name: entry_after(run.steps.get(s.name), s, results[s.name], ended=None) for s in plan.steps}
            steps = {**run.steps, **last}
            return dataclasses.replace(
                run,
                state=state,
                ended=ended,
                phases=phases,
                bundle=bundle,
                cause=_cause(run, plan, results),
                steps=steps,
            )

        await deployment.journal.finish(finish, bundle=bundle, evidence=evidence)
        run = deployment.journal.run
        self._emit(EventKind.RUN_ENDED, text=run.cause or state.value, seconds=(ended - run.started).total_seconds())
        return run

    async def _settle_records(self) -> None:
        """What went to another component leaves the record of the one that had it, which may have nothing left."""
        deployment, site = self.deployment, self.deployment.site
        planned = {c.name for c in site.project.components_of(site.environment)}
        present = present_in(deployment.journal.run, planned, deployment.records)
        for name, record in settle_records(deployment.records, present=present).items():
            if record is None:
                del deployment.records[name]
            else:
                deployment.records[name] = record
            await deployment.journal.remember(name, record)

    def _bundle(self, results: Mapping[str, StepResult]) -> Bundle | None:
        """What is deployed now: by this run, or as before."""
        if self.is_mending:
            return self.deployment.journal.head.bundle
        return bundle_of(self.deployment.planned.plan, results, self.deployment.records)

    def _of_whole_run(self, results: Mapping[str, StepResult]) -> dict[str, StepResult]:
        """*results* of this try, as far as it came, with what earlier ones changed: a phase says what came of both."""
        plan, known = self.deployment.planned.plan, self.deployment.journal.run.steps
        ended = [step for step in plan.steps if step.name in results]
        entries = {s.name: entry_after(known.get(s.name), s, results[s.name], ended=None) for s in ended}
        return {name: entry.result or results[name] for name, entry in entries.items()}

    def tell(self, step: Step, text: str) -> None:
        self._emit(EventKind.STEP_PROGRESS, step=step, text=text)

    def _emit(
        self,
        kind: EventKind,
        *,
        step: Step | None = None,
        phase: Phase | None = None,
        result: StepResult | None = None,
        outcome: Outcome | None = None,
        seconds: float | None = None,
        text: str = "",
    ) -> None:
        self.events.emit(
            Event(
                time=self.deployment.site.clock.now(),
                kind=kind,
                run=self.deployment.journal.run.id,
                environment=self.deployment.site.environment.name,
                phase=step.phase if step else phase,
                step=step.name if step else "",
                outcome=result.outcome if result else outcome,
                text=result.reason if result else text,
                seconds=result.seconds if result else seconds,
            )
        )


def _cause(run: Run, plan: Plan, results: Mapping[str, StepResult]) -> str:
    """Why it failed; of a rollback that went well, why it was made."""
    return cause_of(plan, results) or (run.rollback.why if run.rollback else "")


def _found_done(result: StepResult) -> StepResult:
    """Of a step that an earlier try of the run had begun: as wanted by now, so that try had written it."""
    reason = f"{result.reason}; written before the run was cut off"
    return dataclasses.replace(result, outcome=Outcome.CHANGED, reason=reason)


def _result_of(working: asyncio.Future[Mapping[str, StepResult]]) -> Mapping[str, StepResult]:
    """The results, or the error that ended them: a bug before a lost lock before any other error of ours."""
    try:
        return working.result()
    except BaseExceptionGroup as group:
        ours, bugs = group.split(FairleadError)
        if ours is None or bugs is not None:
            raise
        lost, _ = ours.split(LockLost)
        raise _first(lost or ours) from group


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, BaseExceptionGroup) else error


async def _end(working: asyncio.Future[Mapping[str, StepResult]]) -> None:
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
