"""Remote bases: what kustomize would clone at each build, fetched once at the commit that the lock file says.

Written as kustomize takes them: `https://HOST/ORG/REPOSITORY//PATH?ref=TAG`, `github.com/ORG/REPOSITORY/PATH`,
`git@HOST:ORG/REPOSITORY//PATH`, `file:///PATH/TO/REPOSITORY//PATH`. `//` or `.git` ends the repository; without either
it has two parts behind its host.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from fairlead.adapters import process
from fairlead.adapters.slots import Slots
from fairlead.model.errors import InputError, Unavailable
from fairlead.model.frozen import dataclass

_SECONDS: Final = 300
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_HEAD: Final = re.compile(r"(?:(?:https?|ssh|file)://[^/]*/|[\w.-]+@[^:/]+[:/]|github\.com[/:])", re.IGNORECASE)
_REFS: Final = ("ref", "version")
_LOGINS: Final = ("SSH_AUTH_SOCK", "GIT_SSH_COMMAND", "GIT_CONFIG_GLOBAL", "GIT_SSL_CAINFO", "GIT_SSL_CAPATH")


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteBase:
    """*repository* is what git clones, *path* the folder in it, *ref* a branch, tag or commit (empty: the default)."""

    repository: str
    path: str
    ref: str


def parse_base(text: str) -> RemoteBase:
    """Raises InputError where *text* does not tell its repository from the path in it."""
    url, _, query = text.removeprefix("git::").partition("?")
    ref = next((found[0] for name in _REFS if (found := parse_qs(query).get(name))), "")
    head = _HEAD.match(url)
    if head is None:
        raise _unclear(text)
    start, rest = head[0], url[head.end() :]
    if "//" in rest:
        repository, _, path = rest.partition("//")
    elif ".git/" in rest or rest.endswith(".git"):
        name, _, path = rest.partition(".git")
        repository = f"{name}.git"
    else:
        parts = rest.split("/")
        if len(parts) < 2 or start.startswith("file:"):
            raise _unclear(text)
        repository, path = "/".join(parts[:2]), "/".join(parts[2:])
    if start.lower().startswith("github.com"):
        start = "https://github.com/"
    if ".." in path.split("/"):
        raise _unclear(text)
    return RemoteBase(repository=start + repository, path=path.strip("/"), ref=ref)


class GitBases:
    """Remote bases by git; *cache* keeps each at its commit, and *is_offline* leaves it at those."""

    def __init__(self, cache: Slots, *, is_offline: bool) -> None:
        self._cache = cache
        self._is_offline = is_offline

    async def commit(self, text: str) -> str:
        """The commit that the base means now. Raises InputError, Unavailable."""
        base = parse_base(text)
        if _COMMIT.fullmatch(base.ref):
            return base.ref
        said = await _git("ls-remote", "--", base.repository, *_candidates(base.ref), what=text)
        found = {name: commit for commit, name in (line.split("\t", 1) for line in said.splitlines())}
        for name in _candidates(base.ref):
            if name in found:
                return found[name]
        raise InputError(f"{text}: its repository has no {base.ref or 'HEAD'}", hint="correct its `ref`")

    async def tree(self, text: str, commit: str) -> Path:
        """The folder with the whole repository at *commit*, without Git's own. Raises InputError, Unavailable."""
        base = parse_base(text)
        async with self._cache.slot(base.repository, commit, name="tree") as path:
            if not path.exists() and self._is_offline:
                raise Unavailable(
                    f"{text} was not fetched yet, and this verb fetches nothing",
                    hint="`--chart-source repositories` fetches it",
                )
            if not path.exists():
                await _fetch(base.repository, commit, path, what=text)
        return path


def _candidates(ref: str) -> tuple[str, ...]:
    """What *ref* may be; the first that is there counts. An annotated tag is an object of its own: `^{}` names the
    commit behind it."""
    return (f"refs/tags/{ref}^{{}}", f"refs/tags/{ref}", f"refs/heads/{ref}") if ref else ("HEAD",)


async def _fetch(repository: str, commit: str, target: Path, *, what: str) -> None:
    work = Path(tempfile.mkdtemp(dir=target.parent, prefix=".new-"))
    try:
        await _git("init", "--quiet", str(work), what=what)
        at = ("-C", str(work))
        try:
            await _git(*at, "fetch", "--quiet", "--depth=1", repository, commit, what=what)
        except Unavailable:
            # Some servers give out branches and tags only.
            refs = ("+refs/heads/*:refs/remotes/origin/*", "+refs/tags/*:refs/tags/*")
            await _git(*at, "fetch", "--quiet", repository, *refs, what=what)
        await _git(*at, "-c", "advice.detachedHead=false", "checkout", "--quiet", commit, what=what)
        _keep(work, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(work: Path, target: Path) -> None:
    shutil.rmtree(work / ".git")
    work.rename(target)


async def _git(*words: str, what: str) -> str:
    logins = {name: os.environ[name] for name in _LOGINS if name in os.environ}
    # Nobody is there to answer a question for a password.
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_SSH_COMMAND": "ssh -oBatchMode=yes"}
    done = await process.run(["git", *words], env=quiet | logins, timeout=_SECONDS)
    if done.code:
        said = done.error_text.strip().splitlines()
        raise Unavailable(
            f"{what} cannot be fetched: {said[-1] if said else f'git ended with {done.code}'}",
            hint="see its URL, and the login of git for it",
        )
    return done.stdout.decode(errors="replace")


def _unclear(text: str) -> InputError:
    return InputError(
        f"{text} does not say where its repository ends",
        hint="write `//` between the repository and the path in it, and `?ref=` behind",
    )
