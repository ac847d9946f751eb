"""The ends of a child's pipes: fed, read and followed without blocking the loop, and cut into lines."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

OnLine = Callable[[str], None]
"""Takes one line without its end; undecodable bytes arrive as U+FFFD. What it raises ends the child and the call."""


POLL = 0.05
"""Seconds between two looks at what does not announce itself."""
_CHUNK = 65536
_DRAIN = 2.0
"""Seconds of silence after the child's end before a pipe that a grandchild still holds is given up."""


@dataclass(kw_only=True)
class Output:
    """One output stream: what was read so far, and the line that is not complete yet."""

    on_line: OnLine | None
    path: Path | None
    chunks: list[bytes] = field(default_factory=list)
    rest: bytes = b""

    @property
    def data(self) -> bytes:
        return b"".join(self.chunks)

    def take(self, chunk: bytes) -> None:
        if self.path is None:
            self.chunks.append(chunk)
        if self.on_line is None:
            return
        *lines, self.rest = (self.rest + chunk).split(b"\n")
        for line in lines:
            self.on_line(line.removesuffix(b"\r").decode(errors="replace"))

    def finish(self) -> None:
        if self.on_line is not None and self.rest:
            self.on_line(self.rest.decode(errors="replace"))
        self.rest = b""


async def feed(pipe: IO[bytes] | None, data: bytes) -> None:
    if pipe is None:
        return
    os.set_blocking(pipe.fileno(), False)
    left = memoryview(data)
    # A child that ends, or closes its input, without reading it all: its exit code says why.
    with contextlib.suppress(BrokenPipeError):
        while left:
            try:
                left = left[os.write(pipe.fileno(), left) :]
            except BlockingIOError:
                await ready(pipe.fileno(), write=True)


async def read(output: Output, pipe: IO[bytes] | None, ended: asyncio.Event) -> None:
    if pipe is not None:
        async for chunk in _chunks(pipe.fileno(), ended):
            output.take(chunk)
    elif output.path is not None and output.on_line is not None:
        async for chunk in _follow(output.path, ended):
            output.take(chunk)
    output.finish()


async def _chunks(fd: int, ended: asyncio.Event) -> AsyncIterator[bytes]:
    """What comes out of a pipe until it is closed, or until it is silent after the child's end."""
    os.set_blocking(fd, False)
    while True:
        try:
            chunk = os.read(fd, _CHUNK)
        except BlockingIOError:
            if not await _ready_or_ended(fd, ended):
                return
            continue
        if not chunk:
            return
        yield chunk
        # A child that never pauses must not keep the loop to itself.
        await asyncio.sleep(0)


async def _ready_or_ended(fd: int, ended: asyncio.Event) -> bool:
    """False when nothing more comes: the child has ended, and only a grandchild still holds the pipe."""
    readable = asyncio.create_task(ready(fd))
    over = asyncio.create_task(ended.wait())
    try:
        await asyncio.wait((readable, over), return_when=asyncio.FIRST_COMPLETED)
        if not readable.done():
            await asyncio.wait((readable,), timeout=_DRAIN)
        return readable.done()
    finally:
        readable.cancel()
        over.cancel()


async def _follow(path: Path, ended: asyncio.Event) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        while True:
            was_ended = ended.is_set()
            while chunk := file.read(_CHUNK):
                yield chunk
            if was_ended:
                return
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(ended.wait(), POLL)


async def ready(fd: int, *, write: bool = False) -> None:
    loop = asyncio.get_running_loop()
    is_ready = asyncio.Event()
    add, remove = (loop.add_writer, loop.remove_writer) if write else (loop.add_reader, loop.remove_reader)
    add(fd, is_ready.set)
    try:
        await is_ready.wait()
    finally:
        remove(fd)
