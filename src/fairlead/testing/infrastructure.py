"""A Terraform that keeps its state in memory, for tests of what stands on the port Infrastructure.

    fake = FakeInfrastructure()
    fake.describe(
        root,
        FakeRoot(
            resources=(FakeResource(name="host", input="10.0.0.1"), FakeResource(name="dns", waits=True)),
            outputs={"host": FakeOutput(of="host"), "port": FakeOutput(value=443)},
        ),
    )

A resource is a `terraform_data`: a changed *input* updates it, a changed *replace* makes it anew. What an output takes
*of* a resource is known once that resource is as described. The contract suite runs the same descriptions on OpenTofu.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from fairlead.model.change import Change, ChangeAction, FieldChange
from fairlead.model.errors import InputError, Refused, StepFailed
from fairlead.model.finding import Location
from fairlead.model.frozen import dataclass, field
from fairlead.model.infrastructure import Output, StateLock, Surroundings, TerraformDrift, TerraformPlan, TerraformRoot
from fairlead.model.secret import SecretText


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeResource:
    """*fails*: its provisioner fails, which leaves it half made. *waits*: its provisioner ends when cancelled."""

    name: str
    input: Any = None
    replace: Any = None
    fails: bool = False
    waits: bool = False

    @property
    def address(self) -> str:
        return f"terraform_data.{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeOutput:
    """A *value*, or the input *of* a resource, known once that is made."""

    value: Any = None
    of: str = ""
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeRoot:
    """What a root says. *fault* is the place of a syntax error."""

    resources: tuple[FakeResource, ...] = ()
    outputs: Mapping[str, FakeOutput] = field(default_factory=dict)
    fault: Location | None = None


@dataclass(frozen=True, slots=True)
class _Made:
    resource: FakeResource
    tainted: bool = False


@dataclass(slots=True)
class _State:
    serial: int = 0
    resources: dict[str, _Made] = field(default_factory=dict)
    outputs: dict[str, Output] = field(default_factory=dict)
    outside: dict[str, Any] = field(default_factory=dict)
    lock: StateLock | None = None


@dataclass(frozen=True, slots=True)
class _Saved:
    serial: int
    described: FakeRoot
    changes: tuple[Change, ...]
    has_changes: bool


class FakeInfrastructure:
    """*calls* lists the verbs that were called, with the suffix: `plan host-local`. Of the suffixes in *hidden*, nobody
    is shown who holds the lock."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.hidden: set[str] = set()
        self._described: dict[str, FakeRoot] = {}
        self._states: dict[str, _State] = {}
        self._plans: dict[str, _Saved] = {}
        self._numbers = count(1)

    def describe(self, root: TerraformRoot, described: FakeRoot) -> None:
        """Write the root's configuration; later plans see it."""
        self._described[root.folder] = described

    def hold(self, root: TerraformRoot, lock: StateLock | None) -> None:
        """Let *lock* hold the state, as a process that died in a cluster's backend does; None lets it go."""
        self._state(root).lock = lock

    def files(self, root: TerraformRoot) -> tuple[Path, ...]:
        folder = Path(root.folder)
        return tuple(sorted(path for path in folder.rglob("*") if path.is_file())) if folder.is_dir() else ()

    def surroundings(self, root: TerraformRoot) -> Surroundings:  # noqa: ARG002 - it reads none
        return Surroundings()

    async def init(self, root: TerraformRoot) -> None:
        self._call("init", root)
        self._configuration(root)

    async def plan(self, root: TerraformRoot, *, destroy: bool = False) -> TerraformPlan:
        self._call("plan", root)
        described = FakeRoot() if destroy else self._configuration(root)
        with self._locked(root, "OperationTypePlan") as state:
            changes = tuple(_changes(described, state))
            outputs = {name: _planned(output, described, changes) for name, output in described.outputs.items()}
            saved = _Saved(state.serial, described, changes, bool(changes) or outputs != state.outputs)
            file = f"{root.suffix}/{next(self._numbers)}"
            self._plans[file] = saved
            return TerraformPlan(file=file, changes=changes, outputs=outputs, has_changes=saved.has_changes)

    async def apply(
        self, root: TerraformRoot, plan: TerraformPlan, *, on_event: Callable[[str], None]
    ) -> Mapping[str, Output]:
        self._call("apply", root)
        saved = self._plans.pop(plan.file, None)
        if saved is None:
            raise Refused(f"{root.component}: the saved plan is gone", hint="plan again")
        with self._locked(root, "OperationTypeApply") as state:
            if saved.serial != state.serial:
                raise Refused(f"{root.component}: the saved plan is stale", hint="plan again")
            state.serial += saved.has_changes
            await _make(root, saved, state, on_event)
            state.outputs = {name: _final(output, saved.described) for name, output in saved.described.outputs.items()}
        return dict(state.outputs)

    def change_outside(self, root: TerraformRoot, name: str, found: Any) -> None:
        """Let what stands behind resource *name* have the input *found*; None: it is gone."""
        self._state(root).outside[name] = found

    async def drift(self, root: TerraformRoot) -> TerraformDrift:
        self._call("drift", root)
        self._configuration(root)
        state = self._state(root)
        return TerraformDrift(
            changes=tuple(_drifted(state.resources[name].resource, found) for name, found in state.outside.items()),
            resources=len(state.resources),
        )

    async def outputs(self, root: TerraformRoot) -> Mapping[str, Output]:
        self._call("outputs", root)
        return dict(self._state(root).outputs)

    async def lock(self, root: TerraformRoot) -> StateLock | None:
        return None if root.suffix in self.hidden else self._state(root).lock

    def shows_locks(self, root: TerraformRoot) -> bool:
        return root.suffix not in self.hidden

    async def unlock(self, root: TerraformRoot, lock: StateLock) -> None:
        self._call("unlock", root)
        state = self._state(root)
        if state.lock is not None and state.lock.id != lock.id:
            raise _refused(root, state.lock)
        state.lock = None

    async def close(self) -> None:
        self._plans.clear()

    def _call(self, verb: str, root: TerraformRoot) -> None:
        self.calls.append(f"{verb} {root.suffix}")

    def _state(self, root: TerraformRoot) -> _State:
        return self._states.setdefault(root.suffix, _State())

    def _configuration(self, root: TerraformRoot) -> FakeRoot:
        described = self._described.get(root.folder, FakeRoot())
        if described.fault:
            raise InputError("Invalid expression", hint="correct the configuration", location=described.fault)
        return described

    @contextmanager
    def _locked(self, root: TerraformRoot, operation: str) -> Iterator[_State]:
        state = self._state(root)
        if state.lock is not None:
            raise _refused(root, state.lock)
        number = next(self._numbers)
        state.lock = StateLock(id=f"fake-{number}", who="fake@fake", operation=operation, created=f"moment {number}")
        try:
            yield state
        finally:
            state.lock = None


