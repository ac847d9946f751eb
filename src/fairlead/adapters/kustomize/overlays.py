"""The port `Overlays` by the kustomize command line.

An overlay that inflates Helm charts is built in a copy: kustomize writes `charts/` into the folder it builds.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.kustomize.closure import Closure, find_closure
from fairlead.adapters.kustomize.faults import build_fault
from fairlead.formats.manifests import expand_lists, read_documents
from fairlead.model.objects import Manifest
from fairlead.ports import Tools

_SECONDS: Final = 120


class KustomizeOverlays:
    """*cache* takes the copies of overlays that inflate charts; they are removed after the build."""

    def __init__(self, tools: Tools, *, cache: Path) -> None:
        self._tools = tools
        self._cache = cache

    async def build(self, folder: Path, *, root: Path) -> tuple[Manifest, ...]:
        """Raises InputError; Unavailable when kustomize is missing or does not end in time."""
        overlay = _below(folder, root)
        closure = find_closure(folder, root=root)
        if not closure.has_charts:
            return await self._run(closure.root, overlay, flags=())
        flags = ("--enable-helm", f"--helm-command={await self._tools.path('helm')}")
        with _copied(closure, cache=self._cache) as copy:
            return await self._run(copy, overlay, flags=flags)

    def files(self, folder: Path, *, root: Path) -> tuple[Path, ...]:
        """Real paths, sorted. Raises InputError for what leaves *root*, is missing, or lies on another machine."""
        return find_closure(folder, root=root).files

    async def _run(self, root: Path, overlay: str, *, flags: tuple[str, ...]) -> tuple[Manifest, ...]:
        program = await self._tools.path("kustomize")
        finished = await process.run([program, "build", *flags, str(root / overlay)], timeout=_SECONDS)
        if finished.code:
            raise build_fault(finished.error_text, overlay=overlay, root=str(root))
        text = finished.stdout.decode(errors="replace")
        documents = expand_lists(read_documents(text, file=f"kustomize build {overlay}").documents)
        return tuple(document.data for document in documents)


def _below(folder: Path, root: Path) -> str:
    """*folder* as messages call it; the closure judges whether it may be read."""
    return os.path.relpath(folder, root)


@contextmanager
def _copied(closure: Closure, *, cache: Path) -> Iterator[Path]:
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix="overlay-") as folder:
        copy = Path(folder).resolve()
        for file in closure.files:
            target = copy / file.relative_to(closure.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        for link in closure.links:
            target = copy / link.relative_to(closure.root)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(_relative_target(link))
        yield copy


def _relative_target(link: Path) -> str:
    target = link.readlink()
    return os.path.relpath(os.path.realpath(link), link.parent) if target.is_absolute() else str(target)
