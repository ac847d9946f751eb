"""Says who holds the locks of an environment, and releases one whose holder is dead."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Collection, Mapping

from fairlead.engine.site import Site
from fairlead.model.component import TerraformSource
from fairlead.model.errors import InputError, Refused
from fairlead.model.frozen import dataclass
from fairlead.model.infrastructure import StateLock, TerraformRoot
from fairlead.model.lease import Lease
from fairlead.model.lock import HeldLock, Liveness, LockReport
from fairlead.model.run import Run
from fairlead.planning.lock_holder import judge_lease, judge_state_lock, lease_id
from fairlead.ports import Clock, EnvironmentState, Infrastructure, Lock

LOOK_SECONDS = 0.25
"""Between two looks for a renewal."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How to find out whether a holder lives. *is_dead_here* proves that one was a process of this machine and is no
    more. Else the environment's lock is watched for a renewal; *is_patient*: until its holder must count as dead, else
    for one renewal's time."""

    is_dead_here: Callable[[str], bool]
    request_timeout: float
    is_patient: bool = False
    tell: Callable[[str], None] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class LockPlace:
    """What an environment's locks are found by: *roots* are its Terraform roots by component."""

    project: str
    environment: str
    clock: Clock
    state: EnvironmentState
    lock: Lock
    infrastructure: Infrastructure
    roots: Mapping[str, TerraformRoot]

    @property
    def name(self) -> str:
        return f"{self.project}-{self.environment}"


