"""What the steps of one run share: the site, the plan with what was prepared for it, and the record so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

from fairlead.engine.compare import Comparer
from fairlead.engine.journal import Journal
from fairlead.engine.neighbours import with_neighbours
from fairlead.engine.planned import Planned
from fairlead.engine.preparing import Prepared
from fairlead.engine.site import Ground, Site
from fairlead.engine.waiting import Waiter
from fairlead.model.component import Component
from fairlead.model.finding import Severity
from fairlead.model.frozen import dataclass, field
from fairlead.model.objects import Manifest, ObjectRef
from fairlead.model.plan import Step
from fairlead.model.record import ComponentRecord
from fairlead.model.run import StepResult
from fairlead.planning.desired import Scopes, scopes_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a step ended, and the record that it leaves of its component. *is_forgotten*: there is nothing to remember
    of it any more."""

    result: StepResult
    record: ComponentRecord | None = None
    is_forgotten: bool = False


@dataclass(slots=True, kw_only=True)
class Deployment:
    """*records* are replaced as steps end. *tell* reports progress of a step, in words without secrets. *fence* raises
    LockLost where another run may hold the lock by now: it stands before each write. Findings from *fail_on* upwards
    fail their step. *is_thorough*: all that can be looked at is, also for what this run would not touch."""

    site: Site
    ground: Ground
    planned: Planned
    key: bytes
    journal: Journal
    comparer: Comparer
    waiter: Waiter
    force_conflicts: bool
    extra_test: Sequence[str]
    tell: Callable[[Step, str], None]
    fence: Callable[[], None]
    fail_on: Severity = Severity.ERROR
    is_thorough: bool = False
    records: dict[str, ComponentRecord] = field(default_factory=dict)
    _tried: set[str] = field(default_factory=set)
    _looked_again: dict[str, Prepared] = field(default_factory=dict)
    _looks: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    def component(self, step: Step) -> Component:
        return next(c for c in self.site.project.components if c.name == step.component)

    def is_second_try(self, step: Step) -> bool:
        """Whether *step* was tried before: what planning saw no longer holds then. Asking counts as trying."""
        if step.name in self._tried:
            return True
        self._tried.add(step.name)
        return False

    async def prepare_again(self, component: Component) -> Prepared:
        """Look at *component* as planning does, now that what it needs is there."""
        found = {component.name: await self._look_again(component)}
        prepared = (await with_neighbours(found, self.records, self.site.state))[component.name]
        self._looked_again[component.name] = prepared
        return prepared

    def unprintable(self, component: str) -> frozenset[str]:
        """The secret texts of *component*, as far as it was rendered, that nothing said of it may hold."""
        prepared = self._looked_again.get(component) or self.planned.prepared.get(component)
        return prepared.desired.unprintable() if prepared and prepared.desired else frozenset()

    async def _look_again(self, component: Component) -> Prepared:
        planned, memory = self.planned, self.planned.memory
        if planned.look_again is not None:
            return await planned.look_again(component)
        given = await planned.renderer.input_digest(component, planned.outputs)
        rendering = await planned.preparer.render(component, planned.outputs, memory)
        scopes = await self._scopes(rendering.crds)
        desired = await planned.preparer.arrange(component, rendering, scopes, memory, outputs=planned.outputs)
        source = await planned.renderer.source_digest(component)
        return await planned.preparer.compare(component, desired, memory, source=source, given=given)

    async def _scopes(self, crds: Sequence[Manifest]) -> Scopes:
        return scopes_of(crds, await self.site.cluster.kinds(refresh=True))

    async def deployed_objects(self) -> Mapping[ObjectRef, Manifest]:
        """The live objects of every component with a record."""
        wanted = [ref for record in self.records.values() for ref in record.baselines]
        return await self.shared("deployed objects", lambda: self.site.cluster.observe(wanted))

    async def shared(self, name: str, look: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What *look* comes to. Steps that ask for *name* at the same time share one look."""
        looking = self._looks.get(name)
        if looking is None or looking.done():
            looking = self._looks[name] = asyncio.ensure_future(look())
        found: T = await asyncio.shield(looking)
        return found

    def namespaces(self) -> tuple[str, ...]:
        """Those that the environment's components are in, or have objects in."""
        found = {ref.namespace for record in self.records.values() for ref in record.baselines}
        found |= {c.namespace for c in self.site.project.components_of(self.site.environment)}
        return tuple(sorted(found - {""}))
