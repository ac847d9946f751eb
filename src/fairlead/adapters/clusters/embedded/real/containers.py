"""The images of a node: put there through its containerd, by containerd's own client.

The client fetches by itself, outside the node: what this machine reaches can be pulled, from its loopback too, though
the node's own network has no way out.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

from fairlead.adapters import process
from fairlead.adapters.clusters.embedded.real.settings import CONTAINERD_SOCKET
from fairlead.adapters.tools.system import SEARCH_PATH
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.image import LOCAL_REGISTRY, SHORT_DIGEST

_SECONDS = 300.0
_NAMESPACE = "k8s.io"
"""Where the kubelet's images are."""
_TELLS_CONTENT = re.compile(rf"@sha256:[0-9a-f]+$|^{re.escape(LOCAL_REGISTRY)}/[^:@]+:[0-9a-f]{{{SHORT_DIGEST}}}$")
"""Names that never come to mean another image, unlike `shop:dev`, which is built again and again."""


async def is_answering(pid: int) -> bool:
    """Whether the containerd of the node with first process *pid* answers."""
    if not _socket(pid).exists():
        return False
    return (await _ctr(pid, "version")).code == 0


async def load(pids: Iterable[int], archive: Path, *, reference: str) -> None:
    """Put *reference* of the OCI *archive* on every node. Raises InputError for a file that holds it not."""
    await asyncio.gather(*(_load(pid, archive, reference=reference) for pid in pids))


async def pull(pids: Iterable[int], reference: str) -> None:
    """Fetch *reference*, as a pod would name it, on every node that lacks it. Raises Unavailable."""
    await asyncio.gather(*(_pull(pid, full_reference(reference)) for pid in pids))


def full_reference(reference: str) -> str:
    """*reference* with the registry and the tag that the kubelet adds to a short one.

    The rule is https://github.com/distribution/reference: a first part with a dot or a port, or `localhost`, is a
    registry.
    """
    first, slash, _ = reference.partition("/")
    is_registry = bool(slash) and ("." in first or ":" in first or first == "localhost")
    name = reference if is_registry else f"docker.io/{reference if slash else f'library/{reference}'}"
    last = name.rpartition("/")[2]
    return name if ":" in last or "@" in last else f"{name}:latest"


async def has(pid: int, reference: str) -> bool:
    done = await _ctr(pid, "images", "ls", "-q", f"name=={reference}")
    return reference in done.stdout.decode().split()


async def _load(pid: int, archive: Path, *, reference: str) -> None:
    if _TELLS_CONTENT.search(reference) and await has(pid, reference):
        return
    done = await _ctr(pid, "images", "import", "--digests=false", str(archive))
    if done.code != 0 or not await has(pid, reference):
        raise InputError(
            f"{archive} does not hold the image {reference}: {done.error_text.rpartition(chr(10))[2] or 'not in it'}",
            hint="it must be an OCI image archive, a tar file",
        )


async def _pull(pid: int, reference: str) -> None:
    if await has(pid, reference):
        return
    plain = ["--plain-http"] if _is_on_loopback(reference) else []
    done = await _ctr(pid, "images", "pull", *plain, reference)
    if done.code != 0:
        raise Unavailable(
            f"cannot pull {reference}: {done.error_text.rpartition(chr(10))[2]}",
            hint="check the name, and that this machine reaches the registry",
        )


def _is_on_loopback(reference: str) -> bool:
    host = reference.partition("/")[0].rpartition(":")[0]
    return host == "localhost" or host.startswith("127.")


async def _ctr(pid: int, *words: str) -> process.Finished:
    program = shutil.which("ctr", path=SEARCH_PATH)
    if program is None:
        raise Unavailable("ctr, containerd's client, is not there", hint="install containerd")
    argv = [program, f"--address={_socket(pid)}", f"--namespace={_NAMESPACE}", *words]
    return await process.run(argv, timeout=_SECONDS)


def _socket(pid: int) -> Path:
    return Path(f"/proc/{pid}/root{CONTAINERD_SOCKET}")