def lock_place(site: Site) -> LockPlace:
    components = site.project.components_of(site.environment)
    return LockPlace(
        project=site.project.name,
        environment=site.environment.name,
        clock=site.clock,
        state=site.state,
        lock=site.lock,
        infrastructure=site.infrastructure,
        roots={c.name: site.terraform_root(c) for c in components if isinstance(c.source, TerraformSource)},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What is held, before anybody is judged: *states* are the locks of Terraform states by component."""

    run: Run | None
    lease: Lease | None
    states: Mapping[str, StateLock]
    unseen: tuple[str, ...]

    def ids(self, place: LockPlace) -> tuple[str, ...]:
        own = (lease_id(place.name, self.lease),) if self.lease is not None else ()
        return (*own, *(lock.id for lock in self.states.values()))


async def find_locks(place: LockPlace, look: Look) -> LockReport:
    """Raises Unavailable where the cluster does not answer."""
    return await _judge(place, await _read(place), look)


async def _read(place: LockPlace) -> _Held:
    head = await place.state.head()
    lease = await place.lock.read()
    states: dict[str, StateLock] = {}
    unseen: list[str] = []
    for name, root in place.roots.items():
        found = await place.infrastructure.lock(root)
        if found is not None:
            states[name] = found
        elif not place.infrastructure.shows_locks(root):
            unseen.append(name)
    return _Held(
        run=head.run if head else None,
        lease=lease if lease is not None and lease.holder else None,
        states=states,
        unseen=tuple(unseen),
    )


async def _judge(place: LockPlace, held: _Held, look: Look) -> LockReport:
    run, lease = held.run, held.lease
    own = await _watch(place, lease, run, look) if lease is not None else None
    locks = [
        judge_state_lock(lock, run, component=name, suffix=place.roots[name].suffix, lease=lease, holder=own)
        for name, lock in held.states.items()
    ]
    return LockReport(
        environment=place.environment,
        locks=(*([own] if own else []), *locks),
        checked=1 + len(place.roots),
        unseen=held.unseen,
    )


async def _watch(place: LockPlace, lease: Lease, run: Run | None, look: Look) -> HeldLock:
    """Time is that of our own clock, and a renewal any change: clocks of two machines are never compared."""
    patience = lease.duration_seconds + look.request_timeout
    is_dead = look.is_dead_here(lease.holder)
    seconds = 0.0 if is_dead else patience if look.is_patient else lease.duration_seconds / 3 + 2
    if seconds:
        look.tell(f"the environment is held by {lease.holder}: looking for a sign of life, {seconds:.0f} s at most")
    started = place.clock.monotonic()
    now: Lease | None = lease
    while (still := place.clock.monotonic() - started) < seconds and now is not None and now.renewed == lease.renewed:
        await place.clock.sleep(LOOK_SECONDS)
        now = await place.lock.read()
    return judge_lease(
        lease,
        run,
        name=place.name,
        is_renewed=now is None or now.renewed != lease.renewed,
        still_seconds=still,
        patience=patience,
        is_dead=is_dead,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockOptions:
    """*id* names the lock, empty: the only one that is held. *root* is a Terraform component whose backend shows no
    lock: there *id* is taken on trust. *is_agreed*: nobody is asked."""

    id: str = ""
    root: str = ""
    is_agreed: bool = False


Confirm = Callable[[HeldLock], Awaitable[bool]]


async def unlock(place: LockPlace, options: UnlockOptions, look: Look, confirm: Confirm) -> HeldLock | None:
    """The lock that was released, None where none is held. Raises Refused where its holder lives, or where nobody
    agreed; InputError for a lock that is not there."""
    held = await _read(place)
    if options.id and not options.root:
        _refuse_unknown(options.id, held.ids(place), place.environment)
    report = await _judge(place, held, dataclasses.replace(look, is_patient=True))
    lock = _chosen(report, options)
    if lock is None:
        return None
    if lock.liveness is Liveness.ALIVE:
        raise Refused(
            f"{lock.guards} is locked by {lock.holder}, who is alive: {lock.why}",
            hint="wait until that has ended, or end it there (Ctrl-C lets it finish its write)",
        )
    if options.is_agreed and not options.id and lock.liveness is not Liveness.DEAD:
        raise Refused(
            f"whether the holder of lock {lock.id} lives is not known: {lock.why}",
            hint=f"ask {lock.holder}; then name the lock: `fairlead unlock {lock.id} --yes`",
        )
    if not options.is_agreed and not await confirm(lock):
        raise Refused("not confirmed: nothing was released", hint="answer yes, or pass --yes")
    await (_release_state(place, lock) if lock.component else _release_lease(place, lock))
    return lock


def _refuse_unknown(lock_id: str, held: Collection[str], environment: str) -> None:
    if lock_id not in held:
        raise InputError(
            f"no lock {lock_id} is held in {environment}", hint=f"held now: {', '.join(held) or 'nothing is'}"
        )


def _chosen(report: LockReport, options: UnlockOptions) -> HeldLock | None:
    if options.root:
        return _unseen(report, options)
    if options.id:
        return next(lock for lock in report.locks if lock.id == options.id)
    if len(report.locks) > 1:
        raise InputError(
            f"{len(report.locks)} locks are held in {report.environment}",
            hint=f"name one: {', '.join(f'`fairlead unlock {lock.id}`' for lock in report.locks)}",
        )
    return report.locks[0] if report.locks else None


def _unseen(report: LockReport, options: UnlockOptions) -> HeldLock:
    if options.root not in report.unseen:
        raise InputError(
            f"{options.root} is no Terraform component whose backend hides its lock",
            hint="leave --root out: `fairlead locks` shows what is held",
        )
    if not options.id:
        raise InputError("which lock?", hint="give the ID that the refusal of Terraform named")
    return HeldLock(
        id=options.id,
        component=options.root,
        holder="somebody",
        purpose="something",
        since="",
        liveness=Liveness.UNKNOWN,
        why="its backend gives no way to look; Terraform itself compares the ID",
    )


async def _release_lease(place: LockPlace, lock: HeldLock) -> None:
    lease = await place.lock.read()
    is_same = lease is not None and lease.holder == lock.holder and lock.id.endswith(f"#{lease.token}")
    if lease is None or not is_same or await place.lock.write(dataclasses.replace(lease, holder="")) is None:
        raise Refused(f"lock {lock.id} changed hands while we looked: it is left alone", hint="see `fairlead locks`")


async def _release_state(place: LockPlace, lock: HeldLock) -> None:
    """Terraform compares the ID itself, too."""
    root = place.roots[lock.component]
    await place.infrastructure.init(root)
    held = StateLock(id=lock.id, who=lock.holder, operation=lock.purpose, created=lock.since)
    await place.infrastructure.unlock(root, held)
