"""Who holds a lock, whether they live, and what may be released, on memory and a clock that a test moves."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import UTC, datetime
from typing import Any

import pytest

from fairlead.actions.locks import LockPlace, Look, UnlockOptions, find_locks, unlock
from fairlead.model.errors import InputError, Refused
from fairlead.model.infrastructure import StateLock, TerraformRoot
from fairlead.model.lease import Lease
from fairlead.model.lock import HeldLock, Liveness
from fairlead.model.record import Head
from fairlead.model.run import Run, RunState
from fairlead.testing.clock import FakeClock
from fairlead.testing.infrastructure import FakeInfrastructure
from fairlead.testing.lock import MemoryLock
from fairlead.testing.state import MemoryState

HOLDER = "ann@host pid 7, run r1"
ROOT = TerraformRoot(component="infra", folder="/infra", program="tofu", environment="local", suffix="p-local-infra")
STATE_LOCK = StateLock(id="id-1", who="ann@host", operation="OperationTypeApply", created="2026-01-01 00:00:00 UTC")
RUN = Run(
    id="r1",
    environment="local",
    state=RunState.RUNNING,
    intent="sha256:1",
    holder="ann@host pid 7",
    token=1,
    started=datetime(2026, 1, 1, tzinfo=UTC),
)


@dataclasses.dataclass
class World:
    clock: FakeClock = dataclasses.field(default_factory=FakeClock)
    lock: MemoryLock = dataclasses.field(default_factory=MemoryLock)
    state: MemoryState = dataclasses.field(default_factory=MemoryState)
    infrastructure: FakeInfrastructure = dataclasses.field(default_factory=FakeInfrastructure)
    dead: bool = False
    asked: list[str] = dataclasses.field(default_factory=list)

    @property
    def place(self) -> LockPlace:
        return LockPlace(
            project="p",
            environment="local",
            clock=self.clock,
            state=self.state,
            lock=self.lock,
            infrastructure=self.infrastructure,
            roots={"infra": ROOT},
        )

    @property
    def look(self) -> Look:
        return Look(is_dead_here=lambda _: self.dead, request_timeout=15.0)

    async def hold(self, holder: str = HOLDER) -> Lease:
        made = await self.lock.write(Lease(holder=holder, token=4, renewed="", duration_seconds=30))
        assert made is not None
        return made

    async def record(self, **given: Any) -> None:
        head = await self.state.head() or Head(environment="local")
        await self.state.swap_head(dataclasses.replace(head, run=dataclasses.replace(RUN, **given)))

    async def locks(self) -> tuple[HeldLock, ...]:
        return (await find_locks(self.place, self.look)).locks

    async def release(self, lock_id: str = "", *, says: bool = True, **options: Any) -> HeldLock | None:
        async def confirm(lock: HeldLock) -> bool:
            self.asked.append(lock.id)
            return says

        return await unlock(self.place, UnlockOptions(id=lock_id, **options), self.look, confirm)

    async def renewing(self, lease: Lease) -> None:
        """A holder that lives, as seen from outside: it renews for ever."""
        while True:
            await self.clock.sleep(10)
            renewed = await self.lock.write(lease)
            assert renewed is not None
            lease = renewed


@pytest.fixture
def world() -> World:
    return World()


async def test_nothing_is_held(world: World) -> None:
    report = await find_locks(world.place, world.look)
    assert (report.locks, report.checked, report.unseen) == ((), 2, ())
    assert await world.release() is None


async def test_a_holder_that_renews_lives_and_is_not_unlocked(world: World) -> None:
    renewing = asyncio.ensure_future(world.renewing(await world.hold()))
    await world.record()
    (lock,) = await world.locks()
    assert (lock.liveness, lock.id, lock.since) == (Liveness.ALIVE, "p-local#4", "2026-01-01T00:00:00Z")
    with pytest.raises(Refused, match="who is alive"):
        await world.release("p-local#4", is_agreed=True)
    renewing.cancel()


async def test_locks_looks_for_the_time_of_one_renewal_only(world: World) -> None:
    await world.hold()
    (lock,) = await world.locks()
    assert lock.liveness is Liveness.UNKNOWN
    assert 12 <= world.clock.monotonic() < 13


async def test_a_process_of_this_machine_that_is_gone_is_dead_at_once(world: World) -> None:
    await world.hold()
    world.dead = True
    (lock,) = await world.locks()
    assert lock.liveness is Liveness.DEAD
    assert await world.release(is_agreed=True) is not None
    assert world.clock.monotonic() == 0


async def test_unlock_waits_until_the_holder_counts_as_dead(world: World) -> None:
    await world.hold()
    released = await world.release(is_agreed=True)
    assert released is not None
    assert released.why == "it was not renewed for 45 s"
    assert world.lock.cell.lease is not None
    assert (world.lock.cell.lease.holder, world.lock.cell.lease.token, world.asked) == ("", 4, [])


async def test_nothing_is_released_without_a_yes(world: World) -> None:
    await world.hold()
    with pytest.raises(Refused, match="not confirmed"):
        await world.release(says=False)
    assert world.asked == ["p-local#4"]
    assert world.lock.cell.lease is not None
    assert world.lock.cell.lease.holder == HOLDER


async def test_a_lock_that_changes_hands_while_one_thinks_is_left_alone(world: World) -> None:
    lease = await world.hold()

    async def confirm(_: HeldLock) -> bool:
        return await world.lock.write(dataclasses.replace(lease, holder="bob", token=5)) is not None

    with pytest.raises(Refused, match="changed hands"):
        await unlock(world.place, UnlockOptions(), world.look, confirm)
    assert world.lock.cell.lease is not None
    assert world.lock.cell.lease.holder == "bob"


async def test_another_id_is_not_there(world: World) -> None:
    await world.hold()
    with pytest.raises(InputError, match="no lock p-local#3 is held") as caught:
        await world.release("p-local#3")
    assert caught.value.hint == "held now: p-local#4"
    assert world.clock.monotonic() == 0  # refused before anybody is watched


async def test_a_foreign_state_lock_needs_its_name_or_a_yes(world: World) -> None:
    world.infrastructure.hold(ROOT, STATE_LOCK)
    (lock,) = await world.locks()
    assert (lock.liveness, lock.purpose, lock.component) == (Liveness.UNKNOWN, "apply", "infra")
    with pytest.raises(Refused, match="not known"):
        await world.release(is_agreed=True)
    assert await world.release("id-1", is_agreed=True) is not None
    assert await world.infrastructure.lock(ROOT) is None


@pytest.mark.parametrize(
    ("run", "liveness"),
    [
        ({"state": RunState.INTERRUPTED, "state_locks": {ROOT.suffix: "id-1"}}, Liveness.DEAD),
        ({"state_locks": {ROOT.suffix: "id-1"}}, Liveness.DEAD),
        ({"state_locks": {ROOT.suffix: "id-0"}}, Liveness.UNKNOWN),
    ],
)
async def test_a_state_lock_of_a_run_of_ours_is_known_by_the_record(
    world: World, run: dict[str, Any], liveness: Liveness
) -> None:
    world.infrastructure.hold(ROOT, STATE_LOCK)
    await world.record(**run)
    (lock,) = await world.locks()
    assert lock.liveness is liveness


async def test_a_state_lock_of_a_living_run_is_alive(world: World) -> None:
    renewing = asyncio.ensure_future(world.renewing(await world.hold()))
    await world.record(state_locks={ROOT.suffix: "id-1"})
    world.infrastructure.hold(ROOT, STATE_LOCK)
    _, lock = await world.locks()
    assert lock.liveness is Liveness.ALIVE
    with pytest.raises(Refused, match="who is alive"):
        await world.release("id-1", is_agreed=True)
    renewing.cancel()


async def test_a_lock_that_the_operating_system_proves_is_alive(world: World) -> None:
    world.infrastructure.hold(ROOT, dataclasses.replace(STATE_LOCK, is_proven=True))
    (lock,) = await world.locks()
    assert lock.liveness is Liveness.ALIVE


async def test_a_backend_that_hides_its_lock_takes_the_id_on_trust(world: World) -> None:
    world.infrastructure.hidden.add(ROOT.suffix)
    world.infrastructure.hold(ROOT, STATE_LOCK)
    report = await find_locks(world.place, world.look)
    assert (report.locks, report.unseen) == ((), ("infra",))
    with pytest.raises(InputError, match="which lock"):
        await world.release(root="infra", is_agreed=True)
    with pytest.raises(Refused):
        await world.release("another", root="infra", is_agreed=True)
    assert await world.release("id-1", root="infra", is_agreed=True) is not None