def _refused(root: TerraformRoot, lock: StateLock) -> Refused:
    return Refused(
        f"{root.component}: the state is locked by {lock.who} since {lock.created} for {lock.operation}"
        f" (lock {lock.id})",
        hint="wait until that has ended",
    )


def _changes(described: FakeRoot, state: _State) -> Iterator[Change]:
    wanted = {resource.name: resource for resource in described.resources}
    for name, made in state.resources.items():
        if name not in wanted:
            yield Change(
                action=ChangeAction.DELETE, name=made.resource.address, reason="no longer in the configuration"
            )
    for resource in described.resources:
        if change := _change(resource, state.resources.get(resource.name)):
            yield change


def _change(resource: FakeResource, made: _Made | None) -> Change | None:
    if made is None:
        return Change(action=ChangeAction.CREATE, name=resource.address, reason="not in the state")
    if made.tainted:
        return Change(action=ChangeAction.REPLACE, name=resource.address, reason="its creation failed before")
    if made.resource.replace != resource.replace:
        return Change(action=ChangeAction.REPLACE, name=resource.address, reason="cannot be changed in place")
    if made.resource.input != resource.input:
        return Change(action=ChangeAction.UPDATE, name=resource.address, reason="its arguments changed")
    return None


def _drifted(resource: FakeResource, found: Any) -> Change:
    if found is None:
        return Change(action=ChangeAction.DELETE, name=resource.address, reason="is no longer there")
    moved = FieldChange(path=".input", wanted=resource.input, found=found)
    reason = "was changed outside of Terraform"
    return Change(action=ChangeAction.UPDATE, name=resource.address, reason=reason, fields=(moved,))


def _planned(output: FakeOutput, described: FakeRoot, changes: tuple[Change, ...]) -> Output:
    moving = {change.name for change in changes}
    if output.of and f"terraform_data.{output.of}" in moving:
        return Output(is_known=False, is_sensitive=output.sensitive)
    return _final(output, described)


def _final(output: FakeOutput, described: FakeRoot) -> Output:
    value = next(r.input for r in described.resources if r.name == output.of) if output.of else output.value
    return Output(value=SecretText(str(value)) if output.sensitive else value, is_sensitive=output.sensitive)


async def _make(root: TerraformRoot, saved: _Saved, state: _State, on_event: Callable[[str], None]) -> None:
    wanted = {resource.address: resource for resource in saved.described.resources}
    for change in saved.changes:
        if change.action is ChangeAction.DELETE:
            on_event(f"{change.name}: Destroying...")
            del state.resources[change.name.removeprefix("terraform_data.")]
            on_event(f"{change.name}: Destruction complete after 0s")
            continue
        resource = wanted[change.name]
        if change.action is ChangeAction.UPDATE:
            on_event(f"{change.name}: Modifying...")
        else:
            await _provision(root, resource, state, on_event)
        state.resources[resource.name] = _Made(resource)
        on_event(f"{change.name}: Creation complete after 0s")


async def _provision(
    root: TerraformRoot, resource: FakeResource, state: _State, on_event: Callable[[str], None]
) -> None:
    """Provisioners run when a resource is made, never when it is updated."""
    on_event(f"{resource.address}: Creating...")
    state.resources[resource.name] = _Made(resource, tainted=True)
    if resource.waits:
        on_event(f"{resource.address}: Provisioning with 'local-exec'...")
        await asyncio.Event().wait()
    if resource.fails:
        raise StepFailed(
            f"{root.component}: {resource.address}: local-exec provisioner error",
            hint="what was done is in the state: correct the cause, the next plan continues from there",
        )
