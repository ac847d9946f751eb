"""Which texts kustomize takes for something on another machine: it looks for a git URL before it looks for a folder."""

from __future__ import annotations

import re
from typing import Final

_SCHEME: Final = re.compile(r"(?:git::)?(?:https?|ssh|file)://", re.IGNORECASE)
_GITHUB: Final = re.compile(r"(?:git::)?(?:[a-zA-Z][a-zA-Z0-9-]*@)?github\.com[/:]", re.IGNORECASE)
# user@host:path and user@host/path, with at least an owner and a repository behind the host.
_SCP: Final = re.compile(r"(?:git::)?[a-zA-Z][a-zA-Z0-9-]*@[^/:]+[/:].*/")
_MANIFEST: Final = re.compile(r"\.(?:ya?ml|json)(?:\?.*)?\Z", re.IGNORECASE)
_REMOTE_FILE: Final = re.compile(r"https?://", re.IGNORECASE)


def is_remote_folder(path: str) -> bool:
    """Whether kustomize clones *path* where a resource or component is wanted."""
    return any(pattern.match(path) for pattern in (_SCHEME, _GITHUB, _SCP))


def is_remote_base(path: str) -> bool:
    """Whether *path* is one that kustomize clones, and not a file, which it tries to download first."""
    return is_remote_folder(path) and not (is_remote_file(path) and _MANIFEST.search(path) is not None)


def is_remote_file(path: str) -> bool:
    """Whether kustomize downloads *path* where a file is wanted."""
    return _REMOTE_FILE.match(path) is not None
