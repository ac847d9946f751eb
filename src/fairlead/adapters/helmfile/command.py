"""The port `Helmfile` by the helmfile command line."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from fairlead.adapters import process
from fairlead.adapters.helmfile.faults import build_fault, nested_file
from fairlead.adapters.helmfile.shadow import Scan, scan, shadowed
from fairlead.adapters.helmfile.stand_ins import was_asked, write_stand_ins
from fairlead.formats.helmfile.secrets import without_references
from fairlead.formats.helmfile.state import files_read
from fairlead.formats.helmfile.text import HelmfileBuild, HelmfileHook, RemoteHelmfile, is_yaml
from fairlead.model.errors import InputError
from fairlead.model.finding import Finding, Location, Severity
from fairlead.model.frozen import dataclass, replace
from fairlead.ports import Tools

_SECONDS: Final = 120
_NOTHING_MATCHES: Final = 3
"""helmfile's exit code where no state has a release."""
_NAMED_PLAIN: Final = "Add the .gotmpl file extension"
"""What helmfile 1 proposes for a file that is no YAML before its templates are evaluated."""
_AS_BEFORE: Final = {"HELMFILE_RENDER_YAML": "true"}
_RENAME: Final = "name it .yaml.gotmpl"
_DIVIDE: Final = "put a line `---` between the two"
_HELM_3: Final = "remove them from helmDefaults: tls…, tiller…"
_REMOTES_OFF: Final = "remote sources are disabled"
_NOWHERE: Final = "http://127.0.0.1:9"
_OURS: Final = ("HELM", "KUBE", "PATH", "HOME", "TMPDIR", "XDG_", "LD_")
_SETTINGS: Final = {
    "HELMFILE_DISABLE_INSECURE_FEATURES": "true",
    "HELMFILE_DISABLE_HOOKS": "true",
    "HELMFILE_UPGRADE_NOTICE_DISABLED": "true",
    "NO_COLOR": "1",
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy"), _NOWHERE),
}


