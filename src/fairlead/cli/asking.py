"""Asks a question on the terminal while the event loop goes on: the lock must be renewed however long one thinks."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable

import click


async def ask(question: str) -> bool:
    """Whether the answer is yes; no answer, or the end of the input, is no."""
    click.echo(f"{question} [y/N]: ", err=True, nl=False)
    return (await _line()).strip().lower() in ("y", "yes")


async def ask_for(word: str, question: str) -> bool:
    """Whether the answer is *word*, to the letter."""
    click.echo(f"{question} ", err=True, nl=False)
    return (await _line()).strip() == word


def may_install(*, yes: bool) -> Callable[[str], Awaitable[bool | None]]:
    """Who agrees to installing packages: `--yes`, CI, or whoever sits at the terminal; else nobody."""

    async def answer(command: str) -> bool | None:
        if yes or os.environ.get("CI"):
            return True
        return await ask(f"real nodes need packages of the system; run `{command}`?") if sys.stdin.isatty() else None

    return answer


async def _line() -> str:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[str] = loop.create_future()
    # A terminal hands over whole lines, so reading one does not block once there is something to read.
    loop.add_reader(sys.stdin, _take, answer)
    try:
        return await answer
    finally:
        loop.remove_reader(sys.stdin)


def _take(answer: asyncio.Future[str]) -> None:
    if not answer.done():
        answer.set_result(sys.stdin.readline())
