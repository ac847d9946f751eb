"""Name resolution as this machine does it."""

from __future__ import annotations

import asyncio
import socket


class SystemNames:
    """`Names` by getaddrinfo."""

    async def resolves(self, host: str) -> bool:
        try:
            return bool(await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except OSError:
            return False
