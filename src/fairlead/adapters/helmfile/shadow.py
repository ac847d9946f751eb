"""The tree that helmfile reads: the project itself, or links to its files where some have to say something else.

With its insecure functions off, helmfile refuses `readFile` too, and with hooks off every state that has one. So in
the shadow hooks of a whole state are comments, a `readFile` of a plain path is the content of that file, nothing refers
to a secret store, and every release is marked as one whose chart `helmfile build` leaves alone.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from fairlead.formats.helmfile.old import with_own_parts, without_helm_2
from fairlead.formats.helmfile.secrets import without_references
from fairlead.formats.helmfile.text import (
    HelmfileHook,
    RemoteHelmfile,
    is_state_text,
    variables_in,
    with_marked_releases,
    without_hooks,
    without_remotes,
)
from fairlead.model.frozen import dataclass, field, replace

_SKIPPED: Final = frozenset({"node_modules", "__pycache__", "venv", ".git", ".terraform"})
_SUFFIXES: Final = (".yaml", ".yml", ".gotmpl", ".tmpl", ".tpl")
_READ_FILE: Final = re.compile(r"\breadFile\s+\"(?P<path>[^\"\\{}]+)\"")
_LARGE: Final = 1_000_000
_NOTHING: Final = "releases: []\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """What the files of a project have in them: *edited* by path from its top; *old* are those as only helmfile 0 took
    them, and *helm_2* those with settings of helm 2. *local* are those that name a helmfile on another machine, without
    it."""

    edited: Mapping[str, str]
    hooks: tuple[HelmfileHook, ...]
    variables: frozenset[str]
    old: tuple[str, ...]
    helm_2: tuple[str, ...]
    local: Mapping[str, str] = field(default_factory=dict)
    remotes: tuple[RemoteHelmfile, ...] = ()

    def without_remotes(self) -> Scan:
        return replace(self, edited={**self.edited, **self.local})

    def emptied(self, name: str) -> Scan:
        """With nothing in the helmfile *name*."""
        nothing = {name: _NOTHING}
        return replace(self, edited={**self.edited, **nothing}, local={**self.local, **nothing})

    def texts_of(self, names: Iterable[str]) -> Mapping[str, str]:
        return {name: self.edited[name] for name in names}


def scan(root: Path) -> Scan:
    edited: dict[str, str] = {}
    hooks: list[HelmfileHook] = []
    variables: set[str] = set()
    old: list[str] = []
    helm_2: list[str] = []
    local: dict[str, str] = {}
    remotes: list[RemoteHelmfile] = []
    for file in _files(root):
        if not file.name.endswith(_SUFFIXES) or file.stat().st_size > _LARGE:
            continue
        text = file.read_text(errors="replace")
        name = str(file.relative_to(root))
        variables |= variables_in(text)
        changed = without_references(_with_files(text, file=file, root=root))
        if is_state_text(changed):
            changed, found = without_hooks(changed, file=name)
            newer = without_helm_2(changed)
            helm_2 += [name] if newer != changed else []
            divided = with_own_parts(newer)
            old += [name] if divided != newer else []
            changed = with_marked_releases(divided)
            here, elsewhere = without_remotes(divided, file=name)
            if elsewhere:
                local[name] = with_marked_releases(here)
                remotes += elsewhere
            hooks += found
        if changed != text:
            edited[name] = changed
    return Scan(
        edited=edited,
        hooks=tuple(hooks),
        variables=frozenset(variables),
        old=tuple(old),
        helm_2=tuple(helm_2),
        local=local,
        remotes=tuple(remotes),
    )


@contextmanager
def shadowed(root: Path, found: Scan, *, folder: Path) -> Iterator[Path]:
    """The folder to run helmfile in: *root*, or its shadow made in *folder*."""
    if not found.edited:
        yield root
        return
    top = folder / "shadow"
    _link(root, top, {top / name for name in found.edited})
    for name, text in found.edited.items():
        (top / name).write_text(text)
    yield top


def _files(root: Path) -> Iterator[Path]:
    """Not those of charts: helmfile leaves them to helm."""
    for place, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in _SKIPPED]
        if "Chart.yaml" in files:
            folders.clear()
            continue
        yield from (path for name in files if (path := Path(place) / name).is_file())


def _link(root: Path, top: Path, edited: set[Path]) -> None:
    for place, folders, files in os.walk(root):
        here = top / os.path.relpath(place, root)
        here.mkdir(parents=True, exist_ok=True)
        for name in list(folders):
            # A chart, and what is no part of the project, as one; a folder that is a link is not walked anyway.
            source = Path(place) / name
            if name in _SKIPPED or source.is_symlink() or (source / "Chart.yaml").exists():
                folders.remove(name)
                (here / name).symlink_to(source)
        for name in files:
            if here / name not in edited:
                (here / name).symlink_to(Path(place) / name)


def _with_files(text: str, *, file: Path, root: Path) -> str:
    def content(match: re.Match[str]) -> str:
        path = (file.parent / match["path"]).resolve()
        if not path.is_relative_to(root.resolve()) or not path.is_file():
            return match[0]
        # One line, so that helmfile's line numbers stay those of the file.
        return json.dumps(path.read_text(errors="replace"), ensure_ascii=False)

    return _READ_FILE.sub(content, text) if "readFile" in text else text