class HelmfileCommand:
    """*environ* is where the variables come from that templates ask for by name; *cache* takes passing files."""

    def __init__(self, tools: Tools, *, cache: Path, environ: Mapping[str, str]) -> None:
        self._tools = tools
        self._cache = cache
        self._environ = environ
        self._scans: dict[Path, Scan] = {}
        self._old: set[tuple[Path, str]] = set()

    async def build(self, file: str, *, environment: str, root: Path, embed: bool = True) -> HelmfileBuild:
        """As the port says. Where one that another one names has a fault, the rest is read without it. Raises
        InputError; Unavailable when helmfile is missing or does not end in time."""
        words = (f"--file={file}", f"--environment={environment}", "--quiet", "--sequential-helmfiles", "build")
        wanted = [*words, *(["--embed-values"] if embed else [])]
        found = self._scan(root)
        is_old = self._is_in_old_folder(file, root)
        done = await self._run_here(wanted, root, found, **(_AS_BEFORE if is_old else {}))
        refused: list[Location] = []
        if _NAMED_PLAIN in done.said:
            at = build_fault(done.said, file=file, root=root).location
            is_old, refused = True, [at] if at and _is_refused(root / at.file) else []
            self._old.add((root, file))
            done = await self._run_here(wanted, root, found, **_AS_BEFORE)
        faults: list[Finding] = []
        emptied: set[str] = set()
        while done.code not in (0, _NOTHING_MATCHES):
            err = build_fault(
                done.said, file=file, root=root, is_encrypted=done.was_asked, divided=found.texts_of(found.old)
            )
            faults += err.findings
            nested = nested_file(done.said, root=root)
            if not nested or nested in emptied:
                raise InputError(err.message, hint=err.hint, location=err.location, findings=faults)
            emptied.add(nested)
            found = found.emptied(nested)
            done = await self._run_here(wanted, root, found, **(_AS_BEFORE if is_old else {}))
        if done.code == _NOTHING_MATCHES:
            return HelmfileBuild(text="", left_out=tuple(faults))
        read = [name.removeprefix(f"{root}/") for name in files_read(done.text)]
        refused += [Location(name) for name in read if is_old and _is_refused(root / name)]
        remotes = [each for each in found.remotes if each.location.file in read] if done.is_partial else []
        return HelmfileBuild(
            text=done.text,
            findings=tuple(_old_findings(read, found, refused)),
            left_out=(*faults, *map(_not_read, remotes)),
        )

    def _is_in_old_folder(self, file: str, root: Path) -> bool:
        """A file of a folder that was read as helmfile 0 did is read so by itself, too."""
        return any(place == root and file.startswith(f"{folder}/") for place, folder in self._old)

    async def _run_here(self, words: Sequence[str], root: Path, found: Scan, **settings: str) -> _Done:
        """With what lies on another machine where the environment does not lead to it, else without."""
        done = await self._run(words, root, found, **settings)
        if not (found.remotes and _REMOTES_OFF in done.said):
            return done
        return replace(await self._run(words, root, found.without_remotes(), **settings), is_partial=True)

    async def _run(self, words: Sequence[str], root: Path, found: Scan, **settings: str) -> _Done:
        program = await self._tools.path("helmfile")
        self._cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="helmfile-", dir=self._cache) as place:
            folder = Path(place)
            env = {**self._variables(found), **write_stand_ins(folder), **_SETTINGS, **settings}
            with shadowed(root, found, folder=folder) as top:
                finished = await process.run([program, *words], cwd=top, env=env, timeout=_SECONDS)
            return _Done(
                code=finished.code,
                text=finished.stdout.decode(errors="replace").replace(str(top), str(root)),
                said=finished.error_text.replace(str(top), str(root)),
                was_asked=was_asked(folder),
            )

    def hooks(self, root: Path) -> tuple[HelmfileHook, ...]:
        """As the port says."""
        return self._scan(root).hooks

    def _scan(self, root: Path) -> Scan:
        if root not in self._scans:
            self._scans[root] = scan(root)
        return self._scans[root]

    def _variables(self, found: Scan) -> dict[str, str]:
        names = (name for name in found.variables if not name.startswith(_OURS))
        return {name: without_references(self._environ[name]) for name in sorted(names) if name in self._environ}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """*was_asked*: something was to be decrypted; *is_partial*: helmfiles on other machines were left out."""

    code: int
    text: str
    said: str
    was_asked: bool
    is_partial: bool = False


def _is_refused(file: Path) -> bool:
    """Whether helmfile 1 does: it does not evaluate templates there, and without that it is no YAML."""
    text = "" if file.suffix == ".gotmpl" or not file.is_file() else file.read_text(errors="replace")
    return "{{" in text and not is_yaml(text)


def _old_findings(read: Sequence[str], found: Scan, refused: Sequence[Location]) -> Iterator[Finding]:
    for name in read:
        if name in found.old:
            yield _old(Location(name), "it has environments and releases in one part", _DIVIDE)
        if name in found.helm_2:
            yield _old(Location(name), "it has settings of helm 2", _HELM_3)
    for at in _each_file(refused):
        yield _old(at, "it holds a template, and is not named .gotmpl", _RENAME)


def _not_read(remote: RemoteHelmfile) -> Finding:
    return Finding(
        rule="helmfile-not-judged",
        message=f"not judged: the helmfile {remote.path} lies on another machine",
        hint="copy it into the project; the rest is judged",
        severity=Severity.WARNING,
        location=remote.location,
    )


def _each_file(locations: Iterable[Location]) -> tuple[Location, ...]:
    return tuple({location.file: location for location in locations}.values())


def _old(location: Location, why: str, hint: str) -> Finding:
    return Finding(
        rule="helmfile-old",
        message=f"{why}: helmfile 1 refuses that, and it is read as helmfile 0 did",
        hint=hint,
        severity=Severity.WARNING,
        location=location,
    )
