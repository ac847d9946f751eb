"""A lock in memory, for tests of what stands on the port Lock."""

from __future__ import annotations

import dataclasses
from collections import deque

from fairlead.model.errors import Unavailable
from fairlead.model.lease import Lease


class MemoryLock:
    """`Lock` with compare-and-swap. Two of them are the same lock of another process when they share a *cell*.

    `fail_next` makes the next requests fail: unheard ones never arrive, unanswered ones do their work all the same.
    """

    def __init__(self, cell: Cell | None = None) -> None:
        self.cell = cell or Cell()
        self._faults: deque[bool] = deque()

    def fail_next(self, count: int = 1, *, unanswered: bool = False) -> None:
        self._faults.extend([unanswered] * count)

    async def read(self) -> Lease | None:
        if self._faults:
            self._faults.popleft()
            raise Unavailable("the server does not answer")
        return self.cell.lease

    async def write(self, lease: Lease) -> Lease | None:
        if not self._faults:
            return self.cell.swap(lease)
        if self._faults.popleft():
            self.cell.swap(lease)
        raise Unavailable("the server does not answer")


class Cell:
    """What the server keeps: one lease, and a version that never comes back."""

    def __init__(self) -> None:
        self.lease: Lease | None = None
        self._writes = 0

    def swap(self, lease: Lease) -> Lease | None:
        if self.lease is not None and lease.version != self.lease.version:
            return None
        self._writes += 1
        # `renewed` is a moment on the server's side of the port; here any text that is new each time.
        self.lease = dataclasses.replace(lease, version=str(self._writes), renewed=f"write {self._writes}")
        return self.lease
