"""Holds the lock of an environment for the time of a run.

Expiry is judged by how long a Lease stayed *unchanged* over the local monotonic clock, never by comparing wall clocks:
a laptop that slept and a cluster with another time are both safe. The holder renews every third of the TTL, before each
step too, and sooner where that failed; it counts itself out at two thirds without a renewal. A taker waits the whole
TTL and a request's timeout.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Callable
from typing import Protocol

from fairlead.model.errors import Refused, Unavailable
from fairlead.model.lease import Lease
from fairlead.ports import Clock, Lock

TTL_SECONDS = 30.0
REQUEST_TIMEOUT_SECONDS = 30.0


class LockHeld(Refused):
    def __init__(self, holder: str) -> None:
        super().__init__(
            f"another run holds this environment: {holder}",
            hint="wait for it; `fairlead status` shows its progress, `fairlead locks` who holds what",
        )
        self.holder = holder


class LockLost(Refused):
    def __init__(self, holder: str = "") -> None:
        by = f" to {holder}" if holder else ""
        super().__init__(
            f"this run lost the lock of its environment{by}: nothing more is started",
            hint="see `fairlead status`; `fairlead resume` continues once the other run has ended",
            changed=True,
        )


class Keeper(Protocol):
    """What a run asks of its lock while it runs."""

    @property
    def lost(self) -> asyncio.Event: ...

    @property
    def lost_to(self) -> str: ...

    async def confirm(self) -> None: ...

    def require(self) -> None: ...


class NoLock:
    """For a run that writes nothing: it may look while another one deploys."""

    def __init__(self) -> None:
        self.lost = asyncio.Event()
        self.lost_to = ""

    async def confirm(self) -> None: ...

    def require(self) -> None: ...


class LeaseKeeper:
    """*holder* says who we are, for people. After `acquire`, `token` fences what we write."""

    def __init__(
        self,
        lock: Lock,
        clock: Clock,
        *,
        holder: str,
        ttl: float = TTL_SECONDS,
        request_timeout: float = REQUEST_TIMEOUT_SECONDS,
    ) -> None:
        self._lock = lock
        self._clock = clock
        self._holder = holder
        self._ttl = ttl
        self._request_timeout = request_timeout
        self._lease: Lease | None = None
        self._renewed_at = 0.0
        self._one_at_a_time = asyncio.Lock()
        self.lost = asyncio.Event()
        self.lost_to = ""

    @property
    def token(self) -> int:
        return self._lease.token if self._lease else 0

    async def acquire(self, *, on_wait: Callable[[str], None]) -> int:
        """Take the lock, over a dead holder too; the token. Raises LockHeld as soon as the holder is seen alive."""
        while True:
            found = await self._lock.read()
            if found is not None and found.holder and not await self._is_dead(found, on_wait=on_wait):
                continue
            started = self._clock.monotonic()
            taken = await self._lock.write(self._ours(found))
            if taken is not None:
                self._lease, self._renewed_at = taken, started
                return taken.token

    async def _is_dead(self, found: Lease, *, on_wait: Callable[[str], None]) -> bool:
        """Watch *found* until it is renewed (raises), changes hands (False) or was still for long enough (True)."""
        patience = found.duration_seconds + self._request_timeout
        deadline = self._clock.monotonic() + patience
        on_wait(f"the lock is held by {found.holder}: looking for a sign of life, {patience:.0f} s at most")
        while self._clock.monotonic() < deadline:
            await self._clock.sleep(min(0.5, self._ttl / 10))
            now = await self._lock.read()
            if now is None or now.holder != found.holder or now.token != found.token:
                return False
            if now.renewed != found.renewed:
                raise LockHeld(found.holder)
        return True

    def _ours(self, found: Lease | None) -> Lease:
        return Lease(
            holder=self._holder,
            token=found.token + 1 if found else 1,
            renewed="",
            duration_seconds=max(1, round(self._ttl)),
            version=found.version if found else "",
        )

    async def confirm(self) -> None:
        """Renew now; raises LockLost when another run took over or we could not renew for too long."""
        async with self._one_at_a_time:
            lease, started = self._held(), self._clock.monotonic()
            # A renewal that fails is tried again; what counts is how long ago the last good one was sent, looked at
            # after the answer too: we may have been suspended while it was under way.
            with contextlib.suppress(Unavailable):
                self._lease, self._renewed_at = await self._renew(lease), started
            self._held()

    def require(self) -> None:
        """Raises LockLost where another may hold the lock by now. Asks nobody: it may stand before each write."""
        self._held()

    def _held(self) -> Lease:
        if self._lease is None or self._clock.monotonic() >= self._good_until:
            self.lost.set()
        if self._lease is None or self.lost.is_set():
            raise LockLost(self.lost_to)
        return self._lease

    @property
    def _good_until(self) -> float:
        return self._renewed_at + self._ttl * 2 / 3

    async def _renew(self, lease: Lease) -> Lease:
        """Raises LockLost, and Unavailable where no answer came."""
        renewed = await self._lock.write(lease)
        if renewed is None:
            renewed = await self._lock.write(await self._our_newer(lease))
        if renewed is None:
            self.lost.set()
            raise LockLost
        return renewed

    async def _our_newer(self, lease: Lease) -> Lease:
        """The lease as an earlier write of ours left it whose answer was lost; raises LockLost if another did."""
        try:
            found = await self._lock.read()
        except Unavailable as err:
            self.lost.set()
            raise LockLost from err
        if found is None or (found.holder, found.token) != (lease.holder, lease.token):
            self.lost_to = found.holder if found else ""
            self.lost.set()
            raise LockLost(self.lost_to)
        return found

    async def keep(self) -> None:
        """Renew until cancelled; ends with `lost` set, in time whatever a request does, when the lock is gone."""
        renewing = asyncio.ensure_future(self._renew_again_and_again())
        try:
            while not self.lost.is_set():
                left = self._good_until - self._clock.monotonic()
                if left <= 0:
                    self.lost.set()
                else:
                    await self._clock.sleep(left)
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})

    async def _renew_again_and_again(self) -> None:
        with contextlib.suppress(LockLost):
            pause = self._ttl / 3
            while True:
                await self._clock.sleep(pause)
                before = self._renewed_at
                await self.confirm()
                pause = self._ttl / (3 if self._renewed_at != before else 15)

    async def release(self) -> None:
        """Give the lock back; one that is lost stays with its new holder."""
        if self._lease is not None and not self.lost.is_set():
            async with self._one_at_a_time:
                with contextlib.suppress(Unavailable, LockLost):  # then it runs out by itself
                    await self._give_back(self._lease)
                self._lease = None

    async def _give_back(self, lease: Lease) -> None:
        if await self._lock.write(dataclasses.replace(lease, holder="")) is None:
            # A renewal was cut off while it was under way, and carried out all the same.
            await self._lock.write(dataclasses.replace(await self._our_newer(lease), holder=""))
