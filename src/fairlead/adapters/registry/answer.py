"""What a registry says, read to its end: an answer may come in many parts, and be no JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import orjson

from fairlead.formats.json_data import as_map
from fairlead.model.errors import InputError, Unavailable

if TYPE_CHECKING:
    from fairlead.adapters.http import aiohttp

_CHUNK: Final = 1 << 18


async def first_bytes(answer: aiohttp.ClientResponse, count: int) -> bytes:
    """The body, or its first *count* bytes where it is longer."""
    content = bytearray()
    async for chunk in answer.content.iter_chunked(_CHUNK):
        content += chunk
        if len(content) >= count:
            break
    return bytes(content[:count])


async def limited(answer: aiohttp.ClientResponse, *, limit: int, what: str) -> bytes:
    """The whole body. Raises InputError where it is larger than *limit* bytes."""
    content = await first_bytes(answer, limit + 1)
    if len(content) > limit:
        raise InputError(f"{what} is larger than {limit >> 20} MiB", hint="see that it is what you want")
    return content


def json_map(content: bytes, *, what: str) -> Mapping[str, Any]:
    """Raises Unavailable where *content* is no JSON: something else answers in the registry's place."""
    try:
        return as_map(orjson.loads(content))
    except orjson.JSONDecodeError:
        # Not chained: a parser's error quotes what it read, and that may be a token.
        raise Unavailable(
            f"{what} came from the registry and is no JSON", hint="check its address, and proxies on the way"
        ) from None
